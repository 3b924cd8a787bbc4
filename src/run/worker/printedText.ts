// Text that a worker prints without working on a job, on its way to the service.
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import { Tail } from '../output/tail'
import { fromWholeCharacter, unfinishedBytes } from '../output/utf8'

/** What is not UTF-8 is replaced; a byte order mark is a character like any other in the middle of a log. */
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

export class PrintedText {
  #unsent: Tail | undefined

  push(text: Buffer): void {
    this.#unsent ??= new Tail()
    this.#unsent.push(text)
  }

  /**
   * What has come since the last call. Of a flood only the end is kept, with a note: nobody could read it all anyway. A
   * character of which only the beginning has come waits for the rest.
   */
  take(isLast: boolean): string {
    const unsent = this.#unsent
    if (!unsent) return ''
    this.#unsent = undefined
    const tail = unsent.last(MAX_INLINE_BYTES)
    const bytes = unsent.bytes > tail.length ? fromWholeCharacter(tail) : tail
    const leftOut = unsent.bytes - bytes.length
    const unfinished = isLast ? 0 : unfinishedBytes(bytes)
    const text = lenient.decode(bytes.subarray(0, bytes.length - unfinished))
    if (unfinished > 0) this.push(Buffer.from(bytes.subarray(bytes.length - unfinished)))
    return `${leftOut > 0 ? `[${leftOut} bytes left out]\n` : ''}${text}`
  }
}
