// Writes a stream to a file in the order in which it comes, many chunks at once, one write at a time.
import { close, open, writev } from 'node:fs'
import { pause } from '../base/deadlines'
import { isShortage } from '../base/startError'
import { releaseChunk } from '../process/readBuffers'
import { readFileSlice } from './output'

/** Less than this waits in memory for more: a write costs the same for one chunk as for several. */
export const BATCH_BYTES = 256 * 1024
/** Bytes that wait to be written: above the first the source is to pause, below the second it may resume. */
const HIGH_WATER_BYTES = 1024 * 1024
const LOW_WATER_BYTES = 512 * 1024
/** Between two attempts to open the file while there are too many open files. */
const REOPEN_MS = 100

export class Spill {
  #fd: number | undefined
  #written = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #inFlight: Buffer[] = []
  #hasFailed = false
  #isClosing = false
  #whenIdle: (() => void) | undefined

  /**
   * @param batchBytes fewer wait for more
   * @param onRoom called when waiting bytes have been written and there is room again
   * @param onProblem called once when the file cannot be written; what comes after that is dropped
   */
  constructor(
    readonly file: string,
    private readonly batchBytes: number,
    private readonly onRoom: () => void,
    private readonly onProblem: (error: Error) => void,
  ) {
    this.#open()
  }

  get isFull(): boolean {
    return this.#waitingBytes > HIGH_WATER_BYTES
  }

  /** Takes over the chunk: once it is on disk, its buffer is used again. */
  write(chunk: Buffer): void {
    if (this.#hasFailed) return
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    this.#flush()
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    // A consistent view of what is on disk and what follows it in memory.
    const written = this.#written
    const end = offset + length
    const inMemory: Buffer[] = []
    let at = written
    for (const chunk of [...this.#inFlight, ...this.#waiting]) {
      // A copy: while the disk is read, the buffer may be used again.
      if (at < end && at + chunk.length > offset)
        inMemory.push(Buffer.from(chunk.subarray(Math.max(0, offset - at), end - at)))
      at += chunk.length
    }
    if (offset >= written) return Buffer.concat(inMemory)
    return Buffer.concat([await readFileSlice(this.file, offset, Math.min(end, written) - offset), ...inMemory])
  }

  /** Resolves when all is written and the file is closed. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#flush()
    if (this.#isBusy()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#whenIdle = resolve
      await promise
    }
    const fd = this.#fd
    if (fd !== undefined) await new Promise<void>(resolve => close(fd, () => resolve()))
  }

  #isBusy(): boolean {
    return !this.#hasFailed && (this.#fd === undefined || this.#inFlight.length > 0 || this.#waiting.length > 0)
  }

  #open(): void {
    open(this.file, 'w', 0o600, (error, fd) => {
      if (!error) {
        this.#fd = fd
        this.#flush()
      } else if (isShortage(error)) void pause(REOPEN_MS).done.then(() => this.#open())
      else this.#fail(error)
    })
  }

  #flush(): void {
    if (this.#fd === undefined || this.#inFlight.length > 0 || this.#waiting.length === 0) return
    if (this.#waitingBytes < this.batchBytes && !this.#isClosing) return
    this.#inFlight = this.#waiting
    this.#waiting = []
    writev(this.#fd, this.#inFlight, null, (error, bytes) => {
      if (error) return this.#fail(error)
      const wasFull = this.isFull
      this.#written += bytes
      this.#waitingBytes -= bytes
      // A short write: the rest goes first in the next one.
      const rest = withoutFirst(this.#inFlight, bytes)
      for (const chunk of this.#inFlight.slice(0, this.#inFlight.length - rest.length)) releaseChunk(chunk)
      this.#waiting = [...rest, ...this.#waiting]
      this.#inFlight = []
      this.#flush()
      if (wasFull || this.#waitingBytes < LOW_WATER_BYTES) this.onRoom()
      if (!this.#isBusy()) this.#whenIdle?.()
    })
  }

  #fail(error: Error): void {
    this.#hasFailed = true
    this.#waiting = []
    this.#inFlight = []
    this.#waitingBytes = 0
    this.onProblem(error)
    this.onRoom()
    this.#whenIdle?.()
  }
}

/** The chunks that are left when the first bytes have been written. */
function withoutFirst(chunks: readonly Buffer[], bytes: number): Buffer[] {
  let written = bytes
  let index = 0
  for (let chunk = chunks[0]; chunk && written >= chunk.length; chunk = chunks[++index]) written -= chunk.length
  const rest = chunks.slice(index)
  if (written > 0 && rest[0]) rest[0] = rest[0].subarray(written)
  return rest
}
