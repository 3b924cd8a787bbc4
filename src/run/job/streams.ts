// The three streams of a job: which of them is a pipe, a file or nothing, and where their content is in the end.
import { closeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { JobError, Progress } from '../../api'
import { type ExitFacts, outcomeOf } from '../../core/jobs/job'
import type { OutputStream } from '../../core/protocol/facts'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import { outputError, overflowError } from '../base/limitErrors'
import type { RunOutput, RunSpec } from '../base/runTypes'
import { reasonOf } from '../base/startError'
import { Arrivals } from '../output/arrivals'
import { Capture } from '../output/capture'
import { FileOutput } from '../output/fileOutput'
import { LINE_WINDOW_BYTES, lastLineOf } from '../output/lastLine'
import { findTarget, isSameTarget } from '../output/outputTarget'
import { ProgressText } from '../output/progressText'
import { feed, openBytes, openInput } from '../output/stdin'
import type { ChildStreams, ThreeStdio } from '../process/spawnProcess'
import { type StreamResult, streamResult } from './streamResult'

export interface StreamEvents {
  onChange(): void
  /** There is too much output, or nowhere to put it. */
  onLimit(error: JobError): void
}

/** The three streams of a process. */
export interface RunStreams {
  readonly stdoutBytes: number
  readonly stderrBytes: number
  readonly progress: Progress | undefined
  readonly lastErrorLine: string | undefined
  /** Outputs that the process writes itself. */
  readonly files: readonly FileOutput[]
  readonly needsFiles: boolean
  /** Whether a pipe is not read because the disk lags. */
  readonly isHeldBack: boolean
  /** Whether `close` has nothing to wait for. */
  readonly areInMemory: boolean
  /** After a shortage it may be called again. */
  openFiles(): Promise<void>
  /** There is no process yet: what was opened for it is closed, so that other jobs may have the descriptors meanwhile. */
  discardFiles(): Promise<unknown>
  stdio(): ThreeStdio
  attach(child: ChildStreams): void
  /** The process has ended; its outputs may have more. */
  onExit?(): void
  detach(): void
  releaseFiles(): Promise<unknown>
  read(stream: OutputStream, offset: number, length: number): Promise<Uint8Array>
  /**
   * Resolves when all output is complete on disk.
   * @param facts how the process has ended; called when the pipes have been read
   * @returns what is wrong with the output
   */
  close(facts: () => ExitFacts): Promise<JobError | undefined>
  result(): StreamResult
}

const noFiles: readonly FileOutput[] = []
const nothing: RunOutput = { bytes: new Uint8Array() }

export class Streams implements RunStreams {
  #input: FileHandle | undefined
  /** The descriptor of a file with the bytes for stdin. */
  #bytesFd: number | undefined
  #released: Promise<unknown> | undefined
  #stdout: Capture | FileOutput | undefined
  #stderr: Capture | FileOutput | undefined
  readonly #progress = new ProgressText()
  readonly #arrivals = new Arrivals()
  #lastLine: { atBytes: number; line: string | undefined } = { atBytes: 0, line: undefined }

  constructor(
    private readonly spec: RunSpec,
    private readonly events: StreamEvents,
  ) {
    if (spec.stdoutFile === undefined) this.#stdout = this.#capture('stdout', `${spec.spoolFile}.out`)
    if (spec.stderrFile === undefined) this.#stderr = this.#capture('stderr', `${spec.spoolFile}.err`)
  }

  get stdoutBytes(): number {
    return this.#stdout?.bytes ?? 0
  }

  get stderrBytes(): number {
    return this.#stderr?.bytes ?? 0
  }

  get progress(): Progress | undefined {
    return this.#progress.latest
  }

  /** One when both go to the same file. */
  get files(): readonly FileOutput[] {
    if (!this.needsFiles) return noFiles
    return [...new Set([this.#stdout, this.#stderr])].filter(output => output instanceof FileOutput)
  }

  get isHeldBack(): boolean {
    return this.#captures.some(capture => capture.isHeldBack)
  }

  get areInMemory(): boolean {
    return isInMemory(this.#stdout) && isInMemory(this.#stderr)
  }

  /** Of stderr; searched only when it is needed. */
  get lastErrorLine(): string | undefined {
    const bytes = this.stderrBytes
    if (this.#lastLine.atBytes !== bytes)
      this.#lastLine = { atBytes: bytes, line: lastLineOf(this.#stderr?.tail(LINE_WINDOW_BYTES) ?? new Uint8Array()) }
    return this.#lastLine.line
  }

  get needsFiles(): boolean {
    const { stdin, stdoutFile, stderrFile } = this.spec
    return stdoutFile !== undefined || stderrFile !== undefined || stdin !== undefined
  }

  /**
   * Opens the files; after a shortage it may be called again.
   * @throws StartError that names a file or its folder; a shortage as it is
   */
  async openFiles(): Promise<void> {
    const { stdin, stdoutFile, stderrFile, cwd, spoolFile } = this.spec
    if (stdin && 'file' in stdin) this.#input ??= await openInput(stdin.file, cwd)
    else if (stdin && stdin.bytes.length > 0) this.#bytesFd ??= openBytes(stdin.bytes)
    const out = stdoutFile === undefined ? undefined : await findTarget('stdout', stdoutFile, cwd)
    if (out) this.#stdout ??= await FileOutput.open('stdout', out, `${spoolFile}.out`)
    if (stderrFile === undefined) return
    const err = await findTarget('stderr', stderrFile, cwd)
    const isSame = out !== undefined && isSameTarget(out, err)
    this.#stderr ??= isSame ? this.#stdout : await FileOutput.open('stderr', err, `${spoolFile}.err`)
  }

  stdio(): ThreeStdio {
    const { stdin } = this.spec
    const hasBytes = stdin !== undefined && 'bytes' in stdin && stdin.bytes.length > 0
    // /dev/null gives the end of file at once, and is cheaper than a pipe.
    return [
      this.#input?.fd ?? this.#bytesFd ?? (hasBytes ? 'pipe' : 'ignore'),
      this.#stdout?.stdio ?? 'ignore',
      this.#stderr?.stdio ?? 'ignore',
    ]
  }

  attach(child: ChildStreams): void {
    const { stdin } = this.spec
    if (child.stdin && stdin && 'bytes' in stdin) feed(child.stdin, stdin.bytes)
    if (child.stdout && this.#stdout instanceof Capture) this.#stdout.attach(child.stdout)
    if (child.stderr && this.#stderr instanceof Capture) this.#stderr.attach(child.stderr)
  }

  detach(): void {
    for (const capture of this.#captures) capture.detach()
  }

  async discardFiles(): Promise<void> {
    const { files } = this
    await this.releaseFiles()
    this.#input = undefined
    this.#released = undefined
    if (this.#stdout instanceof FileOutput) this.#stdout = undefined
    if (this.#stderr instanceof FileOutput) this.#stderr = undefined
    await Promise.all(files.map(file => file.discard()))
  }

  /** The process has its own descriptors of the files, or there will be none. */
  releaseFiles(): Promise<unknown> {
    if (this.#bytesFd !== undefined) closeSync(this.#bytesFd)
    this.#bytesFd = undefined
    this.#released = Promise.all([this.#input?.close(), ...this.files.map(file => file.release())])
    return this.#released
  }

  async read(stream: OutputStream, offset: number, length: number): Promise<Uint8Array> {
    if (stream === 'order') return Buffer.from(this.#arrivals.text()).subarray(offset, offset + length)
    const output = stream === 'stdout' ? this.#stdout : this.#stderr
    return output?.read(offset, length) ?? new Uint8Array()
  }

  async close(facts: () => ExitFacts): Promise<JobError | undefined> {
    await Promise.all([this.#released, ...this.#captures.map(capture => capture.close())])
    const { files } = this
    await Promise.all(files.map(file => file.poll(file === this.#stderr ? MAX_INLINE_BYTES : 0)))
    if (files.some(file => file.bytes > this.spec.maxOutputBytes))
      this.events.onLimit(overflowError(this.spec.maxOutputBytes))
    if (outcomeOf(facts(), this.spec.okExitCodes).state !== 'succeeded') {
      await Promise.all(files.map(file => file.discard()))
      return undefined
    }
    const kept = await Promise.allSettled(files.map(file => file.keep()))
    const failed = kept.find(result => result.status === 'rejected')
    return failed && { kind: 'service', message: reasonOf(failed.reason) }
  }

  result(): StreamResult {
    const stdout = this.#stdout ? resultOf(this.#stdout) : nothing
    const stderr = this.#stderr ? resultOf(this.#stderr) : nothing
    const order = this.#arrivals.text()
    const result = streamResult(stdout, this.#stderr, this, 'file' in stderr ? stderr.file : undefined)
    return { ...result, ...(order !== '' && { order }) }
  }

  get #captures(): Capture[] {
    return [this.#stdout, this.#stderr].filter(output => output instanceof Capture)
  }

  #capture(stream: 'stdout' | 'stderr', spillFile: string): Capture {
    const { maxOutputBytes, spoolsAll = false } = this.spec
    const capture = new Capture({
      spillFile,
      maxBytes: maxOutputBytes,
      spillsAll: spoolsAll,
      keepsTail: stream === 'stderr',
      onChange: chunk => {
        // of what is beyond the limit nothing is kept
        const room = maxOutputBytes - (capture.bytes - chunk.length)
        this.#arrivals.add(stream, Math.max(0, Math.min(room, chunk.length)))
        this.#progress[stream](chunk)
        this.events.onChange()
      },
      onOverflow: () => this.events.onLimit(overflowError(maxOutputBytes)),
      onProblem: error => this.events.onLimit(outputError(stream, spillFile, error)),
    })
    return capture
  }
}

function isInMemory(output: Capture | FileOutput | undefined): boolean {
  return output === undefined || (output instanceof Capture && output.isInMemory)
}

function resultOf(output: Capture | FileOutput): RunOutput {
  if (output instanceof Capture) return output.result()
  return output.isKept ? { file: output.file, bytes: output.bytes } : nothing
}
