// The batches in memory: how many of each are in which state, their caps, and when they are complete.
import type { JobState } from '../../api'
import { hasProcess, isFinal, jobStates } from '../../core/jobs/job'
import type { BatchInfo } from '../../core/protocol/facts'
import { plainName } from '../../core/protocol/filterText'
import type { BatchRecord, JobRecord } from '../store/records'
import { BatchPace } from './batchPace'
import type { Limit } from './limit'
import { ParkedJobs } from './parkedJobs'

/** Other jobs may run between two of its jobs: a shorter pause counts as work. */
const MIN_IDLE_MS = 500

/** What became of the result of a batch. */
export type DeliveryFacts = Pick<BatchInfo, 'resultHandler' | 'delivery' | 'deliveryError'>

export class Batch {
  readonly record: BatchRecord
  readonly counts: Partial<Record<JobState, number>> = {}
  /** Places in the view: jobs that have not been replaced. */
  total = 0
  /** Jobs of it were removed from the history. */
  isCleared = false
  /** Of the jobs under way that announce their progress, by `seq`. */
  readonly #fractions = new Map<number, number>()
  readonly #pace = new BatchPace()
  /** Since when none of its jobs is under way; absent while one is, and before the first. */
  #idleSince: number | undefined

  constructor(record: BatchRecord) {
    this.record = record
  }

  count(state: JobState, by: 1 | -1): void {
    this.counts[state] = (this.counts[state] ?? 0) + by
  }

  /** One of its jobs has changed its state, or has announced its progress. */
  follow({ seq, state, facts }: JobRecord): void {
    const { startedAt, endedAt } = facts
    if ((state === 'succeeded' || state === 'failed') && startedAt !== undefined && endedAt !== undefined)
      this.#pace.add(this.#worked(endedAt), endedAt - startedAt, this.#sum(hasProcess) + 1)
    const fraction = hasProcess(state) || state === 'finishing' ? facts.progress?.fraction : undefined
    if (fraction === undefined) this.#fractions.delete(seq)
    else this.#fractions.set(seq, fraction)
  }

  /**
   * Measures its time, which stops while none of its jobs is under way: before a rerun, in a pause, without a service.
   * @returns whether the record has changed
   */
  updateTime(now: number): boolean {
    const isWorking = this.#sum(state => state !== 'queued' && !isFinal(state)) > 0
    if (isWorking) return this.#resume(now)
    if (this.record.started !== null) this.#idleSince ??= now
    return false
  }

  /** As found in the store: none of its jobs has run since. */
  setIdleSince(time: number): void {
    this.#idleSince = time
  }

  /** The last of its jobs has ended. */
  end(now: number): void {
    this.#pace.forget()
    this.record.round++
    this.#resume(now)
    this.record.ended = now
    if (this.record.started !== null) this.#idleSince = now
  }

  #resume(now: number): boolean {
    const idle = this.#idleSince === undefined ? 0 : now - this.#idleSince
    this.#idleSince = undefined
    if (idle < MIN_IDLE_MS) return false
    this.record.idle += idle
    return true
  }

  /** How long it had worked by then, milliseconds. */
  #worked(now: number): number {
    const { started, idle } = this.record
    const resting = this.#idleSince === undefined ? 0 : Math.max(0, now - this.#idleSince)
    return started === null ? 0 : now - started - idle - resting
  }

  /** How fast it goes, and when it will have ended if nothing more is added and it goes on like that. */
  get #forecast(): Pick<BatchInfo, 'jobsPerSecond' | 'expectedEndAt'> {
    const { sealed, started, ended, idle } = this.record
    const running = this.#sum(state => state !== 'queued' && !isFinal(state))
    if (started === null || ended !== null || running === 0) return {}
    const rate = this.#pace.jobsPerMs
    if (rate === undefined) return {}
    const jobsPerSecond = rate * 1000
    // of those that run, about one half is done
    const left = ((this.counts.queued ?? 0) + (running + 1) / 2) / rate
    const isKnown = sealed !== 'open' && this.#idleSince === undefined
    return { jobsPerSecond, ...(isKnown && { expectedEndAt: Math.round(started + idle + this.#pace.lastAt + left) }) }
  }

  get #progressOfRunning(): number {
    let sum = 0
    for (const fraction of this.#fractions.values()) sum += fraction
    return sum
  }

  #sum(which: (state: JobState) => boolean): number {
    return jobStates.reduce((sum, state) => sum + (which(state) ? (this.counts[state] ?? 0) : 0), 0)
  }

  /** How many more of it may run by its own cap. */
  get free(): number {
    return this.record.concurrency === null ? Number.POSITIVE_INFINITY : this.record.concurrency - this.#sum(hasProcess)
  }

  get isComplete(): boolean {
    return this.record.sealed !== 'open' && this.#sum(state => !isFinal(state)) === 0
  }

  get failures(): number {
    return this.counts.failed ?? 0
  }

  /** @param delivery of its result, once it has ended */
  info(delivery?: DeliveryFacts): BatchInfo {
    const { id, name, owner, sealed, concurrency, submitted, started, ended, idle } = this.record
    const restingSince = ended === null ? this.#idleSince : undefined
    return {
      id,
      name,
      owner,
      sealed,
      total: this.total,
      counts: { ...this.counts },
      ...(this.#fractions.size > 0 && { progressOfRunning: this.#progressOfRunning }),
      submittedAt: submitted,
      ...(concurrency !== null && { concurrency }),
      ...(started !== null && { startedAt: started }),
      ...(ended !== null && { endedAt: ended }),
      ...(restingSince !== undefined && { restingSince }),
      ...(idle > 0 && { idleMs: idle }),
      ...this.#forecast,
      ...delivery,
    }
  }
}

/** All batches by their `seq`, and by their id. */
export class Batches implements Limit {
  readonly #bySeq = new Map<number, Batch>()
  readonly #byId = new Map<string, Batch>()
  /** How many have a name. */
  readonly #named = new Map<string, number>()
  /** Jobs whose turn has come while their batch is at its cap. */
  readonly parked = new ParkedJobs(job => (this.free(job.batch) > 0 ? undefined : 'batch'))

  groupOf({ batch }: JobRecord): number {
    return batch
  }

  free(seq: number): number {
    return this.get(seq)?.free ?? Number.POSITIVE_INFINITY
  }

  needs(): number {
    return 1
  }

  add(batch: Batch): void {
    this.#bySeq.set(batch.record.seq, batch)
    this.#byId.set(batch.record.id, batch)
    this.#countName(batch, 1)
  }

  remove(batch: Batch): void {
    if (this.#bySeq.delete(batch.record.seq)) this.#countName(batch, -1)
    this.#byId.delete(batch.record.id)
  }

  #countName({ record }: Batch, by: 1 | -1): void {
    const name = plainName(record.name)
    const count = (this.#named.get(name) ?? 0) + by
    if (count > 0) this.#named.set(name, count)
    else this.#named.delete(name)
  }

  /** Whether another one has the same name. */
  isNamesake({ record }: Batch): boolean {
    return (this.#named.get(plainName(record.name)) ?? 0) > 1
  }

  /** The newest names in which this text is, each once. */
  namesWith(text: string, most: number): string[] {
    const names = new Set<string>()
    for (const { record } of [...this.all].reverse()) {
      if (names.size === most) break
      if (plainName(record.name).includes(plainName(text))) names.add(record.name)
    }
    return [...names]
  }

  get(seq: number): Batch | undefined {
    return this.#bySeq.get(seq)
  }

  byId(id: string): Batch | undefined {
    return this.#byId.get(id)
  }

  get all(): Iterable<Batch> {
    return this.#bySeq.values()
  }
}
