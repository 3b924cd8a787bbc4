// Reads a pipe of a job: small output stays in memory, larger goes whole to a file, and the pipe is held back while the
// disk lags.
import type { Readable } from 'node:stream'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import type { RunOutput } from '../base/runTypes'
import type { Output } from './output'
import { BATCH_BYTES, Spill } from './spill'
import { Tail } from './tail'

/** Where the bytes come from: one stream, or several that are paused together. */
export interface Source {
  pause(): unknown
  resume(): unknown
  isPaused(): boolean
}

export interface CaptureOptions {
  spillFile: string
  maxBytes: number
  /** All goes to the file, as it comes: others read it. */
  spillsAll: boolean
  /** Whether the end of the stream is kept in memory when the whole is too large. */
  keepsTail: boolean
  onChange(chunk: Buffer): void
  /** There is more than `maxBytes`; called once. The rest is read and dropped, so that the process does not block. */
  onOverflow(): void
  /** The file cannot be written; called once. */
  onProblem(error: Error): void
}

const nothing = Buffer.alloc(0)

export class Capture implements Output {
  readonly stdio = 'pipe'
  bytes = 0
  #source: Source | undefined
  #stream: Readable | undefined
  /** The stream itself, until it is too large. May be longer than `#kept`. */
  #memory: Buffer = nothing
  #kept = 0
  #spill: Spill | undefined
  #tail: Tail | undefined
  #hasOverflowed = false

  constructor(private readonly options: CaptureOptions) {}

  /** Whether the pipe is not read because the disk lags. */
  get isHeldBack(): boolean {
    return this.#source?.isPaused() ?? false
  }

  get isInMemory(): boolean {
    return this.#spill === undefined
  }

  attach(stream: Readable): void {
    this.#stream = stream
    this.#source = stream
    // An error is followed by the end, which is all that matters.
    stream.on('error', () => undefined)
    stream.on('data', (chunk: Buffer) => this.append(chunk))
  }

  /** For chunks that are given to `append`. */
  setSource(source: Source | undefined): void {
    this.#source = source
  }

  /** Nothing more is read; for a pipe that a process outside of the job's tree has open. */
  detach(): void {
    this.#stream?.destroy()
  }

  tail(length: number): Uint8Array {
    return this.#tail?.last(length) ?? this.#memory.subarray(Math.max(0, this.#kept - length), this.#kept)
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.#spill?.read(offset, length) ?? this.#memory.subarray(offset, Math.min(offset + length, this.#kept))
  }

  /** Resolves when the file, if there is one, is complete. */
  async close(): Promise<void> {
    await this.#spill?.close()
  }

  result(): RunOutput {
    return this.#spill ? { file: this.#spill.file, bytes: this.#kept } : { bytes: this.#memory.subarray(0, this.#kept) }
  }

  /** More of the stream; `attach` calls it by itself. */
  append(chunk: Buffer): void {
    this.bytes += chunk.length
    const room = this.options.maxBytes - this.#kept
    if (chunk.length <= room) this.#keep(chunk)
    else if (!this.#hasOverflowed) {
      this.#hasOverflowed = true
      if (room > 0) this.#keep(chunk.subarray(0, room))
      this.options.onOverflow()
    }
    this.options.onChange(chunk)
  }

  #keep(chunk: Buffer): void {
    const maxInMemory = this.options.spillsAll ? 0 : MAX_INLINE_BYTES
    if (!this.#spill && this.#kept + chunk.length <= maxInMemory) this.#remember(chunk)
    else {
      this.#spill ??= this.#startSpill()
      this.#spill.write(chunk)
      this.#tail?.push(chunk)
      if (this.#spill.isFull) this.#source?.pause()
    }
    this.#kept += chunk.length
  }

  #remember(chunk: Buffer): void {
    const needed = this.#kept + chunk.length
    if (this.#kept === 0) this.#memory = chunk
    else {
      if (needed > this.#memory.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(MAX_INLINE_BYTES, Math.max(4096, needed * 4)))
        this.#memory.copy(larger, 0, 0, this.#kept)
        this.#memory = larger
      }
      chunk.copy(this.#memory, this.#kept)
    }
  }

  #resume(): void {
    if (this.isHeldBack) this.#source?.resume()
  }

  #startSpill(): Spill {
    const { options } = this
    const batchBytes = options.spillsAll ? 0 : BATCH_BYTES
    const spill = new Spill(options.spillFile, batchBytes, () => this.#resume(), options.onProblem)
    const soFar = this.#memory.subarray(0, this.#kept)
    this.#memory = nothing
    if (soFar.length > 0) spill.write(soFar)
    if (options.keepsTail) {
      this.#tail = new Tail()
      this.#tail.push(soFar)
    }
    return spill
  }
}
