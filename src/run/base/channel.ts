// The channel between the job service and a runner: one JSON message a line, and behind the line of some the bytes that belong to it.
// What is written in one turn of the event loop leaves together.

/** The part of a stream that is used; no encoding may be set on it. */
export interface ByteStream {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'close', listener: () => void): unknown
  write(data: string | Uint8Array): boolean
  end(): unknown
}

/** Added to a message: how many bytes follow its line. */
interface Followed {
  follows?: number
}

const LINE_END = 10

/**
 * @param limit of bytes of a line, and of what follows it: a peer that sends more is cut off
 * @param callback the bytes are its own
 */
export function readMessages<M>(
  stream: ByteStream,
  limit: number,
  callback: (message: M, bytes?: Uint8Array) => void,
): void {
  const reader = new Reader<M>(stream, limit, callback)
  stream.on('data', chunk => reader.read(chunk))
}

class Reader<M> {
  readonly #stream: ByteStream
  readonly #limit: number
  readonly #callback: (message: M, bytes?: Uint8Array) => void
  /** Of a line, or of what follows one. */
  #parts: Buffer[] = []
  #length = 0
  /** The message whose bytes come now, and how many there are. */
  #followed: { message: M; bytes: number } | undefined
  #hasRefused = false

  constructor(stream: ByteStream, limit: number, callback: (message: M, bytes?: Uint8Array) => void) {
    this.#stream = stream
    this.#limit = limit
    this.#callback = callback
  }

  read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#hasRefused; ) {
      at = this.#followed ? this.#readBytes(chunk, at, this.#followed) : this.#readLine(chunk, at)
    }
  }

  #readLine(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(LINE_END, from)
    this.#add(chunk.subarray(from, end < 0 ? chunk.length : end))
    if (this.#length > this.#limit) this.#refuse()
    else if (end >= 0) this.#onLine(this.#take().toString('utf8'))
    return end < 0 ? chunk.length : end + 1
  }

  #onLine(line: string): void {
    let message: M & Followed
    try {
      message = JSON.parse(line) as M & Followed
    } catch {
      this.#refuse()
      return
    }
    const { follows = 0 } = message
    if (follows > this.#limit) this.#refuse()
    else if (follows > 0) this.#followed = { message, bytes: follows }
    else this.#callback(message)
  }

  #readBytes(chunk: Buffer, from: number, { message, bytes }: { message: M; bytes: number }): number {
    const end = Math.min(chunk.length, from + bytes - this.#length)
    this.#add(chunk.subarray(from, end))
    if (this.#length < bytes) return end
    this.#followed = undefined
    this.#callback(message, this.#take())
    return end
  }

  #add(part: Buffer): void {
    this.#parts.push(part)
    this.#length += part.length
  }

  #take(): Buffer {
    const [first] = this.#parts
    const whole = this.#parts.length === 1 && first ? first : Buffer.concat(this.#parts, this.#length)
    this.#parts = []
    this.#length = 0
    return whole
  }

  #refuse(): void {
    console.error('A message was too long, or was none: whoever has sent it is cut off.')
    this.#hasRefused = true
    this.#parts = []
    this.#stream.end()
  }
}

export class MessageWriter<M extends object> {
  readonly #stream: ByteStream
  #lines = ''
  #isClosed = false

  constructor(stream: ByteStream) {
    this.#stream = stream
    stream.on('close', () => {
      this.#isClosed = true
    })
  }

  /** What is written to a channel that has closed goes nowhere: whoever waits learns from the end of the channel. */
  write(message: M, bytes?: Uint8Array): void {
    if (this.#isClosed) return
    if (this.#lines === '') queueMicrotask(() => this.#flush())
    this.#lines += `${JSON.stringify(bytes ? { ...message, follows: bytes.length } : message)}\n`
    if (!bytes || bytes.length === 0) return
    this.#flush()
    this.#stream.write(bytes)
  }

  #flush(): void {
    const lines = this.#lines
    this.#lines = ''
    if (lines !== '' && !this.#isClosed) this.#stream.write(lines)
  }
}
