// A stream of bytes between two sides that outlives the connections under it: what a lost connection had not delivered is sent
// again by the next one, and nothing twice. Each side counts what it has received.
import { Duplex } from 'node:stream'

/** Of a frame: what it is, and the length of its content. */
const HEAD_BYTES = 5
/** The longest content that is believed. */
const MAX_CONTENT = 16 * 1024 * 1024
/** Content of one frame. */
const PART_BYTES = 64 * 1024
/** So much may have been received before the other side is notified of it, and so long it may take. */
const ACKNOWLEDGE_BYTES = 256 * 1024
const ACKNOWLEDGE_MS = 200

const kinds = {
  /** The first one of a connection: how many bytes this side has received. */
  resume: 0,
  data: 1,
  /** How many bytes this side has received by now. */
  received: 2,
  /** There is no more, and no other connection is wanted. */
  end: 3,
} as const
type Kind = (typeof kinds)[keyof typeof kinds]

/** Emits `away` when its connection was lost. */
export class Resumable extends Duplex {
  #connection: Duplex | undefined
  /** Whether the other side has said from where on it wants more. */
  #isResumed = false
  /** What was written and is not known to have arrived, from this count of bytes on. */
  #unconfirmed: Buffer[] = []
  #confirmed = 0
  #received = 0
  #acknowledged = 0
  #timer: NodeJS.Timeout | undefined
  #incoming: Buffer = Buffer.alloc(0)
  #hasEnded = false

  /** Whether the other side has all that was written. */
  get isConfirmed(): boolean {
    return this.#unconfirmed.length === 0
  }

  get isAway(): boolean {
    return this.#connection === undefined
  }

  /** Goes on over this connection; one before it is given up. */
  attach(connection: Duplex): void {
    this.#detach(this.#connection)
    this.#connection = connection
    this.#isResumed = false
    this.#incoming = Buffer.alloc(0)
    connection.on('data', (chunk: Buffer) => connection === this.#connection && this.#receive(chunk))
    connection.on('error', () => undefined) // `close` follows
    for (const event of ['end', 'close'] as const) connection.on(event, () => this.#detach(connection))
    this.#send(kinds.resume, countOf(this.#received))
  }

  #detach(connection: Duplex | undefined): void {
    if (!connection || connection !== this.#connection) return
    this.#connection = undefined
    connection.destroy()
    if (!this.destroyed) this.emit('away')
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    for (let at = 0; at < chunk.length; at += PART_BYTES) {
      const part = chunk.subarray(at, at + PART_BYTES)
      this.#unconfirmed.push(part)
      if (this.#isResumed) this.#send(kinds.data, part)
    }
    done()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#hasEnded = true
    if (this.#isResumed) this.#send(kinds.end)
    done()
  }

  override _read(): void {} // what comes is pushed

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer)
    this.#detach(this.#connection)
    done(error)
  }

  #send(kind: Kind, content: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt8(kind)
    head.writeUInt32BE(content.length, 1)
    this.#connection?.write(head)
    if (content.length > 0) this.#connection?.write(content)
  }

  #receive(chunk: Buffer): void {
    this.#incoming = this.#incoming.length === 0 ? chunk : Buffer.concat([this.#incoming, chunk])
    while (this.#incoming.length >= HEAD_BYTES) {
      const length = this.#incoming.readUInt32BE(1)
      if (length > MAX_CONTENT) return void this.destroy(new Error('What came is no frame.'))
      if (this.#incoming.length < HEAD_BYTES + length) return
      const kind = this.#incoming.readUInt8()
      const content = this.#incoming.subarray(HEAD_BYTES, HEAD_BYTES + length)
      this.#incoming = this.#incoming.subarray(HEAD_BYTES + length)
      this.#handle(kind, content)
    }
  }

  #handle(kind: number, content: Buffer): void {
    if (kind === kinds.data) {
      this.#received += content.length
      this.push(content)
      this.#acknowledgeSoon()
    } else if (kind === kinds.end) this.push(null)
    else if (content.length === 8) {
      this.#confirm(Number(content.readBigUInt64BE()))
      if (kind === kinds.resume) this.#resume()
    }
  }

  #acknowledgeSoon(): void {
    if (this.#received - this.#acknowledged >= ACKNOWLEDGE_BYTES) this.#acknowledge()
    else this.#timer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_MS)
  }

  #acknowledge(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#acknowledged = this.#received
    this.#send(kinds.received, countOf(this.#received))
  }

  /** The other side has so many bytes: they are not kept any longer. */
  #confirm(count: number): void {
    for (
      let [first] = this.#unconfirmed;
      first && this.#confirmed + first.length <= count;
      [first] = this.#unconfirmed
    ) {
      this.#confirmed += first.length
      this.#unconfirmed.shift()
    }
    const [first] = this.#unconfirmed
    const part = count - this.#confirmed
    if (!first || part <= 0) return
    this.#unconfirmed[0] = first.subarray(part)
    this.#confirmed = count
  }

  #resume(): void {
    this.#isResumed = true
    for (const part of this.#unconfirmed) this.#send(kinds.data, part)
    if (this.#hasEnded) this.#send(kinds.end)
  }
}

function countOf(bytes: number): Buffer {
  const content = Buffer.alloc(8)
  content.writeBigUInt64BE(BigInt(bytes))
  return content
}
