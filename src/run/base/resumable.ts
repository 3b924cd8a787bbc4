// A stream of bytes between two sides that outlives the connections under it: what a lost connection had not delivered is sent
// again by the next one, and nothing twice. Each side counts what it has received.
import { Duplex } from 'node:stream'

/** Of a frame: what it is, and the length of its content. */
const HEAD_BYTES = 5
/** Of a frame that is no data: a count. */
const COUNT_BYTES = 8
/** Content of one frame. */
const PART_BYTES = 256 * 1024
/** Content up to this leaves with its head in one write. */
const SMALL_BYTES = 4096
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
  /** Nothing but the end of a line. */
  line: 4,
} as const
type Kind = (typeof kinds)[keyof typeof kinds]

const nothing = Buffer.alloc(0)

const LINE_END = 10
/** Behind what ends otherwise: `srun` passes on whole lines, and has the rest wait for the next one. */
const line = Buffer.from([kinds.line, 0, 0, 0, 1, LINE_END])

/** Emits `away` when its connection was lost. */
export class Resumable extends Duplex {
  #connection: Duplex | undefined
  /** Whether the other side has said from where on it wants more. */
  #isResumed = false
  /** What was written and is not known to have arrived, from this count of bytes on. */
  #unconfirmed: Buffer[] = []
  #confirmed = 0
  #written = 0
  #received = 0
  #acknowledged = 0
  #timer: NodeJS.Timeout | undefined
  /** A head, or a frame that is no data, of which not all has come. */
  #incoming: Buffer = nothing
  /** What is still to come of the content of a frame of data. */
  #dataBytes = 0
  #hasEnded = false

  /** Whether the other side has all that was written. */
  get isConfirmed(): boolean {
    return this.#unconfirmed.length === 0
  }

  /** Written and not known to have arrived. */
  get pendingBytes(): number {
    return this.#written - this.#confirmed
  }

  get isAway(): boolean {
    return this.#connection === undefined
  }

  /**
   * Goes on over this connection; one before it is given up.
   * @param first what has come over it already
   */
  attach(connection: Duplex, first: Buffer = nothing): void {
    const before = this.#connection
    this.#connection = connection
    before?.destroy() // which is no loss: this one is there
    this.#isResumed = false
    this.#incoming = nothing
    this.#dataBytes = 0
    connection.on('data', (chunk: Buffer) => connection === this.#connection && this.#receive(chunk))
    connection.on('error', () => undefined) // `close` follows
    for (const event of ['end', 'close'] as const) connection.on(event, () => this.#detach(connection))
    this.#send(kinds.resume, countOf(this.#received))
    this.#receive(first)
  }

  #detach(connection: Duplex | undefined): void {
    if (!connection || connection !== this.#connection) return
    this.#connection = undefined
    connection.destroy()
    if (!this.destroyed) this.emit('away')
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#written += chunk.length
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

  #send(kind: Kind, content: Buffer = nothing): void {
    const head = Buffer.allocUnsafe(HEAD_BYTES)
    head.writeUInt8(kind)
    head.writeUInt32BE(content.length, 1)
    const parts = [head, content, content.at(-1) === LINE_END ? nothing : line]
    if (content.length <= SMALL_BYTES) this.#connection?.write(Buffer.concat(parts))
    else for (const part of parts) if (part.length > 0) this.#connection?.write(part)
  }

  #receive(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0 && !this.destroyed) {
      if (this.#dataBytes === 0) rest = this.#receiveHead(rest)
      const data = rest.subarray(0, this.#dataBytes)
      if (data.length === 0) continue
      this.#dataBytes -= data.length
      rest = rest.subarray(data.length)
      this.#received += data.length
      this.push(data)
      this.#acknowledgeSoon()
    }
  }

  /** Of data the head, of anything else the whole frame. @returns what comes behind it */
  #receiveHead(chunk: Buffer): Buffer {
    const incoming = this.#incoming.length === 0 ? chunk : Buffer.concat([this.#incoming, chunk])
    this.#incoming = incoming
    if (incoming.length < HEAD_BYTES) return nothing
    const [kind, length] = [incoming.readUInt8(), incoming.readUInt32BE(1)]
    if (kind !== kinds.data && length > COUNT_BYTES) {
      this.destroy(new Error('What came is no frame.'))
      return nothing
    }
    const end = HEAD_BYTES + (kind === kinds.data ? 0 : length)
    if (incoming.length < end) return nothing
    this.#incoming = nothing
    if (kind === kinds.data) this.#dataBytes = length
    else this.#handle(kind, incoming.subarray(HEAD_BYTES, end))
    return incoming.subarray(end)
  }

  #handle(kind: number, content: Buffer): void {
    if (kind === kinds.end) this.push(null)
    else if (content.length === COUNT_BYTES) {
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
    let whole = 0
    for (const { length } of this.#unconfirmed) {
      if (this.#confirmed + length > count) break
      this.#confirmed += length
      whole++
    }
    this.#unconfirmed.splice(0, whole) // at once: one by one, thousands of them would take seconds
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
  const content = Buffer.alloc(COUNT_BYTES)
  content.writeBigUInt64BE(BigInt(bytes))
  return content
}
