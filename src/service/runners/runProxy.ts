// A run of a runner, as the service sees it.
import type { EndedBy, JobError } from '../../api'
import type { OutputStream } from '../../core/protocol/facts'
import { type FromRunner, receiveEnd, type ToRun } from '../../run/base/runnerProtocol'
import type { Run, RunEnd, RunEvents, RunProgress, RunSpec } from '../../run/base/runTypes'
import { unobservedEnd } from '../../run/base/unobservedEnd'
import { endTree } from '../../run/os/treeTermination'
import { PendingReads } from './pendingReads'

type WithoutRun<M> = M extends ToRun ? Omit<M, 'run'> : never
/** What is asked of a runner about one of its runs, whose number is added where it is sent. */
export type RunnerRequest = WithoutRun<ToRun>

/** A process that a runner has started or will start, as the service sees it. */
export interface ProcessProxy {
  readonly spec: RunSpec
  /** Of a worker. */
  readonly isConcurrent?: boolean
  readonly hasEnded: boolean
  /** A runner has it now: it is sent what was asked before. */
  attach(send: (request: RunnerRequest) => void): void
  /** Its runner could not be started, and no other has it: what is stopped until one has ends at once. */
  detach(): void
  onMessage(message: FromRunner): void
  onRunnerExit(): Promise<void>
}

/** Of a run whose runner is not on this machine. */
export interface Elsewhere {
  /** The name of that machine, once it is known. */
  readonly host: string | undefined
  /** Says that its runner has gone. */
  readonly lost: string
  /** The same before it was heard that it has begun. */
  readonly lostEarly: string
  /** Brings here what it wrote; never rejects. */
  complete(end: RunEnd, stopped: () => EndedBy | undefined): Promise<RunEnd>
}

export class RunProxy implements Run, ProcessProxy {
  command: readonly string[]
  pid: number | undefined
  startedAt: number | undefined
  progress: RunProgress = { stdoutBytes: 0, stderrBytes: 0 }
  /** As its runner gets it. */
  spec: RunSpec
  readonly #events: RunEvents
  #send: ((request: RunnerRequest) => void) | undefined
  #stop: Extract<RunnerRequest, { type: 'stop' }> | undefined
  hasEnded = false
  #isLost = false
  readonly #elsewhere: Elsewhere | undefined
  readonly #end = Promise.withResolvers<RunEnd>()
  readonly #reads = new PendingReads()

  /** @param elsewhere when its runner is not on this machine */
  constructor(spec: RunSpec, events: RunEvents, elsewhere?: Elsewhere) {
    this.spec = spec
    this.#events = events
    this.command = spec.command
    this.#elsewhere = elsewhere
  }

  get host(): string | undefined {
    return this.#elsewhere?.host
  }

  /** No runner gets it. */
  refuse(error: JobError): void {
    this.#finish(unobservedEnd(error))
  }

  /** No runner has got it, and another one may. */
  return(): void {
    this.#finish({ ...unobservedEnd(undefined), neverBegun: true })
  }

  /** Who has asked it to end. */
  get stopped(): Stopped | undefined {
    return this.#stop
  }

  attach(send: (request: RunnerRequest) => void): void {
    this.#send = send
    if (this.#stop) send(this.#stop)
  }

  detach(): void {
    this.#send = undefined
    if (this.#stop) this.#endUnstarted(this.#stop)
  }

  #endUnstarted({ endedBy, error }: Extract<RunnerRequest, { type: 'stop' }>): void {
    this.#finish(unobservedEnd(error, endedBy))
  }

  get processStartTime(): string | undefined {
    return this.progress.processStartTime
  }

  get ended(): Promise<RunEnd> {
    return this.#end.promise
  }

  stop(endedBy: EndedBy, error?: JobError): void {
    this.#stop ??= { type: 'stop', endedBy, ...(error && { error }) }
    if (this.#send) this.#send(this.#stop)
    else this.#endUnstarted(this.#stop)
  }

  readOutput(stream: OutputStream, offset: number, length: number): Promise<Uint8Array> {
    const send = this.#send
    if (this.hasEnded || this.#isLost || !send) return Promise.resolve(new Uint8Array())
    return this.#reads.begin(request => send({ type: 'read', request, stream, offset, length }))
  }

  onMessage(message: FromRunner): void {
    if (message.type === 'started') {
      this.pid = message.pid
      this.command = message.command
      this.startedAt = message.startedAt
      this.#events.onStarted(this)
    } else if (message.type === 'changed') {
      this.progress = message.progress
      this.#events.onChange(this)
    } else if (message.type === 'bytes') {
      this.#reads.onBytes(message)
    } else if (message.type === 'ended') {
      this.command = message.command
      if (message.pid !== undefined) this.pid = message.pid
      const end = receiveEnd(message.end)
      if (this.#elsewhere)
        void this.#elsewhere.complete(end, () => this.#stop?.endedBy).then(whole => this.#finish(whole))
      else this.#finish(end)
    }
  }

  /** How the process ended cannot be known; what remains of it is ended. */
  async onRunnerExit(): Promise<void> {
    const { pid, processStartTime } = this
    this.#isLost = true
    this.#reads.endAll()
    if (this.#elsewhere) {
      const { lost, lostEarly } = this.#elsewhere
      const what = this.startedAt === undefined ? lostEarly : lost
      return this.#finish(lostEnd(this.startedAt, undefined, this.#stop, what))
    }
    const { notEnded } = await endTree({ id: this.spec.id, pid, processStartTime }, this.spec.graceMs)
    this.#finish(lostEnd(this.startedAt, notEnded, this.#stop))
  }

  #finish(end: RunEnd): void {
    this.hasEnded = true
    this.#reads.endAll()
    this.#end.resolve(end)
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
export function lostEnd(
  startedAt: number | undefined,
  notEnded: string | undefined,
  stopped?: Stopped,
  what = 'The part of the job service that ran this job ended unexpectedly',
): RunEnd {
  const message = `${what}, so its outcome is unknown. Rerun it if its result is needed.`
  return {
    ...(stopped ? unobservedEnd(stopped.error, stopped.endedBy) : unobservedEnd({ kind: 'lost', message })),
    ...(notEnded !== undefined && { notEnded }),
    ...(startedAt !== undefined && { startedAt }),
  }
}
