// Reads a pipe of a job: small output stays in memory, larger goes whole to a file, and the pipe is held back while the
// disk lags.
import type { Readable } from 'node:stream'
import { MAX_INLINE_BYTES } from '../../core/protocol/protocol'
import type { RunOutput } from '../base/runTypes'
import type { Output } from './output'
import { Spill } from './spill'
import { Tail } from './tail'

/** Where it comes from: a stream, or whoever has several. */
export interface Source {
  pause(): unknown
  resume(): unknown
  isPaused(): boolean
}

export interface CaptureOptions {
  spillFile: string
  maxBytes: number
  /** Whether the end of the stream must be at hand when it is too large for memory. */
  keepsTail: boolean
  onChange(chunk: Buffer): void
  /** There is more than `maxBytes`; called once. What comes after that is read and dropped, so that nobody blocks. */
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
  #isOver = false

  constructor(private readonly options: CaptureOptions) {}

  /** Whether bytes lie in the pipe that we have not read because the disk lags. */
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

  /** What `append` is given comes from there. */
  setSource(source: Source | undefined): void {
    this.#source = source
  }

  /** Nothing more is read; for a pipe that somebody outside of the job's tree holds open. */
  detach(): void {
    this.#stream?.destroy()
  }

  tail(length: number): Uint8Array {
    return this.#tail?.last(length) ?? this.#memory.subarray(Math.max(0, this.#kept - length), this.#kept)
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.#spill?.read(offset, length) ?? this.#memory.subarray(offset, Math.min(offset + length, this.#kept))
  }

  /** What was kept; resolves when a file is complete. */
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
    else if (!this.#isOver) {
      this.#isOver = true
      if (room > 0) this.#keep(chunk.subarray(0, room))
      this.options.onOverflow()
    }
    this.options.onChange(chunk)
  }

  #keep(chunk: Buffer): void {
    if (!this.#spill && this.#kept + chunk.length <= MAX_INLINE_BYTES) this.#remember(chunk)
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

  #goOn(): void {
    if (this.isHeldBack) this.#source?.resume()
  }

  #startSpill(): Spill {
    const { options } = this
    const spill = new Spill(options.spillFile, () => this.#goOn(), options.onProblem)
    const sofar = this.#memory.subarray(0, this.#kept)
    this.#memory = nothing
    if (sofar.length > 0) spill.write(sofar)
    if (options.keepsTail) {
      this.#tail = new Tail()
      this.#tail.push(sofar)
    }
    return spill
  }
}
