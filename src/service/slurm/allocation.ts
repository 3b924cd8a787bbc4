// One allocation of a Slurm cluster, from the request for it until it is given back: a job of Slurm that is a runner.
import type { PlaceQueueConfig, SlurmQueueConfig } from '../../core/jobs/queueConfig'
import type { AllocationInfo } from '../../core/protocol/facts'
import { HELD_NODE, heldFolderOf } from '../../run/base/runnerHello'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import type { RemoteState } from '../jobs/queues'
import type { KnownJob, RemoteHost } from '../remote/remoteHost'
import { RemoteRunner } from '../remote/remoteRunner'
import type { WorkerProxy, WorkerProxyEvents } from '../runners/workerProxy'
import { type AllocationState, isPending, isRunning, joinWords } from './slurmCommands'
import { explainVia, slurmEnvironment, wordsThere } from './slurmShell'

/** From the time that a job may take to the end of its allocation. */
const MARGIN_MS = 5000
/** From its begin until it must take jobs; `HEADLESS_JOBS_CONNECT_SECONDS` shortens it in tests. */
const CONNECT_LIMIT_MS = Number(process.env.HEADLESS_JOBS_CONNECT_SECONDS ?? 120) * 1000

/** What it has of its queue. */
export interface AllocationQueue
  extends Pick<RemoteHost, 'name' | 'key' | 'keepSeconds' | 'isPaused' | 'program' | 'isStored'> {
  readonly config: SlurmQueueConfig
  /** Where Slurm is, when not here. @throws Error when there is no such queue */
  via(): PlaceQueueConfig | undefined
}

export interface AllocationHost {
  readonly queue: AllocationQueue
  onKnownJobs(allocation: Allocation, jobs: readonly KnownJob[]): void
  /** It takes jobs for the first time. */
  onServed(): void
  /** What it says of itself, or how much of it is in use, has changed. */
  onChange(): void
}

export class Allocation {
  readonly runner: RemoteRunner
  readonly #host: AllocationHost
  #state: AllocationState | undefined
  #remote: RemoteState = {}
  /** Its runner, whatever Slurm says. */
  #hasGone: boolean | undefined
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
  /** Since when Slurm says so, by `performance.now()`: it may have begun while nobody was awake to ask. */
  #runsSince = 0
  #hasRun = false

  /** As it was asked for, whatever the settings say later. */
  readonly #slots: number | 'auto'
  #id: string | undefined
  /** Since when its id is known, by `performance.now()`. */
  knownAt = 0

  /** @param id of its job, when that is known */
  constructor(host: AllocationHost, id?: string) {
    this.#host = host
    this.#id = id
    this.#slots = host.queue.config.slots ?? 'auto'
    const self = this
    const { queue } = host
    this.runner = new RemoteRunner({
      name: queue.name,
      key: queue.key,
      keepSeconds: queue.keepSeconds,
      program: queue.program,
      isStored: queue.isStored,
      get config() {
        return { ...queue.config, slots: self.#slots }
      },
      get isPaused() {
        return queue.isPaused
      },
      isHeld: true,
      mayConnect: () => this.isRunning,
      isWanted: () => this.isRunning && this.isUsed,
      get whyLost() {
        return self.#whyLost
      },
      launcher: () => ({
        words: wordsThere(joinWords(this.id ?? ''), queue.via()),
        env: slurmEnvironment(),
        // that of its runner, which `setup` may have brought
        node: `${heldFolderOf(queue.key, this.id ?? '')}/${HELD_NODE}`,
        explain: printed => explainVia(printed, queue.via()),
      }),
      get lastEpoch() {
        return self.id
      },
      setLastEpoch: () => undefined, // it is that of its job
      onKnownJobs: jobs => host.onKnownJobs(this, jobs.map(this.#used)),
      onState: (state, hasGone) => {
        this.#remote = state
        this.#hasGone = hasGone
        if (state.cores !== undefined && !this.hasServed) {
          this.hasServed = true
          host.onServed()
        }
        host.onChange()
      },
    })
  }

  /** Absent until Slurm has said so. */
  get id(): string | undefined {
    return this.#id
  }

  set id(id: string | undefined) {
    this.#id = id
    this.knownAt = performance.now()
  }

  get state(): AllocationState | undefined {
    return this.#state
  }

  /** As Slurm says now. */
  onState(state: AllocationState): void {
    if (!this.isRunning) this.#runsSince = performance.now()
    this.#state = state
    if (!this.isRunning && !isPending(state)) this.isRetiring = true // it is completing
    if (state.secondsLeft !== undefined) this.#endIn(state.secondsLeft * 1000)
    if (this.isRunning && this.isUsed) this.runner.want()
  }

  /** Slurm counts whole seconds: what differs by one is the same. */
  #endIn(ms: number): void {
    const at = Date.now() + ms
    if (!(Math.abs(at - this.#endsAt) < 2000)) this.#endsAt = at
  }

  get isSuspended(): boolean {
    return this.isRunning && this.#state?.state !== 'RUNNING'
  }

  /** It takes jobs, or has some. */
  get isUsed(): boolean {
    return !this.isRetiring || this.used > 0
  }

  /** It runs for longer than it may take to connect to it. */
  get isDead(): boolean {
    const hasNoJobs = this.knownAt > 0 || this.#hasGone // else an earlier service may have begun some in it
    const isLate = performance.now() - this.#runsSince > CONNECT_LIMIT_MS
    return Boolean(hasNoJobs && this.isRunning && !this.hasServed && isLate)
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
    if (cores === undefined || this.isRetiring || this.#state?.state !== 'RUNNING') return 0
    return typeof this.#slots === 'number' ? this.#slots : cores
  }

  get info(): AllocationInfo {
    const { id, isRetiring, slots, used } = this
    const { state = 'REQUESTED', reason = 'None', node } = this.#state ?? {}
    return {
      ...(id !== undefined && { id }),
      state,
      ...(reason !== 'None' && { reason }),
      ...(node !== undefined && { node }),
      slots,
      used,
      ...(this.isRunning && Number.isFinite(this.#endsAt) && { endsAt: this.#endsAt }),
      ...(isRetiring && { leaving: true }),
    }
  }

  /** Nothing has run in it. */
  get isFresh(): boolean {
    return !this.#hasRun
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

  /** What an earlier job service has begun in it takes slots as well. */
  readonly #used = ({ adopt, ...known }: KnownJob): KnownJob => ({
    ...known,
    adopt: (spec, events) => {
      const run = adopt(spec, events)
      this.#use(spec.cores, run.ended)
      return run
    },
  })

  #use(cores: number, ended: Promise<unknown>): void {
    this.#hasRun = true
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
