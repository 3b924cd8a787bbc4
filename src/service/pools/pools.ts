// All pools of kept-alive processes, and which of them a job belongs to.

import type { KeepAlive } from '../../api'
import { defaultName } from '../../core/jobs/jobName'
import { isOfJobs, type QueueConfig } from '../../core/jobs/queueConfig'
import type { WorkerInfo } from '../../core/protocol/facts'
import type { RunSpec } from '../../run/base/runTypes'
import { ParkedJobs } from '../jobs/parkedJobs'
import type { WorkerProxy, WorkerProxyEvents } from '../runners/workerProxy'
import type { JobRecord } from '../store/records'
import { Pool, type PoolHost } from './pool'
import type { PoolWorker } from './poolWorker'

/** How often idle processes are checked. */
const IDLE_CHECK_MS = 250
/** Idle processes of all pools of one place together, for each slot there: commands may be many, memory is not. */
const IDLE_PER_SLOT = 2
/** How long a pool without processes is remembered. */
const FORGET_MS = 60 * 60 * 1000

/** What is not the same for all. */
type OwnOfPool = 'onWorkerIdle' | 'place' | 'queue' | 'slots' | 'startWorker'

export interface PoolsHost extends Omit<PoolHost, OwnOfPool> {
  /** @param queue of its jobs; absent for `local` */
  startWorker(queue: string | undefined, spec: RunSpec, events: WorkerProxyEvents): WorkerProxy
  readonly gate: { readonly slots: number }
  readonly environments: { keyOf(job: JobRecord): string }
  readonly queues: {
    configOf(job: JobRecord): QueueConfig | undefined
    isElsewhere(job: JobRecord): boolean
    slotsOf(name?: string): number
  }
}

export class Pools {
  readonly #host: PoolsHost
  readonly #byKey = new Map<string, Pool>()
  readonly #byNumber = new Map<number, Pool>()
  /** Jobs whose turn has come while all workers of their pool are busy and no more may be started. */
  readonly parked: ParkedJobs = new ParkedJobs(job =>
    this.#keepAliveOf(job) && this.parked.sizeOf(this.of(job).key) > 0 ? 'worker' : undefined,
  )
  /** Workers that have been given jobs since the last `flush`. */
  readonly #assigned = new Set<PoolWorker>()
  #timer: NodeJS.Timeout | undefined
  #last = 0

  constructor(host: PoolsHost) {
    this.#host = host
  }

  get(key: number): Pool | undefined {
    return this.#byNumber.get(key)
  }

  /** The key of the pool whose kept-alive processes serve the job, which sets the options of the pool; else 0. */
  join(job: JobRecord): number {
    const keepAlive = this.#keepAliveOf(job)
    if (!keepAlive) return 0
    const pool = this.of(job)
    pool.use(keepAlive)
    return pool.key
  }

  /** None in a queue of which each job has a process of its own. */
  #keepAliveOf(job: JobRecord): KeepAlive | undefined {
    return isOfJobs(this.#host.queues.configOf(job)) ? undefined : job.spec.keepAlive
  }

  of(job: JobRecord): Pool {
    const { command, container, wrapper, shell, cwd, cores, protocol } = job.spec
    const { environments, queues } = this.#host
    const where = [job.spec.queue, queues.configOf(job), environments.keyOf(job)]
    const key = JSON.stringify([command, container, wrapper, shell, cwd, cores ?? 1, protocol, ...where])
    let pool = this.#byKey.get(key)
    if (!pool) {
      const { queue } = job.spec
      const place = () => (queues.isElsewhere(job) ? queue : undefined)
      pool = new Pool(++this.#last, defaultName(job.spec), {
        ...this.#host,
        queue,
        place,
        slots: () => Math.min(this.#slotsAt(place()), queues.slotsOf(queue)),
        onWorkerIdle: () => this.#endExcessIdle(place()),
        startWorker: (spec, events) => this.#host.startWorker(queue, spec, events),
      })
      pool.use(job.spec.keepAlive ?? {})
      this.#byKey.set(key, pool)
      this.#byNumber.set(pool.key, pool)
    }
    return pool
  }

  get workers(): WorkerInfo[] {
    return [...this.#byNumber.values()].flatMap(pool => [...pool.workers].map(worker => worker.info))
  }

  /** Whether something waits for `flush`. */
  get hasAssigned(): boolean {
    return this.#assigned.size > 0
  }

  assigned(worker: PoolWorker): void {
    this.#assigned.add(worker)
  }

  /** Sends what was assigned. */
  flush(): void {
    for (const worker of this.#assigned) worker.flush()
    this.#assigned.clear()
    this.#watchIdle()
  }

  /** @returns how many have been asked to end */
  stop(ids: ReadonlySet<string> | undefined): number {
    let stopped = 0
    for (const pool of this.#byNumber.values()) {
      for (const worker of pool.workers) {
        if (ids && !ids.has(worker.id)) continue
        worker.finish()
        stopped++
      }
    }
    return stopped
  }

  /** The queue is not used any more, or leads somewhere else: no job comes for the workers there. */
  leaveQueue(queue: string): void {
    const workers = [...this.#byNumber.values()].filter(pool => pool.queue === queue).flatMap(pool => [...pool.workers])
    for (const worker of workers) worker.finish()
  }

  /** Takes back what was assigned and must not be sent: it is queued again. */
  recall(): void {
    const workers = [...this.#assigned]
    this.#assigned.clear()
    for (const worker of workers) worker.recall()
  }

  #watchIdle(): void {
    this.#timer ??= setInterval(() => {
      const at = performance.now()
      for (const [key, pool] of this.#byKey) {
        pool.endIdle(at)
        if (pool.workers.size === 0 && this.parked.sizeOf(pool.key) === 0 && at - pool.usedAt > FORGET_MS) {
          this.#byKey.delete(key)
          this.#byNumber.delete(pool.key)
        }
      }
      if (this.#byKey.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }, IDLE_CHECK_MS)
  }

  #slotsAt(place: string | undefined): number {
    return place === undefined ? this.#host.gate.slots : this.#host.queues.slotsOf(place)
  }

  /** Of too many idle processes those end first that have been idle longest. */
  #endExcessIdle(place: string | undefined): void {
    const pools = [...this.#byNumber.values()].filter(pool => pool.place === place)
    const idle = pools.flatMap(pool => pool.idle).sort((a, b) => a.idleSince - b.idleSince)
    const kept = IDLE_PER_SLOT * Math.max(1, this.#slotsAt(place))
    for (const worker of idle.slice(0, Math.max(0, idle.length - kept))) worker.finish()
  }
}
