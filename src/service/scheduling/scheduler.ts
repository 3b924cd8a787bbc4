// Who starts when: the line of queued jobs in front of the gate, and the places where a job waits beside the line (for
// its batch, its stdin function, a retry, a secret). Entries are hints; the store says what is still queued.
import type { JobError, WaitReason } from '../../api'
import { PREPARE_INPUT_TIMEOUT_MS } from '../../core/protocol/protocol'
import type { Batches } from '../jobs/batches'
import { PriorityQueue, type QueueEntry } from '../jobs/priorityQueue'
import type { Pool } from '../pools/pool'
import type { PoolWorker } from '../pools/poolWorker'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import { Gate } from './gate'

/** Jobs that are refused in one go; the others follow in the next turn of the event loop. */
const MAX_REFUSED = 200

export interface SchedulerHost {
  readonly store: Store
  readonly batches: Batches
  /** Nothing can be written, so that a job starts, neither. */
  readonly mayNotStart: boolean
  /** Runs the job; settles when its process tree is gone. */
  start(job: JobRecord): Promise<void>
  /** The key of the pool whose workers serve it; 0 when it gets a process of its own. */
  joinPool(job: JobRecord): number
  poolOf(job: JobRecord): Pool
  pool(key: number): Pool | undefined
  /** Whether jobs wait for the workers of a pool. */
  isParkedInPool(): boolean
  /** A worker of its pool that has no job, or a new one. */
  takeWorker(pool: Pool, job: JobRecord): PoolWorker
  /** Hands the job to a worker; it leaves with the next `flush`. */
  hand(job: JobRecord, worker: PoolWorker): void
  /** It could not be handed over. */
  broke(job: JobRecord, thrown: unknown): void
  /** Its pool has been stopped. */
  refuse(job: JobRecord, error: JobError): void
  flush(): void
  /** Asks the window for the input of a job; `false` when the window has gone. */
  ask(job: JobRecord): boolean
  /** The stdin function cannot be had: the window has gone or took too long. */
  askFailed(job: JobRecord, why: string): void
  /** Whether a secret of its environment is missing since the service started anew. */
  lacksSecret(job: JobRecord): boolean
}

function entryOf({ seq, batch, spec }: JobRecord, pool: number): QueueEntry {
  return { seq, batch, priority: spec.priority ?? 0, cores: spec.cores ?? 1, pool }
}

/** Somebody who waits for a slot but for no place in the line. */
interface Request {
  cores: number
  run: () => Promise<void>
}

export class Scheduler {
  readonly gate: Gate
  readonly #line = new PriorityQueue()
  /** Jobs whose stdin is a function: asked for when their turn is near. */
  readonly #toAsk = new PriorityQueue()
  readonly #asked = new Map<number, { entry: QueueEntry; timer: NodeJS.Timeout }>()
  /** Jobs whose input has come and which have not started yet. */
  readonly #ready = new Set<number>()
  /** Jobs that ended while their entries stood in a line; so that these need not be looked up. */
  readonly #dead = new Set<number>()
  readonly #retrying = new Map<number, NodeJS.Timeout>()
  #lackingSecrets: QueueEntry[] = []
  readonly #host: SchedulerHost
  #paused = false
  #draining = false
  #held = false
  #isScheduling = false
  #refused = 0
  readonly #requests: Request[] = []

  constructor(slots: number, host: SchedulerHost) {
    this.#host = host
    this.gate = new Gate(slots, () => this.schedule())
  }

  get paused(): boolean {
    return this.#paused
  }

  set paused(paused: boolean) {
    this.#paused = paused
    this.schedule()
  }

  setSlots(slots: number): void {
    this.gate.slots = slots
    this.schedule()
  }

  /** While what an earlier service left is being ended, nothing starts. */
  set held(held: boolean) {
    this.#held = held
    this.schedule()
  }

  drain(): void {
    this.#draining = true
  }

  /** Whether nothing runs and nothing could start by itself. */
  get isIdle(): boolean {
    if (
      this.#held ||
      this.gate.used > 0 ||
      this.#requests.length > 0 ||
      this.#asked.size > 0 ||
      this.#retrying.size > 0
    )
      return false
    return this.#draining || this.#paused || !this.#hasWaiting
  }

  /** Whether jobs wait that could start without anybody's help. Those that lack a secret need a window. */
  get #hasWaiting(): boolean {
    if (this.#line.length > 0 || this.#toAsk.length > 0 || this.#host.isParkedInPool()) return true
    for (const { parked } of this.#host.batches.all) if (parked.length > 0) return true
    return false
  }

  /** Puts a queued job into the line; `schedule` starts what may start. */
  queue(job: JobRecord): void {
    const entry = entryOf(job, this.#host.joinPool(job))
    if (job.spec.stdin && 'ask' in job.spec.stdin) this.#toAsk.add(entry)
    else this.#line.add(entry)
  }

  /** Lets a job try again after a pause. */
  retry(job: JobRecord, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#retrying.delete(job.seq)
      this.queue(job)
      this.schedule()
    }, delayMs)
    this.#retrying.set(job.seq, timer)
  }

  /** The input of a job has come and is in the store. */
  inputCame(seq: number): boolean {
    const asked = this.#asked.get(seq)
    if (!asked) return false
    clearTimeout(asked.timer)
    this.#asked.delete(seq)
    this.#ready.add(seq)
    this.#line.add(asked.entry)
    return true
  }

  /** Whether the window has been asked for the input of a job and has not answered. */
  isAsked(seq: number): boolean {
    return this.#asked.has(seq)
  }

  /** A queued job has ended otherwise: nothing waits for it any more. Its entry in the line dies when its turn comes. */
  forget(seq: number, wasInLine: boolean): void {
    if (wasInLine && !this.#asked.has(seq)) this.#dead.add(seq)
    clearTimeout(this.#asked.get(seq)?.timer)
    clearTimeout(this.#retrying.get(seq))
    this.#asked.delete(seq)
    this.#retrying.delete(seq)
    this.#ready.delete(seq)
  }

  /** A window has gone: its stdin functions will not answer. */
  askedOf(session: string): JobRecord[] {
    const jobs = [...this.#asked.keys()].map(seq => this.#host.store.job(seq))
    return jobs.filter(job => job !== undefined && job.session === session) as JobRecord[]
  }

  /** Secrets have come: jobs that lacked them get back into the line. */
  secretsCame(): void {
    const entries = this.#lackingSecrets
    this.#lackingSecrets = []
    for (const entry of entries) this.#line.add(entry)
    this.schedule()
  }

  /** The cap of a batch has changed or one of its jobs has ended: parked jobs get back into the line. */
  unpark(batchSeq: number): void {
    const batch = this.#host.batches.get(batchSeq)
    if (!batch || batch.parked.length === 0) return
    for (let free = batch.free; free > 0; free--) {
      const entry = batch.parked.take()
      if (!entry) break
      this.#line.add(entry)
    }
    this.schedule()
  }

  /** A worker of a pool may take more: jobs that waited for it get back into the line. */
  unparkPool(pool: Pool): void {
    while (!this.#isScheduling && (pool.mayTakeSlot || pool.fast)) {
      const entry = pool.parked.take()
      if (!entry) break
      const others = pool.parked.length
      this.#line.add(entry)
      this.schedule()
      if (pool.parked.length > others) return // it is back
    }
    this.schedule()
  }

  /** Runs something with the next slots that become free, before all queued jobs, also while these are paused. */
  request(cores: number, run: () => Promise<void>): void {
    this.#requests.push({ cores, run })
    this.schedule()
  }

  #serveRequests(): boolean {
    for (let request = this.#requests[0]; request; request = this.#requests[0]) {
      const cores = Math.min(request.cores, this.gate.slots)
      if (this.gate.free < cores) return false
      this.#requests.shift()
      this.gate.run(cores, request.run)
    }
    return true
  }

  reasonOf(job: JobRecord): WaitReason {
    if (this.#retrying.has(job.seq)) return 'retry'
    if (this.#draining || this.#host.mayNotStart) return 'service'
    if (this.#host.lacksSecret(job)) return 'secret'
    if (this.#paused) return 'paused'
    if (this.#host.batches.get(job.batch)?.isFull) return 'batch'
    return job.spec.keepAlive && this.#host.poolOf(job).parked.length > 0 ? 'worker' : 'slot'
  }

  /** Starts what may start now, in strict order. */
  schedule(): void {
    if (this.#isScheduling) return
    this.#isScheduling = true // starting a job may end another one, which pumps
    try {
      if (!this.#serveRequests() || this.#paused || this.#draining || this.#held || this.#host.mayNotStart) return
      this.#askAhead()
      while (this.#startNext());
    } finally {
      this.#isScheduling = false
      this.#host.flush()
    }
  }

  /** @returns whether the one after it may be looked at */
  #startNext(): boolean {
    const entry = this.#line.first
    if (!entry) return false
    const cores = Math.min(entry.cores, this.gate.slots)
    const hasSlot = this.gate.free >= cores
    const pool = this.#poolFor(entry)
    if (!pool) {
      const job = hasSlot && this.#takeFirst(entry)
      if (job) this.gate.run(cores, () => this.#host.start(job))
      return hasSlot
    }
    const fast = hasSlot && pool.mayTakeSlot ? undefined : pool.fast
    if (!fast && !hasSlot) return false
    if (!fast && !pool.mayTakeSlot) {
      this.#line.take()
      pool.parked.add(entry)
      return true
    }
    const job = this.#takeFirst(entry)
    if (!job) return true
    const stopped = pool.stoppedFor(job.seq)
    if (stopped) return this.#refuse(job, stopped)
    try {
      const worker = fast ?? this.#host.takeWorker(pool, job)
      this.#host.hand(job, worker)
      if (fast) return true
      const turn = worker.begin()
      this.gate.run(cores, () => turn)
    } catch (error) {
      this.#host.broke(job, error)
      this.#dead.delete(job.seq) // its entry is out of the line already
    }
    return true
  }

  /** A pool that was not used for long has been forgotten, and is made anew. */
  #poolFor(entry: QueueEntry): Pool | undefined {
    if (entry.pool === 0) return undefined
    const known = this.#host.pool(entry.pool)
    const job = known ? undefined : this.#host.store.job(entry.seq)
    return job ? this.#host.poolOf(job) : known
  }

  /** In slices: a stopped pool may have a long line. */
  #refuse(job: JobRecord, error: JobError): boolean {
    this.#host.refuse(job, error)
    this.#dead.delete(job.seq) // its entry is out of the line already
    if (++this.#refused % MAX_REFUSED !== 0) return true
    setImmediate(() => this.schedule())
    return false
  }

  /** The first job of the line, out of it; `undefined` when it waits elsewhere or has ended. */
  #takeFirst(entry: QueueEntry): JobRecord | undefined {
    this.#line.take()
    this.#ready.delete(entry.seq)
    const batch = this.#host.batches.get(entry.batch)
    if (batch?.isFull) {
      batch.parked.add(entry)
      return undefined
    }
    const job = this.#dead.delete(entry.seq) ? undefined : this.#host.store.jobInTurn(entry.seq)
    if (job?.state !== 'queued') {
      this.unpark(entry.batch) // cancelled while it waited: the next one of its batch may come
      return undefined
    }
    if (this.#host.lacksSecret(job)) {
      this.#lackingSecrets.push(entry)
      return undefined
    }
    return job
  }

  /** Asks for inputs a little before their turn, so that no slot waits for a window and few inputs are held. */
  #askAhead(): void {
    const ahead = 2 * this.gate.slots
    while (this.#asked.size + this.#ready.size < ahead) {
      const entry = this.#toAsk.take()
      if (!entry) return
      const job = this.#dead.delete(entry.seq) ? undefined : this.#host.store.job(entry.seq)
      if (job?.state !== 'queued') continue
      if (this.#host.ask(job)) {
        const timer = setTimeout(() => {
          this.#asked.delete(entry.seq)
          this.#host.askFailed(job, `The stdin function took more than ${PREPARE_INPUT_TIMEOUT_MS / 1000} seconds.`)
          this.schedule() // others may be asked now
        }, PREPARE_INPUT_TIMEOUT_MS)
        this.#asked.set(entry.seq, { entry, timer })
      } else {
        this.#host.askFailed(job, 'The window whose function makes its stdin was closed before its turn came.')
      }
    }
  }
}
