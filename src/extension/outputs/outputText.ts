// The text of one open document: the stretch of its output that it shows, kept so that only what is new is read.
import { beforeOrder, type OutputOrder, type Place, stderrPlaces } from '../text/outputOrder'
import {
  brokenEnd,
  brokenStart,
  endStretch,
  type Move,
  movedStretch,
  type Notice,
  noticeAbove,
  noticeBelow,
  noticeUnordered,
  type Stretch,
} from '../text/outputStretch'
import { type Output, readAll } from './outputSource'

export class OutputText {
  #stretch: Stretch | undefined
  #bytes = Buffer.alloc(0)
  #total = 0
  #order: OutputOrder | undefined
  /** Where the reader wants to go; done when it is read. */
  #move: Move | undefined
  #reading: Promise<unknown> = Promise.resolve()
  /** The reader is not at the end: rather than making room for more, the text stays what it is. */
  isHeld = false

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
    if (from === 0) return undefined
    return from <= this.#first ? noticeUnordered(from) : noticeAbove(from)
  }

  get below(): Notice | undefined {
    return this.#stretch?.to === undefined ? undefined : noticeBelow()
  }

  /** One after the other: two readers must not both append. */
  async text(output: Output): Promise<Uint8Array> {
    const text = this.#reading.then(() => this.#make(output))
    this.#reading = text.catch(() => undefined)
    return text
  }

  /** Of the text that was made last. */
  stderrPlaces(): { start: Place; end: Place }[] {
    if (!this.#order || !this.#stretch) return []
    return stderrPlaces(this.#order, this.#bytes, this.#stretch.from, [this.above ? 1 : 0, 0])
  }

  /** Of both streams, the first byte whose place is known; what is before has no order. */
  get #first(): number {
    return this.#order ? beforeOrder(this.#order) : 0
  }

  async #make(output: Output): Promise<Uint8Array> {
    await this.#update(output)
    const [above, below] = [this.above, this.below]
    return Buffer.concat([
      Buffer.from(above ? `${above.text}\n` : ''),
      this.#bytes,
      Buffer.from(below ? `${this.#bytes.at(-1) === 10 ? '' : '\n'}${below.text}\n` : ''),
    ])
  }

  async #update({ total, read, order }: Output): Promise<void> {
    const before = this.#stretch
    const move = this.#move
    if (before?.to !== undefined && move === undefined) return // what has been written does not change
    const hasShrunk = total < this.#total
    const first = order ? beforeOrder(order) : 0
    const grown = hasShrunk ? undefined : before
    const next = before && move ? movedStretch(move, before, total, first) : endStretch(total, first, grown)
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
    if (!isSame && from > first && move !== 'later') {
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
    this.#order = order
    if (this.#move === move) this.#move = undefined
  }
}
