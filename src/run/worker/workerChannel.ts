// The channel to a process with a protocol, which is also its three streams: messages go to stdin and come from stdout,
// text comes from both outputs.
import type { Readable, Writable } from 'node:stream'
import type { JobError, Progress } from '../../api'
import type { ExitFacts } from '../../core/jobs/job'
import type { OutputStream } from '../../core/protocol/facts'
import { type FromWorker, WORKER_PROTOCOL_VERSION } from '../../core/values/workerMessages'
import { type Deadline, now, unwatch, watch } from '../base/deadlines'
import { closedError, helloError } from '../base/limitErrors'
import type { ProtocolSpec, RunSpec } from '../base/runTypes'
import { reasonOf } from '../base/startError'
import { type StreamResult, streamResult } from '../job/streamResult'
import type { RunStreams, StreamEvents } from '../job/streams'
import type { Source } from '../output/capture'
import type { FileOutput } from '../output/fileOutput'
import { LINE_WINDOW_BYTES, lastLineOf } from '../output/lastLine'
import { Tail } from '../output/tail'
import type { ChildStreams, ThreeStdio } from '../process/spawnProcess'
import { type RawMessage, WorkerReader } from './workerReader'

export interface ChannelEvents {
  /** The process has sent its hello. */
  onReady(features: readonly string[]): void
  onMessage(message: WorkerMessage, raw: RawMessage): void
  /** What it printed, on either stream. */
  onText(text: Buffer): void
  /** Whether an answer is waited for, or may be soon. */
  isAnswerExpected(): boolean
  /** More messages will be sent to it: a process that does not read them cannot answer. */
  readonly isKeptAlive?: true
  /** It has broken the protocol or does not answer, and is being ended. */
  onFail?(): void
}

/** A process that closes its stdout or stdin is usually about to end; one that has not by then will not answer. */
const END_AFTER_CLOSE_MS = 5000
/** A deadline that is reached while the outputs are not read is checked again at this interval. */
const PAUSED_CHECK_MS = 100
/** How often it is checked whether the disk has caught up. */
const HELD_BACK_CHECK_MS = 10
/** What pipes and buffers hold at most: what comes after it was printed later. */
const MAX_UNREAD_BYTES = 1024 * 1024

/** What a worker sends once it is ready. */
export type WorkerMessage = Exclude<FromWorker, { hello: number }>

export class WorkerChannel implements RunStreams, Deadline, Source {
  dueAt = Number.POSITIVE_INFINITY
  stdoutBytes = 0
  isReady = false
  readonly #protocol: ProtocolSpec
  readonly #streamEvents: StreamEvents
  readonly #events: ChannelEvents
  readonly #reader: WorkerReader
  /** All that it printed, also while no job ran. */
  readonly #log = new Tail()
  #stdin: Writable | undefined
  #outputs: readonly Readable[] = []
  #hasFailed = false
  #closedPipe: 'stdin' | 'stdout' | undefined
  #hasExited = false

  constructor(spec: RunSpec & { protocol: ProtocolSpec }, streamEvents: StreamEvents, events: ChannelEvents) {
    this.#protocol = spec.protocol
    this.#streamEvents = streamEvents
    this.#events = events
    this.#reader = new WorkerReader(spec.protocol.name, {
      onMessage: (message, raw) => this.#onMessage(message, raw),
      onText: text => this.#onText(text),
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

  /** One message, buffered without a limit until the process reads it. */
  send(message: string | Uint8Array): void {
    this.#stdin?.write(message)
  }

  #onText(text: Buffer): void {
    this.#log.push(text)
    this.#events.onText(text)
    this.#streamEvents.onChange()
  }

  /** A line for the log that came as a message. */
  log(text: string): void {
    this.#onText(Buffer.from(text.endsWith('\n') ? text : `${text}\n`))
  }

  /** Closes stdin, which asks the process to end. */
  end(): void {
    this.#stdin?.end()
  }

  /** Reads no text for a while, and so no messages either. */
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
   * held back is in these and in buffers. That is when a turn of the event loop brings no more.
   */
  whenDrained(callback: () => void): void {
    setImmediate(() => this.#drain(callback, this.stderrBytes + MAX_UNREAD_BYTES))
  }

  /**
   * @param most bytes after which whatever comes was printed later
   * @param before bytes a turn ago, if they were read then
   */
  #drain(callback: () => void, most: number, before?: number): void {
    const bytes = this.stderrBytes
    if (this.isHeldBack) setTimeout(() => this.#drain(callback, most), HELD_BACK_CHECK_MS)
    else if (bytes !== before && bytes < most) setImmediate(() => this.#drain(callback, most, bytes))
    else callback()
  }

  async openFiles(): Promise<void> {}

  async discardFiles(): Promise<void> {}

  async releaseFiles(): Promise<void> {}

  stdio(): ThreeStdio {
    return ['pipe', 'pipe', 'pipe']
  }

  attach({ stdin, stdout, stderr }: ChildStreams): void {
    if (!stdin || !stdout || !stderr) return
    // A process that serves one job may close its stdin early.
    stdin.on('error', () => this.#events.isKeptAlive && this.#onPipeClosed('stdin'))
    this.#stdin = stdin
    stdout.on('error', () => undefined)
    stdout.on('data', (chunk: Buffer) => this.#read(() => this.#reader.push(chunk), chunk.length))
    stdout.on('end', () => {
      this.#read(() => this.#reader.end(), 0)
      this.#onPipeClosed('stdout')
    })
    stderr.on('error', () => undefined)
    stderr.on('data', (chunk: Buffer) => this.#onText(chunk))
    this.#outputs = [stdout, stderr]
    this.dueAt = now() + this.#protocol.startTimeoutMs
    watch(this)
  }

  /** No answer can come any more. */
  #onPipeClosed(pipe: 'stdin' | 'stdout'): void {
    this.#closedPipe = pipe
    if (this.#hasExited) return
    this.dueAt = Math.min(this.dueAt, now() + END_AFTER_CLOSE_MS)
    watch(this)
  }

  /** From here on the exit decides, and what is left to be read. */
  onExit(): void {
    this.#hasExited = true
    unwatch(this)
  }

  detach(): void {
    for (const output of this.#outputs) output.destroy()
  }

  /** What belongs to a job is read from the job. */
  async read(_stream: OutputStream, _offset: number, _length: number): Promise<Uint8Array> {
    return new Uint8Array()
  }

  /** It has not sent its hello in time, or still runs without its stdout or stdin. */
  onDue(): void {
    this.dueAt = Number.POSITIVE_INFINITY
    if (this.isPaused()) {
      this.dueAt = now() + PAUSED_CHECK_MS
      watch(this)
      return
    }
    const pipe = this.#closedPipe
    if (!pipe) this.#fail(helloError(this.#protocol.startTimeoutMs, this.#lastLineSentence()))
    else if (this.#events.isAnswerExpected()) this.#fail(closedError(pipe, this.#lastLineSentence()))
  }

  async close(facts: () => ExitFacts): Promise<JobError | undefined> {
    unwatch(this)
    const { error, endedBy, exitCode, signal } = facts()
    if (this.isReady || error || endedBy !== 'self') return undefined
    const how = signal ? `signal ${signal}` : `exit code ${exitCode}`
    return { kind: 'start', message: `It ended (${how}) before it said that it is ready. ${this.#lastLineSentence()}` }
  }

  result(): StreamResult {
    return streamResult({ bytes: new Uint8Array() }, { tail: length => this.#log.last(length) }, this)
  }

  #lastLineSentence(): string {
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
    if (bytes > 0) this.#streamEvents.onChange()
  }

  /** Ends the process: no message of it can be trusted any more. */
  #fail(error: JobError): void {
    this.#hasFailed = true
    this.#events.onFail?.()
    this.#streamEvents.onLimit(error)
  }

  #onMessage(message: FromWorker, raw: RawMessage): void {
    if ('hello' in message) this.#onHello(message.hello, message.features ?? [])
    else if (this.isReady) this.#events.onMessage(message, raw)
    else throw new Error('it must say hello before anything else, {"hello":1}')
  }

  #onHello(version: number, features: readonly string[]): void {
    if (version !== WORKER_PROTOCOL_VERSION)
      throw new Error(`it speaks version ${version}, and only version ${WORKER_PROTOCOL_VERSION} is understood here`)
    if (this.isReady) return
    this.isReady = true
    unwatch(this)
    this.#events.onReady(features)
  }
}

/** @param expected the numbers of the tasks that wait for an answer */
export function unexpectedAnswer(number: number, expected: readonly number[]): Error {
  return new Error(`it answers ${number}, which nobody waits for, and not ${expected.slice(0, 3).join(', ')}`)
}
