// A pool: the kept-alive processes of one command in one environment, which of them gets the next job, and when they end.
import type { JobError, KeepAlive } from '../../api'
import type { RunEnd, RunSpec } from '../../run/base/runTypes'
import type { WorkerProxy, WorkerProxyEvents } from '../runners/workerProxy'
import { Crashes } from './crashes'
import { PoolWorker } from './poolWorker'

/** How long a process without a job is kept by default. */
const DEFAULT_IDLE_SECONDS = 60

export interface PoolHost {
  /** Of its jobs; absent for `local`. */
  readonly queue: string | undefined
  /** The queue, where that is elsewhere; absent for this machine. */
  place(): string | undefined
  startWorker(spec: RunSpec, events: WorkerProxyEvents): WorkerProxy
  /** Slots that its jobs may take together. */
  slots(): number
  /** `lastSeq` is that of the job that was submitted last. */
  readonly ledger: { readonly lastSeq: number }
  /** A worker may take a job, or its facts have changed. */
  onChange(pool: Pool): void
  onWorkerIdle(): void
}

export class Pool {
  readonly key: number
  readonly name: string
  readonly workers = new Set<PoolWorker>()
  #options: KeepAlive = {}
  readonly #crashes = new Crashes()
  readonly #host: PoolHost

  constructor(key: number, name: string, host: PoolHost) {
    this.key = key
    this.name = name
    this.#host = host
  }

  get queue(): string | undefined {
    return this.#host.queue
  }

  /** Where its workers are: those of one place share its memory. */
  get place(): string | undefined {
    return this.#host.place()
  }

  /** On the clock of `performance.now()`. */
  usedAt = performance.now()

  /** The options of the last job that was submitted apply to the pool. */
  use(options: KeepAlive): void {
    this.#options = options
    this.usedAt = performance.now()
  }

  get idle(): PoolWorker[] {
    return [...this.workers].filter(worker => worker.isIdle)
  }

  get max(): number {
    return this.#options.max ?? Math.max(1, this.#host.slots())
  }

  /** Why a job is not started any more; one that was submitted after the last crash may try again. */
  stoppedFor(seq: number): JobError | undefined {
    return this.#crashes.stoppedFor(seq)
  }

  /** Whether a job could begin now with a slot of its own. */
  get mayTakeSlot(): boolean {
    return this.#idle !== undefined || this.workers.size < this.max
  }

  /** A worker that has no job and takes one, or a new one. */
  takeSlot(spec: () => RunSpec): PoolWorker {
    return this.#idle ?? this.#start(spec())
  }

  /** A worker that works through short jobs so fast that one more hardly has to wait. */
  get fast(): PoolWorker | undefined {
    let best: PoolWorker | undefined
    for (const worker of this.workers) {
      if (worker.isBusy && worker.acceptsJob(this.#options) && (!best || worker.backlogMs < best.backlogMs))
        best = worker
    }
    return best
  }

  get #idle(): PoolWorker | undefined {
    for (const worker of this.workers) if (!worker.isBusy && worker.acceptsJob(this.#options)) return worker
    return undefined
  }

  #start(spec: RunSpec): PoolWorker {
    const worker = new PoolWorker(spec, events => this.#host.startWorker(spec, events), {
      changed: () => this.#host.onChange(this),
      served: () => this.#served(worker),
      ended: end => this.#ended(worker, end),
    })
    this.workers.add(worker)
    this.#host.onChange(this)
    return worker
  }

  #served(worker: PoolWorker): void {
    if (worker.shouldRecycle(this.#options)) worker.finish()
    this.#host.onChange(this)
    if (!worker.isBusy) this.#host.onWorkerIdle()
  }

  #ended(worker: PoolWorker, end: RunEnd): void {
    this.workers.delete(worker)
    if (worker.hasCrashed(end)) this.#crashes.add(this.name, end, this.#host.ledger.lastSeq)
    this.#host.onChange(this)
  }

  /** Ends the processes that have had no job for too long. */
  endIdle(at: number): void {
    const idleMs = (this.#options.idleSeconds ?? DEFAULT_IDLE_SECONDS) * 1000
    for (const worker of this.workers) if (!worker.isBusy && at - worker.idleSince >= idleMs) worker.finish()
  }
}
