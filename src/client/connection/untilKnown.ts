// Repeats a request until its outcome is known: after a time limit or a broken connection it may have been carried out
// or not. For idempotent requests only.
import { pause } from '../../core/base/pause'
import type { ServiceClient } from './serviceClient'
import { LateError, RefusedError, TooLargeError, UnreachableError } from './serviceConnection'

/** Between two attempts. */
const PAUSE_MS = 100

/** The answer, also when it is late; rejects when it was refused or the connection broke. */
export async function orLate<T>(response: Promise<T>): Promise<T> {
  try {
    return await response
  } catch (error) {
    if (error instanceof LateError) return (await error.answer) as T
    throw error
  }
}

/** It was refused after an attempt with an unknown outcome: the first attempt may have been accepted. */
export class RefusedLater extends RefusedError {}

/** Rejects when the service refused it, and when there is no service and the request was never sent. */
export async function untilKnown<T>(client: ServiceClient, send: () => Promise<T>): Promise<T> {
  for (let wasSent = false; ; ) {
    try {
      return await orLate(send())
    } catch (error) {
      if (error instanceof TooLargeError) throw error // no earlier attempt was sent either
      if (error instanceof RefusedError) throw wasSent ? new RefusedLater(error.message) : error
      if (client.isDisposed || (error instanceof UnreachableError && !wasSent)) throw error
      wasSent = true
    }
    if (client.state === 'failed') await isBack(client)
    await pause(PAUSE_MS)
  }
}

/** Resolves when the service can be reached again, or this window needs none any more. */
function isBack(client: ServiceClient): Promise<void> {
  return new Promise(resolve => {
    const listener = client.onDidChangeState(() => {
      if (!client.isConnected && !client.isDisposed) return
      listener.dispose()
      resolve()
    })
  })
}
