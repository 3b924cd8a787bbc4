// All queued jobs, wherever they wait. Entries are hints; the store says what is still queued.
import type { WaitReason } from '../../api'
import type { Limit } from '../jobs/limit'
import type { QueueEntry } from '../jobs/priorityQueue'
import type { QueuePlace, WaitCause } from '../jobs/queuePlace'
import type { JobRecord } from '../store/records'
import type { Holds } from './holds'
import { LackingSecrets, RetryDelays, type SecretValues, SlotQueue } from './places'
import { StdinInputs } from './stdinInputs'

export interface JobQueueParts {
  readonly limits: readonly (Pick<Limit, 'groupOf'> & { readonly parked: QueuePlace })[]
  /** `join` gives the key of the pool whose workers serve the job, 0 when it gets a process of its own. */
  readonly pools: { readonly parked: QueuePlace; join(job: JobRecord): number }
  readonly environments: SecretValues
  readonly holds: Holds
  /** Jobs have come that may start. */
  onReady(): void
}

export class JobQueue implements WaitCause {
  readonly #ready = new SlotQueue()
  /** Jobs whose stdin is a function: their windows are asked when their turn is near. */
  readonly #toRequest = new SlotQueue()
  readonly #inputs = new StdinInputs()
  readonly #lackingSecrets: LackingSecrets
  readonly #retries = new RetryDelays()
  readonly #places: readonly QueuePlace[]
  /** The first that holds a job up is shown as the reason. */
  readonly #causes: readonly WaitCause[]
  readonly #limits: JobQueueParts['limits']
  readonly #pools: JobQueueParts['pools']
  /** Of the entry that was made last: those of a batch share them. */
  #groups: readonly number[] = []
  readonly #onReady: () => void

  constructor({ limits, pools, environments, holds, onReady }: JobQueueParts) {
    this.#limits = limits
    this.#pools = pools
    this.#onReady = onReady
    this.#lackingSecrets = new LackingSecrets(environments)
    const first = [this.#retries, this.#inputs]
    const last = [...limits.map(({ parked }) => parked), pools.parked, this.#toRequest, this.#ready]
    this.#places = [...first, this.#lackingSecrets, ...last]
    this.#causes = [...first, holds.ofService, this.#lackingSecrets, holds.ofPause, ...last]
  }

  /** Adds a queued job; the scheduler starts it when it may. */
  add(job: JobRecord): void {
    const entry = this.#entryOf(job)
    if (job.spec.stdin && 'ask' in job.spec.stdin) this.#toRequest.add(entry)
    else this.#ready.add(entry)
  }

  /** Lets a job try again after a pause. */
  addLater(job: JobRecord, delayMs: number): void {
    this.#retries.add(job.seq, delayMs, () => {
      this.add(job)
      this.#onReady()
    })
  }

  /** The entry that starts next. */
  get first(): QueueEntry | undefined {
    return this.#ready.first
  }

  /** Removes the entry that starts next: it starts now, or waits elsewhere. */
  shift(): void {
    this.#ready.shift()
  }

  /** Its input does not count as held any more. */
  releaseInput(seq: number): void {
    this.#inputs.release(seq)
  }

  /** An entry that was parked may start again. */
  unpark(entry: QueueEntry): void {
    this.#ready.add(entry)
  }

  waitForSecret(entry: QueueEntry): void {
    this.#lackingSecrets.add(entry)
  }

  /**
   * Removes the next entry whose input has to be requested.
   * @param maxOpen how many inputs may be on their way or held
   */
  shiftToRequest(maxOpen: number): QueueEntry | undefined {
    return this.#inputs.open < maxOpen ? this.#toRequest.shift() : undefined
  }

  waitForInput(entry: QueueEntry, onTimeout: () => void): void {
    this.#inputs.add(entry, onTimeout)
  }

  /** Jobs whose windows have been asked for their input and have not answered. */
  get awaitingInput(): Iterable<number> {
    return this.#inputs.requested
  }

  isAwaitingInput(seq: number): boolean {
    return this.#inputs.has(seq)
  }

  /** The input of a job is in the store; `false` when it was not requested. */
  inputReceived(seq: number): boolean {
    const entry = this.#inputs.receive(seq)
    if (entry) this.#ready.add(entry)
    return entry !== undefined
  }

  /** Secrets have come: jobs that lacked them are tried again. */
  secretsReceived(): void {
    for (const entry of this.#lackingSecrets.removeAll()) this.#ready.add(entry)
    this.#onReady()
  }

  /** A queued job has ended: nothing waits for it any more. */
  remove(seq: number): void {
    for (const place of this.#places) place.remove(seq)
  }

  /** How many jobs are queued. */
  get size(): number {
    return this.#places.reduce((sum, { size }) => sum + size, 0)
  }

  reasonOf(job: JobRecord): WaitReason | undefined {
    for (const cause of this.#causes) {
      const reason = cause.reasonOf(job)
      if (reason !== undefined) return reason
    }
    return undefined
  }

  /**
   * Whether no job can start without a window.
   * @param isStopped the queue is paused or drained
   */
  isIdle(isStopped: boolean): boolean {
    return this.#places.every(({ size, keepsService }) => size === 0 || mayLeave(keepsService, isStopped))
  }

  #entryOf(job: JobRecord): QueueEntry {
    const { seq, spec } = job
    const isAsBefore = this.#limits.every((limit, i) => limit.groupOf(job) === this.#groups[i])
    if (!isAsBefore) this.#groups = this.#limits.map(limit => limit.groupOf(job))
    return {
      seq,
      priority: spec.priority ?? 0,
      cores: spec.cores ?? 1,
      groups: this.#groups,
      pool: this.#pools.join(job),
    }
  }
}

function mayLeave(keepsService: QueuePlace['keepsService'], isStopped: boolean): boolean {
  return keepsService === 'never' || (keepsService === 'unlessStopped' && isStopped)
}
