// The last 64 KiB of a stream, in one piece: a window that slides through a buffer of twice the size.
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'

export class Tail {
  /** Of the whole stream. */
  bytes = 0
  #buffer: Buffer | undefined
  #end = 0

  push(chunk: Buffer): void {
    this.bytes += chunk.length
    const news = chunk.subarray(Math.max(0, chunk.length - MAX_INLINE_BYTES))
    this.#buffer ??= Buffer.allocUnsafeSlow(2 * MAX_INLINE_BYTES) // most workers print nothing
    if (this.#end + news.length > this.#buffer.length) {
      const kept = this.last(MAX_INLINE_BYTES - news.length)
      this.#end = kept.copy(this.#buffer)
    }
    this.#end += news.copy(this.#buffer, this.#end)
  }

  last(length: number): Buffer {
    return this.#buffer?.subarray(Math.max(0, this.#end - length), this.#end) ?? Buffer.alloc(0)
  }
}
