// One kept-alive process of a pool: the jobs that it has been given, how fast it works through them, and the slot that
// it holds while it has any.
import type { KeepAlive } from '../../api'
import type { WorkerInfo } from '../../core/protocol/facts'
import type { RunEnd, RunSpec } from '../../run/base/runTypes'
import {
  endedWithProcess,
  type TaskEvents,
  type TaskOrder,
  type TaskProxy,
  type WorkerProxy,
  type WorkerProxyEvents,
} from '../runners/workerProxy'
import { SlotLease } from './slotLease'

/** Short jobs are sent ahead of time, as many as take about this long: what comes after them waits no longer. */
const PREFETCH_MS = 10
const MAX_PREFETCHED = 200
/** How much the last measurement counts. */
const WEIGHT = 0.2

export interface PoolWorkerEvents {
  changed(): void
  /** Jobs have ended. */
  served(): void
  ended(end: RunEnd): void
}

export class PoolWorker {
  readonly id: string
  readonly #proxy: WorkerProxy
  readonly #events: PoolWorkerEvents
  #served = 0
  #isLeaving = false
  #hasHadJob = false
  #endedWithJob = false
  readonly #slot = new SlotLease()
  /** Milliseconds a job, by the last ones; unknown at first. */
  #msPerJob = Number.POSITIVE_INFINITY
  /** On the clock of `performance.now()`. */
  idleSince = performance.now()

  constructor(spec: RunSpec, start: (events: WorkerProxyEvents) => WorkerProxy, events: PoolWorkerEvents) {
    this.id = spec.id
    this.#events = events
    this.#proxy = start({
      onReady: events.changed,
      onChange: () => {
        if (this.isBusy) events.changed()
        else events.served() // it may have grown too large while it is idle
      },
      onTasksEnded: (count, ms) => this.#measure(ms / count),
      onEnd: end => this.#ended(end),
    })
  }

  get isBusy(): boolean {
    return this.#slot.isHeld
  }

  /** Whether it waits for jobs. */
  get isIdle(): boolean {
    return !this.isBusy && !this.#isLeaving
  }

  /** About how long it will take to work through its jobs. */
  get backlogMs(): number {
    return this.#proxy.openTasks === 0 ? 0 : this.#proxy.openTasks * this.#msPerJob
  }

  /** Whether it takes one more job; at once, or after a few that are short. */
  acceptsJob(options: KeepAlive): boolean {
    const { maxJobs = Number.POSITIVE_INFINITY } = options
    const { openTasks: open } = this.#proxy
    if (this.#isLeaving || this.#proxy.hasEnded || this.#served + open >= maxJobs || this.#isTooLarge(options))
      return false
    return open === 0 || (open < MAX_PREFETCHED && this.backlogMs < PREFETCH_MS)
  }

  /** Whether its options say that it has to be replaced. */
  shouldRecycle(options: KeepAlive): boolean {
    if (this.isBusy) return false
    return this.#served >= (options.maxJobs ?? Number.POSITIVE_INFINITY) || this.#isTooLarge(options)
  }

  #isTooLarge({ maxMemoryMB }: KeepAlive): boolean {
    const { memoryBytes = 0 } = this.#proxy.progress
    return maxMemoryMB !== undefined && memoryBytes > maxMemoryMB * 1024 * 1024
  }

  /** Begins to hold a slot; resolves when it has no job any more. */
  begin(): Promise<void> {
    return this.#slot.hold()
  }

  assign(order: TaskOrder, { onChange, onEnd, onReturned }: TaskEvents): TaskProxy {
    this.#hasHadJob = true
    return this.#proxy.assign(order, {
      onChange,
      onEnd: (task, end) => {
        if (end.answered || end.error?.kind === 'handler') this.#served++
        else if (endedWithProcess(end)) this.#endedWithJob = true
        onEnd(task, end)
      },
      onReturned: task => {
        this.#msPerJob = Number.POSITIVE_INFINITY // something longer has come: its pace is measured again
        onReturned(task)
        this.#releaseIfIdle()
      },
    })
  }

  flush(): void {
    this.#proxy.flush()
  }

  /** What has not been flushed comes back. */
  recall(): void {
    this.#proxy.recall()
  }

  #releaseIfIdle(): void {
    if (!this.#slot.isHeld || this.#proxy.openTasks > 0) return
    this.idleSince = performance.now()
    this.#slot.release()
    this.#events.served()
  }

  finish(): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#proxy.finish()
    this.#events.changed()
  }

  /** Whether it ended without being asked to. One that ends well between two jobs is no crash. */
  hasCrashed(end: RunEnd): boolean {
    const { endedBy, error, exitCode, signal } = end
    if (this.#isLeaving || error?.kind === 'lost') return false // a fault of the runner
    if (error) return true
    if (!endedWithProcess(end)) return false // it has never begun
    return endedBy === 'self' && (this.#endedWithJob || !this.#hasHadJob || exitCode !== 0 || signal !== null)
  }

  get info(): WorkerInfo {
    return { ...this.#proxy.info(this.isBusy, this.#isLeaving), served: this.#served }
  }

  #measure(sample: number): void {
    this.#msPerJob = Number.isFinite(this.#msPerJob) ? this.#msPerJob * (1 - WEIGHT) + sample * WEIGHT : sample
    this.#events.served()
    this.#releaseIfIdle()
  }

  #ended(end: RunEnd): void {
    this.#events.ended(end)
    this.#isLeaving = true
    this.#slot.release()
  }
}
