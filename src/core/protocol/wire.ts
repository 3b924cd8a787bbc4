// The transport of both sides: one JSON message a line. The writer writes once per turn of the event loop, and no message
// above the limit; the reader closes the connection on a message above the limit.
import type { DataCallback, MessageConnection, ResponseMessage } from 'vscode-jsonrpc'
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  Disposable,
  ErrorCodes,
  Message,
  NullLogger,
  RAL,
} from 'vscode-jsonrpc'
import { isRecord } from '../base/records'
import { groupDigits } from './format'

/** The part of a socket that is used; its encoding must be UTF-8, so that no character arrives in two pieces. */
export interface TextStream {
  on(event: 'data', listener: (text: string) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'close', listener: () => void): unknown
  write(text: string): boolean
  end(): unknown
}

/** Whether a message is being given to the library. */
let isReading = false
let isPrompt = false

/**
 * A connection that handles the first message of what it has read at once: to wait for another turn of the event loop, as the
 * library does before each message, is a twentieth of the time of a request to a worker. Each other message still has a
 * turn of its own. The library must have been loaded by its `/node`.
 */
export function connectionOf(reader: LineReader, writer: TurnWriter): MessageConnection {
  if (!isPrompt) {
    const { timer } = RAL()
    const setImmediate: typeof timer.setImmediate = (callback, ...args) => {
      if (!isReading) return timer.setImmediate(callback, ...args)
      queueMicrotask(() => callback(...args))
      return { dispose: () => undefined }
    }
    RAL.install({ ...RAL(), timer: { ...timer, setImmediate } })
    isPrompt = true
  }
  return createMessageConnection(reader, writer, NullLogger)
}

/** Not sent by anyone: it is put behind all that a connection has read. */
const CLOSED_NOTIFICATION = 'closed'

/**
 * Calls back once when a connection has closed and all that it had read has been handled: each message waits for a turn of its own,
 * and what a peer sent last must not come after its end. One that is disposed of handles nothing more: it has closed at once.
 * Before `listen`.
 */
export function onceClosed(connection: MessageConnection, reader: LineReader, callback: () => void): void {
  let isClosed = false
  let isDone = false
  const end = () => {
    if (!isDone) callback()
    isDone = true
  }
  connection.onDispose(end)
  connection.onNotification(CLOSED_NOTIFICATION, () => {
    if (isClosed) end() // else a peer has sent it
  })
  reader.onClose(() => {
    isClosed = true
    reader.append({ jsonrpc: '2.0', method: CLOSED_NOTIFICATION } as Message)
  })
}

export class LineReader extends AbstractMessageReader {
  readonly #stream: TextStream
  #parts: string[] = []
  #length = 0
  #callback: DataCallback | undefined
  /** What comes after a message that was refused is not read. */
  #hasRefused = false
  /** A longer line ends the connection. */
  limit: number

  constructor(stream: TextStream, limit: number) {
    super()
    this.#stream = stream
    this.limit = limit
  }

  listen(callback: DataCallback): Disposable {
    this.#callback = callback
    this.#stream.on('data', text => this.#read(text))
    this.#stream.on('error', error => this.fireError(error))
    this.#stream.on('close', () => this.fireClose())
    return Disposable.create(() => {
      this.#callback = undefined
    })
  }

  /** Delivers a message as if it had been read. */
  append(message: Message): void {
    this.#callback?.(message)
  }

  #read(text: string): void {
    if (this.#hasRefused) return
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#parts.push(text.slice(from, end))
      this.#length += end - from
      from = end + 1
      if (!this.#deliver()) return
    }
    if (from < text.length) {
      this.#parts.push(from === 0 ? text : text.slice(from))
      this.#length += text.length - from
      if (this.#length > this.limit) this.#refuse(`A message of more than ${this.limit} bytes was refused.`)
    }
  }

  #deliver(): boolean {
    const line = this.#parts.length === 1 ? (this.#parts[0] as string) : this.#parts.join('')
    this.#parts = []
    const length = this.#length
    this.#length = 0
    if (length > this.limit)
      return this.#refuse(`A message of ${length} bytes was refused; the limit is ${this.limit}.`)
    let message: Message
    try {
      message = JSON.parse(line) as Message
    } catch {
      return this.#refuse('A message that is not JSON was refused.')
    }
    if (isBadCancel(message)) return this.#refuse('A cancellation that names no request was refused.')
    isReading = true
    this.#callback?.(message)
    isReading = false
    return true
  }

  #refuse(why: string): false {
    this.#parts = []
    this.#hasRefused = true
    this.fireError(new Error(why))
    this.#stream.end()
    return false
  }
}

/** JSON-RPC's own notification: the library throws when it has no id, and the messages after it would be lost. */
function isBadCancel(message: unknown): boolean {
  if (!isRecord(message) || message.method !== '$/cancelRequest') return false
  return !isRecord(message.params) || !['string', 'number'].includes(typeof message.params.id)
}

/** Reads messages other than JSON-RPC, one a line, as runners send them. */
export function readLines<M>(stream: TextStream, limit: number, callback: (message: M) => void): void {
  new LineReader(stream, limit).listen(callback as unknown as DataCallback)
}

/** Begins the sentence on a message above the limit: JSON-RPC passes on only the text of an error. */
const TOO_LARGE = 'Too large for a message: '

/** Whether a request was never sent, because it is above the limit. */
export function isTooLarge(error: Error): boolean {
  return error.message.startsWith(TOO_LARGE)
}

/** Bytes of a value in a message. */
export function messageBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}

export class TurnWriter<M = Message> extends AbstractMessageWriter {
  readonly #stream: TextStream
  readonly #limit: number
  readonly #beforeWrite: () => void
  #lines: string[] = []
  #closed = false

  /**
   * @param limit in bytes: a message above it is never written
   * @param beforeWrite called before the messages of a turn leave this process
   */
  constructor(stream: TextStream, limit = Number.POSITIVE_INFINITY, beforeWrite: () => void = () => undefined) {
    super()
    this.#stream = stream
    this.#limit = limit
    this.#beforeWrite = beforeWrite
    stream.on('close', () => {
      this.#closed = true
      this.fireClose()
    })
  }

  /** Rejects when the message is above the limit; an answer is replaced by an error, so that its request ends. */
  write(message: M): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The connection is closed.'))
    const bytes = this.#push(message)
    if (bytes === undefined) return Promise.resolve()
    const why = `${TOO_LARGE}${groupDigits(bytes)} bytes, and at most ${groupDigits(this.#limit)} are sent at once.`
    if (!Message.isResponse(message as unknown as Message)) return Promise.reject(new Error(why))
    const { jsonrpc, id } = message as unknown as ResponseMessage
    this.#push({ jsonrpc, id, error: { code: ErrorCodes.InternalError, message: `The answer is not sent. ${why}` } })
    return Promise.resolve()
  }

  /** `false` when the message is above the limit: then nothing is written. */
  writeIfFits(message: M): boolean {
    return this.#push(message) === undefined
  }

  /** @returns the bytes of the message when it is above the limit */
  #push(message: unknown): number | undefined {
    const line = JSON.stringify(message)
    // a UTF-16 unit takes at most three bytes: most lines need no count
    const bytes = line.length * 3 <= this.#limit ? 0 : Buffer.byteLength(line)
    if (bytes > this.#limit) return bytes
    if (this.#lines.push(line) === 1) queueMicrotask(() => this.#flush())
    return undefined
  }

  #flush(): void {
    const lines = this.#lines
    this.#lines = []
    if (this.#closed) return
    this.#beforeWrite()
    this.#stream.write(`${lines.join('\n')}\n`)
  }

  end(): void {
    this.#stream.end()
  }
}
