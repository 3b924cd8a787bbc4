// One allocation of a Slurm cluster, from the request for it until it is given back: a job of Slurm that is a runner.
import type { SlurmQueueConfig } from '../../core/jobs/queueConfig'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import type { RemoteState } from '../jobs/queues'
import type { KnownJob, RemoteHost } from '../remote/remoteHost'
import { RemoteRunner } from '../remote/remoteRunner'
import type { WorkerProxy, WorkerProxyEvents } from '../runners/workerProxy'
import { type AllocationState, isPending, isRunning, joinWords } from './slurmCommands'
import { slurmEnvironment } from './slurmShell'

/** From the time that a job may take to the end of its allocation. */
const MARGIN_MS = 5000

export interface AllocationHost
  extends Pick<RemoteHost, 'name' | 'key' | 'keepSeconds' | 'isPaused' | 'program' | 'isStored'> {
  readonly config: SlurmQueueConfig
  /** Words that lead to where Slurm is. */
  wordsThere(words: readonly string[]): readonly string[]
  onKnownJobs(allocation: Allocation, jobs: readonly KnownJob[]): void
  /** What it says of itself, or how much of it is in use, has changed. */
  onChange(): void
}

export class Allocation {
  readonly runner: RemoteRunner
  readonly #host: AllocationHost
  #state: AllocationState | undefined
  #remote: RemoteState = {}
  /** By the clock of this machine. */
  #endsAt = Number.POSITIVE_INFINITY
  #whyLost: string | undefined
  /** Slots of what runs in it. */
  used = 0
  idleSince = Date.now()
  /** Gets no more jobs, and is given back when those that it has have ended. */
  isRetiring = false
  /** It has been connected. */
  hasServed = false

  /** @param id of its job; absent until Slurm has said so */
  constructor(
    host: AllocationHost,
    public id?: string,
  ) {
    this.#host = host
    const self = this
    this.runner = new RemoteRunner({
      ...host,
      get config() {
        return host.config
      },
      get isPaused() {
        return host.isPaused
      },
      isHeld: true,
      mayConnect: () => this.isRunning,
      isWanted: () => this.isRunning && !this.isRetiring,
      get whyLost() {
        return self.#whyLost
      },
      launcher: () => ({
        words: host.wordsThere(joinWords(this.id ?? '')),
        env: slurmEnvironment(),
        keepsHome: false,
      }),
      get lastEpoch() {
        return self.id
      },
      setLastEpoch: () => undefined, // it is that of its job
      onKnownJobs: jobs => host.onKnownJobs(this, jobs),
      onState: state => {
        this.#remote = state
        this.hasServed ||= state.cores !== undefined
        host.onChange()
      },
    })
  }

  get state(): AllocationState | undefined {
    return this.#state
  }

  /** As Slurm says now. */
  set state(state: AllocationState | undefined) {
    this.#state = state
    if (state?.secondsLeft !== undefined) this.#endsAt = Date.now() + state.secondsLeft * 1000
    if (this.isRunning && !this.isRetiring) this.runner.want()
  }

  get isPending(): boolean {
    return this.#state === undefined || isPending(this.#state)
  }

  get isRunning(): boolean {
    return this.#state !== undefined && isRunning(this.#state)
  }

  /** What is wrong with its connection. */
  get problem(): RemoteState | undefined {
    return this.#remote.problem === undefined ? undefined : this.#remote
  }

  get host(): string | undefined {
    return this.#remote.host
  }

  /** Those of its jobs; 0 while it takes none. */
  get slots(): number {
    const { cores } = this.#remote
    if (cores === undefined || this.isRetiring) return 0
    const { slots } = this.#host.config
    return typeof slots === 'number' ? slots : cores
  }

  get free(): number {
    return this.slots - this.used
  }

  /** @param ms how long it takes at most */
  hasTimeFor(ms: number): boolean {
    return this.#endsAt - Date.now() > ms + MARGIN_MS
  }

  start(spec: RunSpec, events: RunEvents): Run {
    const run = this.runner.start(spec, events)
    this.#use(spec.cores, run.ended)
    return run
  }

  /** @param start of its runner */
  startWorker(start: 'startWorker' | 'startRequestWorker', spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    const ended = Promise.withResolvers<void>()
    this.#use(spec.cores, ended.promise)
    return this.runner[start](spec, {
      ...events,
      onEnd: end => {
        ended.resolve()
        events.onEnd(end)
      },
    })
  }

  #use(cores: number, ended: Promise<unknown>): void {
    this.used += cores
    void ended.then(() => {
      this.used -= cores
      this.idleSince = Date.now()
      this.#host.onChange()
    })
  }

  /** Slurm has ended it. @param why as the beginning of a sentence */
  lose(why: string): void {
    this.#whyLost = why
    this.runner.lose()
  }
}
