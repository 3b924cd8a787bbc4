// One job or request of a worker: its input, its log and progress, its answer and what is kept of that.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobError } from '../../api'
import { cutAt } from '../../core/base/cut'
import type { OutputStream } from '../../core/protocol/facts'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import { encodeFrame, forJob, join as joinChunks, withFrameId } from '../../core/values/frames'
import type { HandlerError } from '../../core/values/workerMessages'
import { outputError, overflowError } from '../base/limitErrors'
import type { ProtocolSpec, RunInput, RunProgress } from '../base/runTypes'
import { retryWhileShort } from '../base/shortage'
import { type StreamResult, streamResult } from '../job/streamResult'
import { Capture, type Source } from '../output/capture'
import { LINE_WINDOW_BYTES, lastLineOf } from '../output/lastLine'
import { ProgressText } from '../output/progressText'
import type { RawMessage } from './workerReader'

/** The value for a worker: JSON for `lines`, a frame for `frames`. */
export type TaskInput = { text: string } | RunInput

export interface TaskSpec {
  /** Of the job or request; the names of its array files begin with it. */
  id: string
  /** None is the value `null`. */
  input?: TaskInput
  timeoutMs?: number
  noOutputTimeoutMs?: number
}

/** What the tasks of a worker have in common. */
export interface TaskContext {
  protocol: ProtocolSpec['name']
  /** The folder for streams that are too large for memory; their files are named after the task's id. */
  spoolFolder: string
  maxOutputBytes: number
}

export interface TaskEvents {
  /** Where its log comes from, to be paused while the disk lags. */
  source(): Source | undefined
  /** Its log has grown or its progress has risen. */
  onChange(): void
  /** Its log is too long, or cannot be kept. */
  onLimit(error: JobError): void
}

/** A longer message goes to the log. */
const MAX_ERROR_CHARACTERS = 4096

const nothing = new Uint8Array()

export class Task {
  readonly spec: TaskSpec
  readonly #context: TaskContext
  readonly #events: TaskEvents
  #progress: ProgressText | undefined
  #log: Capture | undefined
  #value: Uint8Array | undefined
  #arrays: readonly string[] = []
  #error: JobError | undefined
  #isInFile = false

  constructor(spec: TaskSpec, context: TaskContext, events: TaskEvents) {
    this.spec = spec
    this.#context = context
    this.#events = events
  }

  /** Whether there is a value or an error. */
  get isAnswered(): boolean {
    return this.#value !== undefined || this.#error !== undefined
  }

  /** What the worker has answered instead of a value. */
  get error(): JobError | undefined {
    return this.#error
  }

  get progress(): RunProgress {
    const latest = this.#progress?.latest
    const stderrBytes = this.#log?.bytes ?? 0
    const lastErrorLine = this.#log && lastLineOf(this.#log.tail(LINE_WINDOW_BYTES))
    return {
      stdoutBytes: this.#value?.length ?? 0,
      stderrBytes,
      ...(latest && { progress: latest }),
      ...(lastErrorLine !== undefined && { lastErrorLine }),
    }
  }

  /** The message to the worker; the answer will have the same number. */
  message(number: number): string | Uint8Array | Promise<string | Uint8Array> {
    const { id, input } = this.spec
    if (!input)
      return this.#context.protocol === 'lines' ? line(number, 'null') : encodeFrame(number, { job: id, value: null })
    if ('file' in input) return retryWhileShort(() => readFile(input.file)).then(bytes => this.#wrap(number, bytes))
    return 'text' in input ? line(number, input.text) : this.#wrap(number, input.bytes)
  }

  #wrap(number: number, value: Uint8Array): string | Uint8Array {
    if (this.#context.protocol === 'lines') return line(number, new TextDecoder().decode(value))
    return withFrameId(forJob(value, this.spec.id), number)
  }

  appendLog(text: Buffer): void {
    this.#log ??= this.#startLog()
    this.#log.append(text)
    this.#progress ??= new ProgressText()
    this.#progress.stderr(text)
    this.#events.onChange()
  }

  setProgress(fraction: number, message: string | undefined): void {
    this.#progress ??= new ProgressText()
    this.#progress.announce({ fraction, ...(message !== undefined && { message }) })
    this.#events.onChange()
  }

  fail(error: HandlerError): void {
    const { type, message, traceback } = error
    const text = type && type !== message ? `${type}: ${message}` : message
    if (text.length > MAX_ERROR_CHARACTERS) this.appendLog(Buffer.from(`${text}\n`))
    this.#error = { kind: 'handler', message: shortened(text) }
    if (traceback) this.appendLog(Buffer.from(traceback.endsWith('\n') ? traceback : `${traceback}\n`))
  }

  /** The worker's answer. */
  answer(value: unknown, raw: RawMessage): void {
    if ('chunks' in raw) {
      this.#value = joinChunks(raw.chunks, raw.bytes)
      this.#arrays = raw.arrays.flatMap(({ file }) => file ?? [])
      const foreign = this.#arrays.find(file => !file.startsWith(this.spec.id))
      if (foreign !== undefined)
        this.#error = {
          kind: 'protocol',
          message: `Its answer names the file ${foreign}, which is not one of this job.`,
        }
    } else this.#value = Buffer.from(JSON.stringify(value) ?? 'null')
    const { maxOutputBytes } = this.#context
    if (this.#value.length > maxOutputBytes) this.#error = overflowError(maxOutputBytes)
  }

  async read(stream: OutputStream, offset: number, length: number): Promise<Uint8Array> {
    if (stream === 'order') return nothing // a value has no place among what was printed
    if (stream === 'stderr') return this.#log?.read(offset, length) ?? nothing
    return this.#value?.subarray(offset, offset + length) ?? nothing
  }

  /** Whether `close` has nothing to wait for. */
  get isInMemory(): boolean {
    return (this.#log?.isInMemory ?? true) && (this.#value?.length ?? 0) <= MAX_INLINE_BYTES
  }

  /**
   * Resolves when large streams are on disk.
   * @returns why one cannot be kept
   */
  async close(): Promise<JobError | undefined> {
    await this.#log?.close()
    if (!this.#value || this.#error || this.#value.length <= MAX_INLINE_BYTES) return undefined
    const value = this.#value
    try {
      await retryWhileShort(() => writeFile(this.#outFile, value, { mode: 0o600 }))
      this.#isInFile = true
      return undefined
    } catch (error) {
      return outputError('answer', this.#outFile, error)
    }
  }

  get #outFile(): string {
    return join(this.#context.spoolFolder, `${this.spec.id}.out`)
  }

  result(): StreamResult & { arrays?: readonly string[] } {
    const bytes = this.#error ? nothing : (this.#value ?? nothing)
    const stdout = this.#isInFile ? { file: this.#outFile, bytes: bytes.length } : { bytes }
    const log = this.#log?.result()
    const facts = { ...this.progress, stdoutBytes: bytes.length }
    return {
      ...streamResult(stdout, this.#log, facts, log && 'file' in log ? log.file : undefined),
      ...(this.#arrays.length > 0 && { arrays: this.#arrays }),
    }
  }

  #startLog(): Capture {
    const { spoolFolder, maxOutputBytes } = this.#context
    const spillFile = join(spoolFolder, `${this.spec.id}.err`)
    const log = new Capture({
      spillFile,
      spillsAll: false,
      maxBytes: maxOutputBytes,
      keepsTail: true,
      onChange: () => undefined,
      onOverflow: () => this.#events.onLimit(overflowError(maxOutputBytes)),
      onProblem: error => this.#events.onLimit(outputError('log', spillFile, error)),
    })
    log.setSource(this.#events.source())
    return log
  }
}

function shortened(text: string): string {
  const isLong = text.length > MAX_ERROR_CHARACTERS
  return isLong ? `${cutAt(text, MAX_ERROR_CHARACTERS)}… (the whole is in its log)` : text
}

function line(number: number, json: string): string {
  return `{"id":${number},"value":${json}}\n`
}
