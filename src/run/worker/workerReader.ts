// Turns what a worker writes to stdout into messages, in either protocol.
import { cutWithEllipsis } from '../../core/base/cut'
import { type Frame, FrameReader, MAX_FRAME_BYTES } from '../../core/values/frames'
import {
  adviceOn,
  type FromWorker,
  isMeantAsMessage,
  isMeantAsMessageText,
  type MessageProtocol,
  messageOf,
} from '../../core/values/workerMessages'

/** A message as it was read: a frame with its chunks, which can be stored as they are, or only the length of a line. */
export type RawMessage = Frame | { readonly bytes: number }

export interface ReaderEvents {
  onMessage(message: FromWorker, raw: RawMessage): void
  /** Whole lines that are no messages, line ends included; of a long one piece after piece. */
  onText(text: Buffer): void
}

/** How much of a message with unknown content is shown. */
const MAX_SHOWN_CHARACTERS = 80
/** How much of a line that is no JSON is searched. */
const MAX_SEARCHED_CHARACTERS = 4096

export class WorkerReader {
  readonly #reader: { push(chunk: Buffer): void; end(): void }

  /** @param maxBytes of a message */
  constructor(protocol: MessageProtocol, events: ReaderEvents, maxBytes = MAX_FRAME_BYTES) {
    this.#reader =
      protocol === 'lines'
        ? new LineReader(events, maxBytes)
        : new FrameReader(maxBytes, frame => events.onMessage(messageInFrame(frame), frame))
  }

  /** @throws Error that says in a sentence how the protocol was broken; nothing can be read after that */
  push(chunk: Buffer): void {
    this.#reader.push(chunk)
  }

  /**
   * The stream has ended. A last line without a line end is a line.
   * @throws Error when it has ended in the middle of a message
   */
  end(): void {
    this.#reader.end()
  }
}

/** @throws Error when it is none: an answer that cannot be read would be waited for for ever */
function messageInFrame({ head, id }: Frame): FromWorker {
  const message = messageOf(head, id)
  if (message) return message
  throw new Error(`a frame says nothing that is known here: ${JSON.stringify(head).slice(0, MAX_SHOWN_CHARACTERS)}`)
}

const NEWLINE = 10
const BRACE = '{'.charCodeAt(0)
/** A byte order mark is among them: some programs on Windows begin with one. */
const blanks: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0d, NEWLINE, 0xef, 0xbb, 0xbf])

/** Cuts a stream into lines. The pieces of a line are joined once, so that the time is linear in the size. */
class LineReader {
  readonly #events: ReaderEvents
  readonly #maxBytes: number
  /** Of a line that has begun and may be a message. */
  #pieces: Buffer[] = []
  #bytes = 0
  /** Whether there is nothing else in it so far. */
  #isBlank = true
  /** Whether a line has begun that is no message; it is passed on as it comes. */
  #isInText = false

  constructor(events: ReaderEvents, maxBytes: number) {
    this.#events = events
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, at)
      const end = newline < 0 ? chunk.length : newline + 1
      if (newline >= 0 && this.#bytes === 0 && !this.#isInText) this.#line(chunk, at, end)
      else this.#piece(chunk.subarray(at, end), newline >= 0)
      at = end
    }
  }

  end(): void {
    this.#piece(Buffer.alloc(0), true)
  }

  #piece(piece: Buffer, isLast: boolean): void {
    if (this.#isInText || (this.#isBlank && isText(piece))) {
      for (const blanks of this.#takePieces()) this.#events.onText(blanks)
      this.#isInText = !isLast
      if (piece.length > 0) this.#events.onText(piece)
      return
    }
    this.#pieces.push(piece)
    this.#bytes += piece.length
    this.#isBlank &&= skipBlanks(piece, 0, piece.length) === piece.length
    this.#check(this.#bytes)
    if (!isLast) return
    const line = Buffer.concat(this.#takePieces())
    this.#line(line, 0, line.length)
  }

  #takePieces(): Buffer[] {
    const pieces = this.#pieces
    this.#pieces = []
    this.#bytes = 0
    this.#isBlank = true
    return pieces
  }

  #check(bytes: number): void {
    if (bytes <= this.#maxBytes) return
    throw new Error(`a line of more than ${this.#maxBytes} bytes is too long; large data needs the protocol "frames"`)
  }

  /** One whole line, with its line end. */
  #line(buffer: Buffer, start: number, end: number): void {
    const begin = skipBlanks(buffer, start, end)
    if (begin === end) return
    const mayBeMessage = buffer[begin] === BRACE
    if (mayBeMessage) this.#check(end - start)
    const message = mayBeMessage ? this.#parse(buffer, begin, end) : undefined
    if (message) this.#events.onMessage(message, { bytes: end - start })
    else this.#events.onText(buffer.subarray(start, end))
  }

  /** @throws Error when it was meant as a message that may be waited for */
  #parse(buffer: Buffer, begin: number, end: number): FromWorker | undefined {
    const line = buffer.toString('utf8', begin, end)
    let parsed: unknown
    try {
      parsed = JSON.parse(line)
    } catch {
      if (isMeantAsMessageText(line.slice(0, MAX_SEARCHED_CHARACTERS))) throw unreadable(line)
      return undefined
    }
    const message = messageOf(parsed)
    if (!message && isMeantAsMessage(parsed)) throw unreadable(line)
    return message
  }
}

function unreadable(line: string): Error {
  const cut = cutWithEllipsis(line.trimEnd(), MAX_SHOWN_CHARACTERS)
  return new Error(`a line begins like a message and cannot be read as one: ${cut}${adviceOn(line)}`)
}

/** Whether a line that begins so cannot be a message. */
function isText(start: Buffer): boolean {
  const begin = skipBlanks(start, 0, start.length)
  return begin < start.length && start[begin] !== BRACE
}

function skipBlanks(buffer: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && blanks.has(buffer[at])) at++
  return at
}
