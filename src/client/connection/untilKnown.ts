// Asks until the outcome is known: no answer within the limit, or a connection that broke, says nothing of what became
// of a request. For requests that do no harm when they come twice.
import type { ServiceClient } from './serviceClient'
import { LateError, RefusedError, UnreachableError } from './serviceConnection'

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

/** It was refused after an attempt of which the outcome is not known: the first one may have been taken. */
export class RefusedLater extends RefusedError {}

/** Rejects when the service said no, and when there is none and nothing has ever been sent to one. */
export async function untilKnown<T>(client: ServiceClient, send: () => Promise<T>): Promise<T> {
  for (let sent = false; ; ) {
    try {
      return await orLate(send())
    } catch (error) {
      if (error instanceof RefusedError) throw sent ? new RefusedLater(error.message) : error
      if (client.isDisposed || (error instanceof UnreachableError && !sent)) throw error
      sent = true
    }
    if (client.state === 'failed') await isBack(client)
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
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
