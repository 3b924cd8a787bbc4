// Speaks with a process in a protocol: says what it is told to on stdin, hears messages on stdout and text on stderr.
// The streams of a worker.
import type { Readable, Writable } from 'node:stream'
import type { JobError, Progress } from '../../api'
import type { ExitFacts } from '../../core/jobs/job'
import { type FromWorker, WORKER_PROTOCOL_VERSION } from '../../core/values/workerMessages'
import { type Deadline, now, unwatch, watch } from '../base/deadlines'
import { closedError, helloError } from '../base/limitErrors'
import type { ProtocolSpec, RunSpec } from '../base/runTypes'
import { reasonOf } from '../base/startError'
import { Tail } from '../base/tail'
import { type RunStreams, type StreamEvents, type StreamResult, stderrOf } from '../job/streams'
import type { Source } from '../output/capture'
import type { FileOutput } from '../output/fileOutput'
import { LINE_WINDOW_BYTES, lastLineOf } from '../output/lastLine'
import type { ChildStreams, ThreeStdio } from '../process/spawnProcess'
import { type RawMessage, WorkerReader } from './workerReader'

/** Who speaks with the process through the conversation. */
export interface Speaker {
  /** It has said hello. */
  onReady(features: readonly string[]): void
  onMessage(message: FromWorker, raw: RawMessage): void
  /** What it printed, on either stream. */
  onText(text: Buffer): void
  /** Whether an answer of it is waited for, or may be soon. */
  isAwaited(): boolean
  /** More will be asked of it: one that reads no more cannot answer. */
  readonly isKept?: true
  /** It is not understood any more, and is being ended. */
  onFail?(): void
}

/** One that closes its stdout, or its stdin, is about to end, as a rule; if it lives on for this long, it has broken off. */
const LIVES_ON_MS = 5000
/** How soon it is looked again whether one that may have said hello is read. */
const PAUSED_MS = 100
/** The same for whether the disk takes more. */
const HELD_BACK_MS = 10
/** What pipes and buffers hold at most: what comes after it was printed later. */
const MAX_UNREAD_BYTES = 1024 * 1024

type Said = Exclude<FromWorker, { hello: number }>

export class Conversation implements RunStreams, Deadline, Source {
  dueAt = Number.POSITIVE_INFINITY
  stdoutBytes = 0
  isReady = false
  readonly #protocol: ProtocolSpec
  readonly #events: StreamEvents
  readonly #speaker: Speaker
  readonly #reader: WorkerReader
  /** All that it printed: of a worker, also what no job is to blame for. */
  readonly #log = new Tail()
  #stdin: Writable | undefined
  #outputs: readonly Readable[] = []
  #hasFailed = false
  #closedPipe: 'stdin' | 'stdout' | undefined
  #hasExited = false

  constructor(spec: RunSpec & { protocol: ProtocolSpec }, events: StreamEvents, speaker: Speaker) {
    this.#protocol = spec.protocol
    this.#events = events
    this.#speaker = speaker
    this.#reader = new WorkerReader(spec.protocol.name, {
      onMessage: (message, raw) => this.#hear(message, raw),
      onText: text => this.print(text),
    })
  }

  get files(): readonly FileOutput[] {
    return []
  }

  get needsFiles(): boolean {
    return false
  }

  get isHeldBack(): boolean {
    return this.isPaused()
  }

  get areInMemory(): boolean {
    return false
  }

  get progress(): Progress | undefined {
    return undefined
  }

  get stderrBytes(): number {
    return this.#log.bytes
  }

  get lastErrorLine(): string | undefined {
    return lastLineOf(this.#log.last(LINE_WINDOW_BYTES))
  }

  /** One message; how much of it waits to be read is the process's own affair. */
  say(message: string | Uint8Array): void {
    this.#stdin?.write(message)
  }

  /** What it printed, or said for the log. */
  print(text: Buffer): void {
    this.#log.push(text)
    this.#speaker.onText(text)
    this.#events.onChange()
  }

  /** A line for the log that came as a message. */
  log(text: string): void {
    this.print(Buffer.from(text.endsWith('\n') ? text : `${text}\n`))
  }

  /** No more messages come, which asks it to end. */
  end(): void {
    this.#stdin?.end()
  }

  /** What it prints is not read for a while, and so no messages either. */
  pause(): void {
    for (const output of this.#outputs) output.pause()
  }

  resume(): void {
    for (const output of this.#outputs) output.resume()
  }

  isPaused(): boolean {
    return this.#outputs.some(output => output.isPaused())
  }

  /**
   * Calls back when all has been read that was printed before the last message: they come through two pipes, and what was
   * held back lies in these and in buffers. That is when a turn of the event loop brings no more.
   */
  whenRead(callback: () => void): void {
    setImmediate(() => this.#readRest(callback, this.stderrBytes + MAX_UNREAD_BYTES))
  }

  /** @param before how much there was a turn ago, if it was read then */
  #readRest(callback: () => void, most: number, before?: number): void {
    const bytes = this.stderrBytes
    if (this.isHeldBack) setTimeout(() => this.#readRest(callback, most), HELD_BACK_MS)
    else if (bytes !== before && bytes < most) setImmediate(() => this.#readRest(callback, most, bytes))
    else callback()
  }

  async openFiles(): Promise<void> {}

  async giveBackFiles(): Promise<void> {}

  async releaseFiles(): Promise<void> {}

  stdio(): ThreeStdio {
    return ['pipe', 'pipe', 'pipe']
  }

  attach({ stdin, stdout, stderr }: ChildStreams): void {
    if (!stdin || !stdout || !stderr) return
    stdin.on('error', () => this.#speaker.isKept && this.#closed('stdin')) // of any other it is normal
    this.#stdin = stdin
    stdout.on('error', () => undefined)
    stdout.on('data', (chunk: Buffer) => this.#read(() => this.#reader.push(chunk), chunk.length))
    stdout.on('end', () => {
      this.#read(() => this.#reader.end(), 0)
      this.#closed('stdout')
    })
    stderr.on('error', () => undefined)
    stderr.on('data', (chunk: Buffer) => this.print(chunk))
    this.#outputs = [stdout, stderr]
    this.dueAt = now() + this.#protocol.startTimeoutMs
    watch(this)
  }

  /** No answer can come any more. */
  #closed(pipe: 'stdin' | 'stdout'): void {
    this.#closedPipe = pipe
    if (this.#hasExited) return
    this.dueAt = Math.min(this.dueAt, now() + LIVES_ON_MS)
    watch(this)
  }

  /** What is left to be read says the rest. */
  exited(): void {
    this.#hasExited = true
    unwatch(this)
  }

  detach(): void {
    for (const output of this.#outputs) output.destroy()
  }

  /** What belongs to a job is read from the job. */
  async read(_stream: 'stdout' | 'stderr', _offset: number, _length: number): Promise<Uint8Array> {
    return new Uint8Array()
  }

  /** It has not said hello in time, or lives on without its stdout or stdin. */
  onDue(): void {
    this.dueAt = Number.POSITIVE_INFINITY
    if (this.isPaused()) {
      this.dueAt = now() + PAUSED_MS
      watch(this)
      return
    }
    const pipe = this.#closedPipe
    if (!pipe) this.#fail(helloError(this.#protocol.startTimeoutMs, this.#lastWords()))
    else if (this.#speaker.isAwaited()) this.#fail(closedError(pipe, this.#lastWords()))
  }

  async close(facts: () => ExitFacts): Promise<JobError | undefined> {
    unwatch(this)
    const { error, endedBy, exitCode, signal } = facts()
    if (this.isReady || error || endedBy !== 'self') return undefined
    const how = signal ? `signal ${signal}` : `exit code ${exitCode}`
    return { kind: 'start', message: `It ended (${how}) before it said that it is ready. ${this.#lastWords()}` }
  }

  result(): StreamResult {
    const { stdoutBytes, stderrBytes, lastErrorLine } = this
    return {
      stdout: { bytes: new Uint8Array() },
      ...stderrOf({ tail: length => this.#log.last(length) }, stderrBytes),
      stdoutBytes,
      stderrBytes,
      ...(lastErrorLine !== undefined && { lastErrorLine }),
    }
  }

  /** Its last line, for a sentence. */
  #lastWords(): string {
    const line = this.lastErrorLine
    return line === undefined ? 'It printed nothing.' : `It printed last: ${line}`
  }

  #read(step: () => void, bytes: number): void {
    this.stdoutBytes += bytes
    if (this.#hasFailed) return
    try {
      step()
    } catch (error) {
      this.#fail({
        kind: 'protocol',
        message: `It does not keep to the protocol "${this.#protocol.name}": ${reasonOf(error)}.`,
      })
    }
    if (bytes > 0) this.#events.onChange()
  }

  /** Ends the process: nothing that it says can be understood any more. */
  #fail(error: JobError): void {
    this.#hasFailed = true
    this.#speaker.onFail?.()
    this.#events.onLimit(error)
  }

  #hear(message: FromWorker, raw: RawMessage): void {
    if ('hello' in message) this.#greet(message.hello, message.features ?? [])
    else if (this.isReady) this.#speaker.onMessage(message satisfies Said, raw)
    else throw new Error('it must say hello before anything else, {"hello":1}')
  }

  #greet(version: number, features: readonly string[]): void {
    if (version !== WORKER_PROTOCOL_VERSION)
      throw new Error(`it speaks version ${version}, and only version ${WORKER_PROTOCOL_VERSION} is understood here`)
    if (this.isReady) return
    this.isReady = true
    unwatch(this)
    this.#speaker.onReady(features)
  }
}

/** @param asked the numbers that are waited for */
export function strayAnswer(number: number, asked: readonly number[]): Error {
  return new Error(`it answers ${number}, which nobody waits for, and not ${asked.slice(0, 3).join(', ')}`)
}
