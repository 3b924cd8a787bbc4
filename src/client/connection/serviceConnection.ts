// One connection to the job service: how it is opened, how something is asked through it, and in which ways there may
// be no answer.
import { createConnection, type Socket } from 'node:net'
import { ErrorCodes, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node'
import { isLong, type Work } from '../../core/protocol/longRequests'
import type { Welcome } from '../../core/protocol/protocol'
import { isTooLarge } from '../../core/protocol/wire'
import { sendLong } from './longRequests'

/** The service said no: asking again would get the same answer. */
export class RefusedError extends Error {}

/** It was never sent: it is above the limit of a message. */
export class TooLargeError extends RefusedError {}

/** There is no service to ask: nothing has left the window. */
export class UnreachableError extends Error {}

/** There is no answer yet, which says nothing of what comes of the request. */
export class LateError extends Error {
  /** The answer when it comes; rejects with the connection. */
  readonly answer: Promise<unknown>

  constructor(method: string, timeoutMs: number, answer: Promise<unknown>) {
    super(
      `The job service has not answered "${method}" within ${timeoutMs / 1000} seconds; whether it will be done is not known yet.`,
    )
    this.answer = answer
    answer.catch(() => undefined) // whoever wants it handles it
  }
}

/** A connection to a service that has let us in. */
export interface Live {
  connection: MessageConnection
  socket: Socket
  welcome: Welcome
  /** Those who wait for answers: told when the connection breaks. */
  waiting: Set<(error: Error) => void>
  /** Why the service ends, once it has said goodbye. */
  bye?: string
}

/** Ends with the answer, with its time limit if it has one, counted from the last sign of life, or with the connection. */
export function send(live: Live, method: string, params: unknown, timeoutMs: number, work?: Work): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { connection, waiting } = live
    const late = () => reject(new LateError(method, timeoutMs, answer))
    const timer = Number.isFinite(timeoutMs) ? setTimeout(late, timeoutMs) : undefined
    const asked = isLong(method)
      ? sendLong(connection, method, params as object, work, () => timer?.refresh())
      : connection.sendRequest(method, params)
    const answer = new Promise<unknown>((answered, failed) => {
      waiting.add(failed)
      const settle = (then: () => void) => {
        clearTimeout(timer)
        waiting.delete(failed)
        then()
      }
      asked.then(
        value => settle(() => answered(value)),
        (error: Error) => settle(() => failed(refusalOf(error))),
      )
    })
    answer.then(resolve, error => {
      clearTimeout(timer)
      reject(error)
    })
  })
}

/** Whether asking again would help. */
function refusalOf(error: Error): Error {
  if (!(error instanceof ResponseError)) return error
  if (isTooLarge(error)) return new TooLargeError(error.message)
  // it was not refused: it could not be written, because the connection breaks
  return error.code === ErrorCodes.MessageWriteError ? new Error(error.message) : new RefusedError(error.message)
}

/** A connected socket, or `undefined` when nobody listens. */
export function connectTo(path: string): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = createConnection(path)
    socket.once('error', () => resolve(undefined))
    socket.once('connect', () => {
      socket.on('error', () => undefined) // the close that follows tells
      resolve(socket)
    })
  })
}
