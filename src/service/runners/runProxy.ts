// A run that goes on in a runner, as the service sees it.
import type { EndedBy, JobError } from '../../api'
import { endUnseen } from '../../run/base/noRun'
import { type FromRunner, fromBase64, receiveEnd, type ToRunner } from '../../run/base/runnerProtocol'
import type { Run, RunEnd, RunEvents, RunProgress, RunSpec } from '../../run/base/runTypes'
import { endTree } from '../../run/os/killTree'

/** What is asked of a runner about one of its runs, which is named where it is sent. */
export type RunnerRequest = ToRunner extends infer M
  ? M extends { type: AskType; run: number }
    ? Omit<M, 'run'>
    : never
  : never
type AskType = 'stop' | 'read' | 'tasks' | 'stopTask' | 'finish'

/** What goes on in a runner, as the service sees it. */
export interface ProcessProxy {
  readonly spec: RunSpec
  /** Of a worker. */
  readonly isConcurrent?: boolean
  readonly hasEnded: boolean
  /** It is with a runner now, which hears what was asked before. */
  attach(ask: (message: RunnerRequest) => void): void
  /** Its runner could not be started, and it is with none: what is stopped until it has another one ends at once. */
  detach(): void
  take(message: FromRunner): void
  /** The runner has died. */
  onRunnerExit(): Promise<void>
}

export class RunProxy implements Run, ProcessProxy {
  command: readonly string[]
  pid: number | undefined
  startedAt: number | undefined
  progress: RunProgress = { stdoutBytes: 0, stderrBytes: 0 }
  readonly spec: RunSpec
  readonly #events: RunEvents
  #ask: ((message: RunnerRequest) => void) | undefined
  #stop: Extract<RunnerRequest, { type: 'stop' }> | undefined
  hasEnded = false
  #isLost = false
  readonly #end = Promise.withResolvers<RunEnd>()
  readonly #reads = new Map<number, (bytes: Uint8Array) => void>()
  #lastRead = 0

  constructor(spec: RunSpec, events: RunEvents) {
    this.spec = spec
    this.#events = events
    this.command = spec.command
  }

  attach(ask: (message: RunnerRequest) => void): void {
    this.#ask = ask
    if (this.#stop) ask(this.#stop)
  }

  detach(): void {
    this.#ask = undefined
    if (this.#stop) this.#neverBegan(this.#stop)
  }

  #neverBegan({ endedBy, error }: Extract<RunnerRequest, { type: 'stop' }>): void {
    this.#finish(endUnseen(error, endedBy))
  }

  get processStartTime(): string | undefined {
    return this.progress.processStartTime
  }

  get ended(): Promise<RunEnd> {
    return this.#end.promise
  }

  stop(endedBy: EndedBy, error?: JobError): void {
    this.#stop ??= { type: 'stop', endedBy, ...(error && { error }) }
    if (this.#ask) this.#ask(this.#stop)
    else this.#neverBegan(this.#stop)
  }

  readOutput(stream: 'stdout' | 'stderr', offset: number, length: number): Promise<Uint8Array> {
    if (this.hasEnded || this.#isLost || !this.#ask) return Promise.resolve(new Uint8Array())
    const request = ++this.#lastRead
    this.#ask({ type: 'read', request, stream, offset, length })
    return new Promise(resolve => this.#reads.set(request, resolve))
  }

  take(message: FromRunner): void {
    if (message.type === 'started') {
      this.pid = message.pid
      this.command = message.command
      this.startedAt = message.startedAt
      this.#events.onStarted(this)
    } else if (message.type === 'changed') {
      this.progress = message.progress
      this.#events.onChange(this)
    } else if (message.type === 'bytes') {
      this.#reads.get(message.request)?.(fromBase64(message.base64))
      this.#reads.delete(message.request)
    } else if (message.type === 'ended') {
      this.command = message.command
      if (message.pid !== undefined) this.pid = message.pid
      this.#finish(receiveEnd(message.end))
    }
  }

  /** The runner has died: how the process ended cannot be known; what is left of it is ended. */
  async onRunnerExit(): Promise<void> {
    const { pid, processStartTime } = this
    this.#isLost = true
    this.#endReads()
    const { notEnded } = await endTree({ id: this.spec.id, pid, processStartTime }, this.spec.graceMs)
    this.#finish(lostEnd(this.startedAt, notEnded, this.#stop))
  }

  #finish(end: RunEnd): void {
    this.hasEnded = true
    this.#endReads()
    this.#end.resolve(end)
  }

  /** Nobody answers them any more. */
  #endReads(): void {
    for (const resolve of this.#reads.values()) resolve(new Uint8Array())
    this.#reads.clear()
  }
}

/** Who asked it to end, and why. */
export interface Stopped {
  endedBy: EndedBy
  error?: JobError
}

/**
 * How the process ended cannot be known.
 * @param stopped when it was to end anyway, which it has
 */
export function lostEnd(startedAt: number | undefined, notEnded: string | undefined, stopped?: Stopped): RunEnd {
  const message =
    'The part of the job service that ran this job ended unexpectedly, so its outcome is unknown. Rerun it if its result is needed.'
  return {
    ...(stopped ? endUnseen(stopped.error, stopped.endedBy) : endUnseen({ kind: 'lost', message })),
    ...(notEnded !== undefined && { notEnded }),
    ...(startedAt !== undefined && { startedAt }),
  }
}
