// Decides which job starts when: takes queued jobs in strict order and starts them while slots are free.
import type { JobError } from '../../api'
import { inputHandlerOf, makerName } from '../../core/jobs/job'
import { PREPARE_INPUT_TIMEOUT_MS } from '../../core/protocol/limits'
import type { RunSpec } from '../../run/base/runTypes'
import type { Ledger, LedgerListener } from '../jobs/ledger'
import type { Limit } from '../jobs/limit'
import type { Parking } from '../jobs/parkedJobs'
import type { QueueEntry } from '../jobs/priorityQueue'
import type { Pool } from '../pools/pool'
import type { Pools } from '../pools/pools'
import type { PoolWorker } from '../pools/poolWorker'
import type { Settings } from '../state/machineSettings'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import type { Gate } from './gate'
import type { Holds } from './holds'
import type { JobQueue } from './jobQueue'
import type { SecretValues } from './places'
import type { InputRequest } from './stdinInputs'

/** Jobs that are refused, or not asked for their inputs, in one go; the others follow in the next turn of the event loop. */
const MAX_AT_ONCE = 200

/** Runs jobs whose turn has come. */
export interface JobStarter {
  /** Settles when its process tree has ended. */
  start(job: JobRecord): Promise<void>
  /** Gives the job to a worker of its pool; it is sent with the next flush. */
  assign(job: JobRecord, worker: PoolWorker): void
  /** It could not be assigned. */
  fail(job: JobRecord, thrown: unknown): void
}

/** Gets the stdin of jobs from their windows. */
export interface StdinSource {
  /** `undefined` when the window will not come back. */
  request(job: JobRecord): InputRequest | undefined
  /** The job ends: its stdin cannot be had. */
  fail(job: JobRecord, why: string): void
}

export interface SchedulerParts {
  readonly store: Store
  /** What of a job's groups may run at once, in the order of `QueueEntry.groups`. */
  readonly limits: readonly Limit[]
  readonly ledger: Ledger
  readonly secrets: SecretValues
  readonly settings: Settings
  readonly pools: Pools
  readonly queues: { readonly usedElsewhere: number }
  readonly gate: Gate
  readonly holds: Holds
  readonly queue: JobQueue
  readonly starter: JobStarter
  readonly stdin: StdinSource
  /** A worker of a pool is not the job's alone. */
  workerSpecOf(pool: Pool, job: JobRecord): RunSpec
}

/** Something that waits for slots but is no queued job. */
interface SlotRequest {
  cores: number
  run: () => Promise<void>
}

export class Scheduler implements LedgerListener {
  readonly #parts: SchedulerParts
  readonly #slotRequests: SlotRequest[] = []
  #isScheduling = false
  /** Pools that took no more in this run of `schedule`. */
  readonly #full = new Set<number>()
  #refused = 0
  #willSchedule = false

  constructor(parts: SchedulerParts) {
    this.#parts = parts
    const { gate, settings } = parts
    settings.changed.on(() => {
      gate.slots = settings.concurrency.slots
      this.schedule()
    })
  }

  /** Whether nothing runs and nothing could start by itself. */
  get isIdle(): boolean {
    const { gate, holds, queue, queues } = this.#parts
    if (holds.isRecovering || gate.used > 0 || queues.usedElsewhere > 0 || this.#slotRequests.length > 0) return false
    return queue.isIdle(holds.isStopped)
  }

  /** The limit of a group has changed or one of its jobs has ended: parked jobs return to the queue. */
  unpark(limit: Limit, group: number): void {
    const { parked } = limit
    if (parked.sizeOf(group) === 0) return
    let free = limit.free(group)
    for (let entry = parked.firstOf(group); entry; entry = parked.firstOf(group)) {
      free -= limit.needs(entry, group)
      if (free < 0) break
      parked.shift(group)
      this.#parts.queue.unpark(entry)
    }
    this.schedule()
  }

  /** Its groups may take others. */
  jobChanged(job: JobRecord): void {
    for (const limit of this.#parts.limits) this.unpark(limit, limit.groupOf(job))
  }

  jobEnded(job: JobRecord): void {
    this.jobChanged(job)
  }

  /** A worker of a pool may take more: jobs that waited for it return to the queue. */
  unparkPool(pool: Pool): void {
    const { parked } = this.#parts.pools
    while (!this.#isScheduling && (pool.mayTakeSlot || pool.fast)) {
      const entry = parked.shift(pool.key)
      if (!entry) break
      const others = parked.sizeOf(pool.key)
      this.#parts.queue.unpark(entry)
      this.schedule()
      if (parked.sizeOf(pool.key) > others) return // it has been parked again
    }
    this.schedule()
  }

  /** Runs something with the next slots that become free, before all queued jobs, also while these are paused. */
  request(cores: number, run: () => Promise<void>): void {
    this.#slotRequests.push({ cores, run })
    this.schedule()
  }

  #serveRequests(): boolean {
    const { gate } = this.#parts
    for (let request = this.#slotRequests[0]; request; request = this.#slotRequests[0]) {
      const cores = Math.min(request.cores, gate.slots)
      if (gate.free < cores) return false
      this.#slotRequests.shift()
      gate.run(cores, request.run)
    }
    return true
  }

  /** Starts what may start now, in strict order. */
  schedule(): void {
    if (this.#isScheduling) return
    this.#isScheduling = true // starting a job may end another one, which schedules
    this.#full.clear()
    try {
      if (!this.#serveRequests() || !this.#parts.holds.mayStart) return
      while (this.#startNext('here') || this.#startNext('elsewhere'));
      this.#requestInputs() // those that have started, or were parked, make room for others
    } finally {
      this.#isScheduling = false
      this.#flush()
    }
  }

  /** In the next turn of the event loop, once. */
  #scheduleSoon(): void {
    if (this.#willSchedule) return
    this.#willSchedule = true
    setImmediate(() => {
      this.#willSchedule = false
      this.schedule()
    })
  }

  /** What was assigned to workers is sent, once it is on disk that it has begun. */
  #flush(): void {
    const { ledger, pools } = this.#parts
    if (!pools.hasAssigned) return
    if (ledger.commitStarting()) pools.flush()
    else pools.recall()
  }

  /** @returns whether the next one may be tried */
  #startNext(where: 'here' | 'elsewhere'): boolean {
    const { gate, queue } = this.#parts
    const entry = queue.first(where)
    if (!entry) return false
    const cores = Math.min(entry.cores, gate.slots)
    const hasSlot = entry.elsewhere || gate.free >= cores
    const pool = this.#poolFor(entry)
    return pool ? this.#startInPool(entry, pool, cores, hasSlot) : this.#startProcess(entry, cores, hasSlot)
  }

  #startProcess(entry: QueueEntry, cores: number, hasSlot: boolean): boolean {
    const { gate, starter } = this.#parts
    const job = hasSlot && this.#shift(entry)
    if (job && entry.elsewhere)
      void starter.start(job).then(() => this.schedule()) // it may wait again
    else if (job) gate.run(cores, () => starter.start(job))
    return hasSlot
  }

  #startInPool(entry: QueueEntry, pool: Pool, cores: number, hasSlot: boolean): boolean {
    const { pools, queue } = this.#parts
    const fast = hasSlot && pool.mayTakeSlot ? undefined : pool.fast
    if (!fast && !hasSlot) return false
    if (!fast && !pool.mayTakeSlot) {
      queue.shift(entry)
      queue.park({ parked: pools.parked, group: pool.key }, entry)
      this.#full.add(pool.key)
      this.#passOn(entry, ({ parked }, group) => !this.#full.has(parked.firstOf(group)?.pool ?? 0))
      return true
    }
    const job = this.#shift(entry)
    if (!job) return true
    const stopped = pool.stoppedFor(job.seq)
    if (stopped) return this.#refuse(job, stopped)
    this.#assign(job, pool, fast, entry.elsewhere ? 0 : cores)
    return true
  }

  /** @param cores how many slots of this machine it takes */
  #assign(job: JobRecord, pool: Pool, fast: PoolWorker | undefined, cores: number): void {
    const { gate, pools, starter, workerSpecOf } = this.#parts
    try {
      const worker = fast ?? pool.takeSlot(() => workerSpecOf(pool, job))
      starter.assign(job, worker)
      pools.assigned(worker)
      if (fast) return
      const turn = worker.begin()
      if (cores > 0) gate.run(cores, () => turn)
    } catch (error) {
      starter.fail(job, error)
    }
  }

  /** A pool that was not used for long was forgotten, and is made again. */
  #poolFor(entry: QueueEntry): Pool | undefined {
    if (entry.pool === 0) return undefined
    const { pools, store } = this.#parts
    const known = pools.get(entry.pool)
    const job = known ? undefined : store.job(entry.seq)
    return job ? pools.of(job) : known
  }

  /** In slices: many jobs of a stopped pool may be queued. */
  #refuse(job: JobRecord, error: JobError): boolean {
    this.#parts.ledger.transition(job, 'failed', { endedAt: Date.now(), endedBy: 'self', error })
    if (++this.#refused % MAX_AT_ONCE !== 0) return true
    this.#scheduleSoon()
    return false
  }

  /** The first job of the queue, out of it; `undefined` when it has to wait elsewhere or has ended. */
  #shift(entry: QueueEntry): JobRecord | undefined {
    const { queue, secrets, store } = this.#parts
    queue.shift(entry)
    const full = this.#fullLimitOf(entry)
    if (full) {
      queue.park(full, entry)
      this.#passOn(entry, ({ parked }) => parked !== full.parked)
      return undefined
    }
    queue.releaseInput(entry.seq)
    const job = store.jobInTurn(entry.seq)
    if (job?.state !== 'queued') {
      this.#passOn(entry)
      return undefined
    }
    if (!secrets.lacksSecret(job)) return job
    queue.waitForSecret(entry)
    this.#passOn(entry)
    return undefined
  }

  /** In the first of its limits that takes no more. */
  #fullLimitOf(entry: QueueEntry): Parking | undefined {
    for (const [i, limit] of this.#parts.limits.entries()) {
      const group = entry.groups[i] ?? 0
      if (group !== 0 && limit.free(group) < limit.needs(entry, group)) return { parked: limit.parked, group }
    }
    return undefined
  }

  /** The next ones of its groups may take the place of an entry that does not start, if they may start themselves. */
  #passOn(entry: QueueEntry, mayTakeIt = (_limit: Limit, _group: number) => true): void {
    for (const [i, limit] of this.#parts.limits.entries()) {
      const group = entry.groups[i] ?? 0
      if (mayTakeIt(limit, group)) this.unpark(limit, group)
    }
  }

  /** Where it would wait with its input: a group of it, or its pool, takes no more. */
  #parkingOf(entry: QueueEntry): Parking | undefined {
    const full = this.#fullLimitOf(entry)
    if (full) return full
    const { pools } = this.#parts
    const pool = pools.get(entry.pool)
    return pool && !pool.mayTakeSlot && !pool.fast ? { parked: pools.parked, group: pool.key } : undefined
  }

  /** Asks for inputs a little before their turn, so that no slot waits for a window, and few inputs are held of each group. */
  #requestInputs(): void {
    const { gate, queue, store } = this.#parts
    const ahead = 2 * gate.slots
    for (const seq of queue.takeUnasked(ahead)) {
      const job = store.job(seq)
      if (job) queue.add(job)
    }
    let notAsked = 0
    while (notAsked < MAX_AT_ONCE) {
      const entry = queue.shiftToRequest(ahead)
      if (!entry) break
      if (!this.#requestInput(entry, ahead)) notAsked++
    }
    if (notAsked > 0) this.#scheduleSoon() // there may be more, and where one has failed others may start
  }

  /** @returns `false` when it is put aside, or fails */
  #requestInput(entry: QueueEntry, ahead: number): boolean {
    const { queue, stdin, store } = this.#parts
    const parking = this.#parkingOf(entry)
    if (parking && queue.waitsUnasked(parking, entry, ahead)) return false
    const job = store.job(entry.seq)
    if (job?.state !== 'queued') return true
    const request = stdin.request(job)
    if (request) queue.waitForInput(entry, request, () => this.#onInputTimeout(job))
    else stdin.fail(job, 'The window whose function makes its stdin was closed before its turn came.')
    return request !== undefined
  }

  #onInputTimeout(job: JobRecord): void {
    const seconds = PREPARE_INPUT_TIMEOUT_MS / 1000
    const maker = makerName(inputHandlerOf(job.spec.stdin))
    this.#parts.stdin.fail(job, `The ${maker} took more than ${seconds} seconds.`)
    this.schedule() // others may be asked now
  }
}
