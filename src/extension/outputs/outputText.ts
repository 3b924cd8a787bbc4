// The text of one open document: the stretch of its output that it shows, kept so that only what is new is read.
import { MAX_LIST_BYTES } from '../../core/protocol/limits'
import {
  brokenEnd,
  brokenStart,
  endStretch,
  type Move,
  movedStretch,
  type Notice,
  noticeAbove,
  noticeBelow,
  type Stretch,
} from '../text/outputStretch'

/** Reads some bytes of the output; fewer when there are no more. */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>

export class OutputText {
  #stretch: Stretch | undefined
  #bytes = Buffer.alloc(0)
  #total = 0
  /** Where the reader wants to go; done when it is read. */
  #move: Move | undefined
  #reading: Promise<unknown> = Promise.resolve()
  /** The reader is not at the end: rather than making room for more, the text stays what it is. */
  isHeld = false

  constructor(private readonly stream: string) {}

  /** Another part is shown from the next reading on. */
  move(move: Move): void {
    this.#move = move
  }

  /** Whether the end is shown, and what is written to it. */
  get follows(): boolean {
    return this.#move === undefined ? this.#stretch?.to === undefined : this.#move === 'end'
  }

  get above(): Notice | undefined {
    const from = this.#stretch?.from ?? 0
    return from > 0 ? noticeAbove(from, this.stream) : undefined
  }

  get below(): Notice | undefined {
    return this.#stretch?.to === undefined ? undefined : noticeBelow(this.stream)
  }

  /** One after the other: two readers must not both append. */
  async text(total: number, read: ReadBytes): Promise<Uint8Array> {
    const text = this.#reading.then(() => this.#make(total, read))
    this.#reading = text.catch(() => undefined)
    return text
  }

  async #make(total: number, read: ReadBytes): Promise<Uint8Array> {
    await this.#update(total, read)
    const [above, below] = [this.above, this.below]
    return Buffer.concat([
      Buffer.from(above ? `${above.text}\n` : ''),
      this.#bytes,
      Buffer.from(below ? `${this.#bytes.at(-1) === 10 ? '' : '\n'}${below.text}\n` : ''),
    ])
  }

  async #update(total: number, read: ReadBytes): Promise<void> {
    const before = this.#stretch
    const move = this.#move
    if (before?.to !== undefined && move === undefined) return // what has been written does not change
    const hasShrunk = total < this.#total
    const next = before && move ? movedStretch(move, before, total) : endStretch(total, hasShrunk ? undefined : before)
    const isSame = next === before
    if (before && !isSame && !move && !hasShrunk && this.isHeld) {
      const broken = brokenEnd(this.#bytes)
      this.#bytes = this.#bytes.subarray(0, this.#bytes.length - broken)
      this.#stretch = { from: before.from, to: before.from + this.#bytes.length }
      return
    }
    const kept = isSame ? this.#bytes : Buffer.alloc(0)
    const end = Math.min(total, next.to ?? total)
    let bytes = Buffer.concat([kept, await readAll(read, next.from + kept.length, end)])
    let { from, to } = next
    if (!isSame && from > 0 && move !== 'later') {
      const broken = brokenStart(bytes)
      from += broken
      bytes = bytes.subarray(broken)
    }
    if (to !== undefined && move !== 'earlier') {
      const broken = brokenEnd(bytes)
      to -= broken
      bytes = bytes.subarray(0, bytes.length - broken)
    }
    this.#stretch = isSame ? before : { from, ...(to !== undefined && { to }) }
    this.#bytes = bytes
    this.#total = total
    if (this.#move === move) this.#move = undefined
  }
}

/** In pieces of the size of a message. */
export async function readAll(read: ReadBytes, from: number, to: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (let at = from; at < to; ) {
    const part = await read(at, Math.min(MAX_LIST_BYTES, to - at))
    if (part.length === 0) break
    parts.push(part)
    at += part.length
  }
  return Buffer.concat(parts)
}
