// The messages between the job service and a worker, in either protocol: as a line of JSON, or as the head of a frame.

import type { JobProtocol } from '../../api'
import { isRecord } from '../base/records'

/** Version of both protocols; the hello of a worker contains its own. */
export const WORKER_PROTOCOL_VERSION = 1

/** Set for every process with a protocol: `lines` or `frames`. */
export const PROTOCOL_VARIABLE = 'HEADLESS_JOB_PROTOCOL'
/** The folders for the files of large arrays, the first that has room is used; joined like PATH. */
export const ARRAYS_VARIABLE = 'HEADLESS_JOB_ARRAYS'

/** A protocol that exchanges messages. */
export type MessageProtocol = Exclude<JobProtocol, 'raw'>

/** `undefined` for a process whose stdin and stdout are bytes, and no messages. */
export function messageProtocol(protocol: JobProtocol | undefined): MessageProtocol | undefined {
  return protocol === 'raw' ? undefined : protocol
}

/** What a worker may announce in its hello. */
export type WorkerFeature = 'cancel'

/** Messages to a worker. In a frame the `id` is in the fixed header. The end of stdin asks it to end. */
export type ToWorker =
  /** A job or a request; `job` is its id among all jobs, which names the files of its arrays. */
  | { id: number; value: unknown; job?: string }
  /** Only to a worker with the feature `cancel`: the answer is not wanted any more. */
  | { id: number; cancel: true }

/** What a handler has raised. */
export interface HandlerError {
  message: string
  type?: string
  traceback?: string
}

/** Messages of a worker. */
export type FromWorker =
  /** First of all, when it is ready. */
  | { hello: number; features?: readonly string[] }
  | { id: number; value: unknown }
  | { id: number; error: HandlerError }
  | { id: number; progress: number; message?: string }
  /** Text for the log of a job; without an id, of none in particular. */
  | { id?: number; log: string }
  /** A message that answers no request, to the program that has started the worker. */
  | { message: unknown }

/**
 * The message in a parsed line or head, or `undefined` when it is none.
 * @param frameId of a frame, 0 for none; a line has its own id
 */
export function messageOf(parsed: unknown, frameId?: number): FromWorker | undefined {
  if (!isRecord(parsed)) return undefined
  const id = idOf(frameId ?? parsed.id)
  const answer = id === undefined ? undefined : answerOf(id, parsed)
  if (answer) return answer
  if (typeof parsed.hello === 'number') {
    const { hello, features } = parsed
    return { hello, features: Array.isArray(features) ? features.filter(feature => typeof feature === 'string') : [] }
  }
  if (typeof parsed.log === 'string') return id === undefined ? { log: parsed.log } : { id, log: parsed.log }
  const isProgress = typeof parsed.progress === 'number'
  if (id === undefined) return 'message' in parsed && !isProgress ? { message: parsed.message } : undefined
  if (!isProgress) return undefined
  const { message } = parsed
  return { id, progress: parsed.progress as number, ...(typeof message === 'string' && { message }) }
}

/** Somebody waits for it, so that nothing beside it counts. */
function answerOf(id: number, parsed: Record<string, unknown>): FromWorker | undefined {
  const hasValue = 'value' in parsed
  const hasError = 'error' in parsed
  const isEmpty = (parsed.value ?? parsed.error ?? null) === null
  // Some write every key, and null where there is nothing.
  if (hasError && isEmpty && typeof parsed.log === 'string' && parsed.log !== '') return undefined
  if (hasError && (parsed.error !== null || !hasValue)) return { id, error: handlerError(parsed.error) }
  return hasValue ? { id, value: parsed.value } : undefined
}

/** As a number, or as the digits of one: some languages keep all keys and ids as text. */
function idOf(id: unknown): number | undefined {
  const number = typeof id === 'string' && /^[1-9]\d*$/.test(id) ? Number(id) : id
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined
}

/** The keys of all messages of a worker, and of answers in similar protocols. */
const vocabulary: ReadonlySet<string> = new Set([
  'hello',
  'features',
  'id',
  'value',
  'result',
  'error',
  'progress',
  'message',
  'log',
  'job',
  'jsonrpc',
])

/**
 * Whether something that is no message was meant as one that may be waited for: it has a number as its id, or only the keys
 * of messages. Other JSON is text for the log.
 */
export function isMeantAsMessage(parsed: unknown): boolean {
  if (!isRecord(parsed)) return false
  const isAnswer = 'value' in parsed || 'error' in parsed
  if (!isAnswer && ('progress' in parsed || 'log' in parsed)) return false // nobody waits for that
  if (idOf(parsed.id) !== undefined) return true
  const names = Object.keys(parsed)
  return names.some(name => /^(id|value|error|hello)$/.test(name)) && names.every(name => vocabulary.has(name))
}

/** No JSON, but it begins with a key of a message: with quotes of another kind, or with none. */
const meantAsMessage = /^\{\s*(?:(["']?)(?:id|hello)\1|"(?:value|error)")\s*:|(["'])id\2\s*:\s*["']?\d/

/** The same for a line that is not JSON; its beginning is enough. */
export function isMeantAsMessageText(line: string): boolean {
  const isNews = /["'](?:progress|log)["']\s*:/.test(line) && !/["'](?:value|error)["']\s*:/.test(line)
  return !isNews && meantAsMessage.test(line)
}

/** Why a line or head is no JSON, as far as there is good advice: it is often this. */
export function adviceOn(line: string): string {
  if (!/[[:,\s]-?(?:NaN|Infinity)\b/.test(line)) return ''
  return '; JSON has neither NaN nor Infinity: say null in its place, or send it in an array with the protocol "frames"'
}

function handlerError(error: unknown): HandlerError {
  if (!isRecord(error)) return { message: typeof error === 'string' ? error : JSON.stringify(error) }
  const { message, type, traceback } = error
  return {
    message: typeof message === 'string' ? message : JSON.stringify(error),
    ...(typeof type === 'string' && { type }),
    ...(typeof traceback === 'string' && { traceback }),
  }
}
