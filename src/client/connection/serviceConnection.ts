// One connection to the job service: how a request is sent on it, and in which ways there may be no answer.
import type { Socket } from 'node:net'
import { t } from '@vscode/l10n'
import { ErrorCodes, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node'
import type { Welcome } from '../../core/handshake/hello'
import { isLong, type Work } from '../../core/protocol/longRequests'
import { isTooLarge } from '../../core/protocol/wire'
import { sendLong } from './longRequests'

/** The service refused the request: the same one would be refused again. */
export class RefusedError extends Error {
  /** Of the answer, where there was one. */
  readonly code: number | undefined
  readonly data: unknown

  constructor(message: string, answer?: ResponseError<unknown>) {
    super(message)
    this.code = answer?.code
    this.data = answer?.data
  }
}

/** The request was never sent: it is above the limit of a message. */
export class TooLargeError extends RefusedError {}

/** There is no service: the request has not left the window. */
export class UnreachableError extends Error {}

/** The connection broke: whether the request was carried out is not known. */
export class BrokenError extends Error {
  constructor() {
    super(t('The connection to the job service broke.'))
  }
}

/** There is no answer yet; the request may still be carried out. */
export class LateError extends Error {
  /** The answer when it comes; rejects with the connection. */
  readonly answer: Promise<unknown>

  constructor(method: string, timeoutMs: number, answer: Promise<unknown>) {
    super(
      t`The job service has not answered "${method}" within ${timeoutMs / 1000} seconds; whether it will be done is not known yet.`,
    )
    this.answer = answer
    answer.catch(() => undefined) // whoever awaits it handles the rejection
  }
}

/** A connection on which the window has not introduced itself yet. */
export interface OpenConnection {
  readonly rpc: MessageConnection
  readonly socket: Socket
  /** One for each request without an answer: called when the connection breaks. */
  readonly pending: Set<(error: Error) => void>
  /** It has broken, and all that came before has been handled. */
  readonly closed: Promise<void>
  /** Whether the other side has proved to be the job service. */
  isProved?: true
  /** Why the service ends, once it has announced that. */
  closingReason?: string
  /** It ends to make way for that of a newer version. */
  isReplaced?: true
}

/** A connection to a service that has accepted this window. */
export interface ServiceConnection extends OpenConnection {
  readonly welcome: Welcome
}

/** Settles with the answer, at the time limit, counted from the last progress report, or when the connection breaks. */
export function send(
  { pending, rpc, socket }: OpenConnection,
  method: string,
  params: unknown,
  timeoutMs: number,
  work?: Work,
): Promise<unknown> {
  if (socket.destroyed) return Promise.reject(new BrokenError())
  return new Promise((resolve, reject) => {
    const late = () => reject(new LateError(method, timeoutMs, answer))
    const timer = Number.isFinite(timeoutMs) ? setTimeout(late, timeoutMs) : undefined
    const response = isLong(method)
      ? sendLong(rpc, method, params as object, work, () => timer?.refresh())
      : rpc.sendRequest(method, params)
    const answer = new Promise<unknown>((fulfil, fail) => {
      pending.add(fail)
      const settle = (then: () => void) => {
        clearTimeout(timer)
        pending.delete(fail)
        then()
      }
      response.then(
        value => settle(() => fulfil(value)),
        (error: Error) => settle(() => fail(refusalOf(error))),
      )
    })
    answer.then(resolve, error => {
      clearTimeout(timer)
      reject(error)
    })
  })
}

/** Distinguishes a refusal from a failure after which the same request may succeed. */
function refusalOf(error: Error): Error {
  if (!(error instanceof ResponseError)) return error
  if (isTooLarge(error)) return new TooLargeError(error.message)
  // it was not refused: it could not be written, because the connection breaks
  return error.code === ErrorCodes.MessageWriteError ? new Error(error.message) : new RefusedError(error.message, error)
}
