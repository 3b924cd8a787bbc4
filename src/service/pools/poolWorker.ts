// One kept-alive process of a pool: the jobs that it has in hand, how fast it goes through them, and the slot that it
// holds while it has any.
import type { KeepAlive } from '../../api'
import type { WorkerInfo } from '../../core/protocol/protocol'
import type { RunEnd, RunSpec } from '../../run/base/runTypes'
import {
  endedWithProcess,
  type TaskEvents,
  type TaskOrder,
  type TaskProxy,
  type WorkerProxy,
  type WorkerProxyEvents,
} from '../runners/workerProxy'

/** Short jobs are handed over ahead of time, as many as take about this long: what comes after them waits no longer. */
const PREFETCH_MS = 10
const MAX_PREFETCHED = 200
/** How much the last measurement counts. */
const WEIGHT = 0.2

export interface PoolWorkerEvents {
  changed(): void
  /** Jobs have ended, and those that they have made room for have been handed over. */
  served(): void
  ended(end: RunEnd): void
}

export class PoolWorker {
  readonly id: string
  readonly #proxy: WorkerProxy
  readonly #events: PoolWorkerEvents
  #served = 0
  #isLeaving = false
  #hadJob = false
  #tookJobWithIt = false
  /** Resolves when it has nothing in hand: until then it holds a slot. */
  #turn: PromiseWithResolvers<void> | undefined
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
    return this.#turn !== undefined
  }

  /** Whether it waits for jobs. */
  get isIdle(): boolean {
    return !this.isBusy && !this.#isLeaving
  }

  /** About how long it will take to go through what it has in hand. */
  get backlogMs(): number {
    return this.#proxy.open === 0 ? 0 : this.#proxy.open * this.#msPerJob
  }

  /** Whether it takes one more job; at once, or after a few that are short. */
  hasRoom(options: KeepAlive): boolean {
    const { maxJobs = Number.POSITIVE_INFINITY } = options
    const { open } = this.#proxy
    if (this.#isLeaving || this.#proxy.hasEnded || this.#served + open >= maxJobs || this.#isTooLarge(options))
      return false
    return open === 0 || (open < MAX_PREFETCHED && this.backlogMs < PREFETCH_MS)
  }

  /** Whether it has served its time. */
  shouldRecycle(options: KeepAlive): boolean {
    if (this.isBusy) return false
    return this.#served >= (options.maxJobs ?? Number.POSITIVE_INFINITY) || this.#isTooLarge(options)
  }

  #isTooLarge({ maxMemoryMB }: KeepAlive): boolean {
    const { memoryBytes = 0 } = this.#proxy.progress
    return maxMemoryMB !== undefined && memoryBytes > maxMemoryMB * 1024 * 1024
  }

  /** Begins to hold a slot; resolves when it has nothing in hand any more. */
  begin(): Promise<void> {
    this.#turn ??= Promise.withResolvers()
    return this.#turn.promise
  }

  hand(order: TaskOrder, { onChange, onEnd, onReturned }: TaskEvents): TaskProxy {
    this.#hadJob = true
    return this.#proxy.hand(order, {
      onChange,
      onEnd: (task, end) => {
        if (end.answered || end.error?.kind === 'handler') this.#served++
        else if (endedWithProcess(end)) this.#tookJobWithIt = true
        onEnd(task, end)
      },
      onReturned: task => {
        this.#msPerJob = Number.POSITIVE_INFINITY // something longer has come: it shows its pace anew
        onReturned(task)
        this.#rest()
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

  /** Gives the slot back when nothing is in hand. */
  #rest(): void {
    if (!this.#turn || this.#proxy.open > 0) return
    this.idleSince = performance.now()
    const { resolve } = this.#turn
    this.#turn = undefined
    this.#events.served()
    resolve()
  }

  finish(): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#proxy.finish()
    this.#events.changed()
  }

  /** Whether it ended although nobody wanted it to. One that ends well between two jobs has its own reasons. */
  hasCrashed({ endedBy, error, exitCode, signal }: RunEnd): boolean {
    if (this.#isLeaving || error?.kind === 'lost') return false // the runner's fault
    if (error) return true
    return endedBy === 'self' && (this.#tookJobWithIt || !this.#hadJob || exitCode !== 0 || signal !== null)
  }

  get info(): WorkerInfo {
    return { ...this.#proxy.info(this.isBusy, this.#isLeaving), served: this.#served }
  }

  #measure(sample: number): void {
    this.#msPerJob = Number.isFinite(this.#msPerJob) ? this.#msPerJob * (1 - WEIGHT) + sample * WEIGHT : sample
    this.#events.served()
    this.#rest()
  }

  #ended(end: RunEnd): void {
    this.#events.ended(end)
    this.#isLeaving = true
    this.#turn?.resolve()
    this.#turn = undefined
  }
}
