// The only place where a job changes its state: the store, the counts and the batch follow together, then the listeners
// are called.
import type { JobState } from '../../api'
import { definedOf } from '../../core/base/records'
import { isFinal, mayHaveAttempts, transitions } from '../../core/jobs/job'
import { truncateError } from '../../core/protocol/truncate'
import type { Signal } from '../base/signal'
import type { BatchRecord, Facts, JobRecord, StoredOutputs } from '../store/records'
import type { Store } from '../store/store'
import { Batch, type Batches } from './batches'
import type { Entries } from './entries'
import { EntryPlaces } from './entryPlaces'

/** How long after its start a job is written as running, with its pid. */
const WRITE_RUNNING_MS = 50

/** A part that follows what jobs do; each is called in the order in which they were added. */
export interface LedgerListener {
  jobAdded?(job: JobRecord): void
  /** Another has taken its place. */
  jobReplaced?(job: JobRecord): void
  jobChanged?(job: JobRecord): void
  /** `outputs`: what it wrote, when it has just ended. */
  jobEnded?(job: JobRecord, outputs: StoredOutputs | undefined): void
  /** It is complete: after `jobEnded` of its last job. */
  batchEnded?(batch: Batch): void
  /** They were removed from the history. */
  jobsForgotten?(jobs: readonly JobRecord[]): void
}

export class Ledger {
  readonly counts: Partial<Record<JobState, number>> = {}
  readonly #store: Store
  readonly #batches: Batches
  readonly #entries: Entries
  readonly #viewChanged: Signal
  readonly #listeners: LedgerListener[] = []
  #lastSeq = 0
  #unfinished: { seq: number; state: JobState }[] = []
  /** Jobs that are to start, by how often they have been tried. */
  readonly #starting = new Map<number, number[]>()
  readonly #unwritten = new Map<number, JobRecord>()
  #writeTimer: NodeJS.Timeout | undefined

  constructor(store: Store, batches: Batches, entries: Entries, viewChanged: Signal) {
    this.#store = store
    this.#batches = batches
    this.#entries = entries
    this.#viewChanged = viewChanged
    this.#load()
  }

  /** A method, since the listeners need the ledger and are made after it. */
  listen(listener: LedgerListener): void {
    this.#listeners.push(listener)
  }

  /** Counts and places of what is in the store. */
  #load(): void {
    const places = new EntryPlaces(this.#store.environments.workspaces())
    for (const record of this.#store.batches()) {
      this.#batches.add(new Batch(record))
      places.addBatch(record.seq)
      this.#lastSeq = Math.max(this.#lastSeq, record.seq)
    }
    for (const { seq, batch, pos, state, replacedBy, environment } of this.#store.outline(places.areSeveral)) {
      this.#lastSeq = Math.max(this.#lastSeq, seq)
      if (replacedBy !== null) continue
      if (!isFinal(state)) this.#unfinished.push({ seq, state })
      this.#count(state, batch, 1)
      places.addJob(batch, pos, environment)
      if (this.#batches.get(batch)) (this.#batches.get(batch) as Batch).total++
    }
    places.fill(this.#entries)
    for (const batch of this.#batches.all) {
      const { seq, started, ended } = batch.record
      if (started !== null) batch.setIdleSince(ended ?? this.#store.lastSign(seq) ?? started)
    }
  }

  /** Jobs that had not ended when the store was opened, in the order of submission; once. */
  takeUnfinished(): readonly { seq: number; state: JobState }[] {
    const unfinished = this.#unfinished
    this.#unfinished = []
    return unfinished
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  nextSeq(): number {
    return ++this.#lastSeq
  }

  #count(state: JobState, batch: number, by: 1 | -1): void {
    this.counts[state] = (this.counts[state] ?? 0) + by
    this.#batches.get(batch)?.count(state, by)
  }

  /** Adds a new batch of a workspace that is in the store. */
  addBatch(record: BatchRecord, workspace: string): Batch {
    const batch = new Batch(record)
    this.#batches.add(batch)
    this.#entries.of(workspace).add(record.seq)
    this.#viewChanged.emit()
    return batch
  }

  /** Adds a new job of a workspace that is in the store. */
  add(job: JobRecord, workspace: string): void {
    this.#count(job.state, job.batch, 1)
    if (job.pos === job.seq) {
      if (job.batch === 0) this.#entries.of(workspace).add(job.pos)
      else (this.#batches.get(job.batch) as Batch).total++
    }
    for (const listener of this.#listeners) listener.jobAdded?.(job)
    this.#viewChanged.emit()
  }

  /** `newer` takes the place of `job` in the view and in the counts, as it has in the store. */
  replace(job: JobRecord, newer: JobRecord): void {
    job.replacedBy = newer.seq
    this.#count(job.state, job.batch, -1)
    const batch = this.#batches.get(job.batch)
    if (batch && batch.record.ended !== null) {
      batch.record.ended = null
      this.#store.updateBatch(batch.record)
      if (batch.record.handler) this.#store.deliveries.remove(batch.record.seq) // it gets that of the new round
    }
    for (const listener of this.#listeners) listener.jobReplaced?.(job)
  }

  /**
   * Removes a place from the history.
   * @returns its job and all that this one has replaced
   */
  forget(job: JobRecord): JobRecord[] {
    this.#count(job.state, job.batch, -1)
    const batch = this.#batches.get(job.batch)
    if (batch) batch.total--
    const gone: JobRecord[] = []
    for (let at: JobRecord | undefined = job; at; at = at.replaces ? this.#store.jobById(at.replaces) : undefined) {
      if (mayHaveAttempts(at.spec)) this.#store.attempts.forget(at.seq)
      if (at.spec.resultHandler) this.#store.deliveries.remove(at.seq)
      this.#store.deleteJob(at.seq)
      gone.push(at)
    }
    for (const listener of this.#listeners) listener.jobsForgotten?.(gone)
    this.#viewChanged.emit()
    return gone
  }

  /** Batches that have no job any more, and the places of single jobs: they leave the list in one pass. */
  forgetEntries(batches: Iterable<Batch>, places: Iterable<number> = []): void {
    const gone = new Set(places)
    for (const batch of batches) {
      const { handler, seq } = batch.record
      if (handler) this.#store.deliveries.remove(seq)
      this.#store.deleteBatch(seq)
      this.#batches.remove(batch)
      gone.add(seq)
    }
    this.#entries.removeAll(gone)
  }

  /**
   * @param outputs what its run wrote, once it has ended
   * @throws Error when the state machine has no such step: a fault of this program, which must not be hidden
   */
  transition(job: JobRecord, state: JobState, facts: Facts, outputs?: StoredOutputs): void {
    if (!transitions[job.state].includes(state))
      throw new Error(`Job ${job.id} cannot go from ${job.state} to ${state}.`)
    this.#count(job.state, job.batch, -1)
    this.#count(state, job.batch, 1)
    // what else is known of a queued job is of an attempt before it, which has been kept
    if (job.state === 'queued') job.facts = definedOf(job.facts, 'attempts')
    if (state !== 'stopping') delete job.facts.forceAt
    job.state = state
    Object.assign(job.facts, facts, facts.error && { error: truncateError(facts.error) })
    try {
      this.#write(job, outputs)
    } finally {
      this.#followBatch(job)
      this.#notify(job, outputs)
      const batch = isFinal(state) && this.#batches.get(job.batch)
      if (batch) this.checkComplete(batch)
    }
  }

  #notify(job: JobRecord, outputs: StoredOutputs | undefined): void {
    for (const listener of this.#listeners) {
      try {
        if (isFinal(job.state)) listener.jobEnded?.(job, outputs)
        else listener.jobChanged?.(job)
      } catch (error) {
        console.error(`A listener failed for job ${job.id}:`, error) // a fault of the listener must not stop the job
      }
    }
    this.#viewChanged.emit()
  }

  /** `running` is written with a delay, and not at all for a job that ends before: that it starts is on disk. */
  #write(job: JobRecord, outputs: StoredOutputs | undefined): void {
    if (job.state === 'starting') {
      const attempts = job.facts.attempts ?? 1
      const seqs = this.#starting.get(attempts)
      if (seqs) seqs.push(job.seq)
      else this.#starting.set(attempts, [job.seq])
      return
    }
    if (job.state === 'running') {
      this.writeSoon(job)
      return
    }
    this.#unwritten.delete(job.seq)
    if (outputs) this.#store.setEnd(job.seq, job.state, job.facts, outputs)
    else this.#store.setState(job.seq, job.state, job.facts)
  }

  /** Of an active job: what the next service must know if this one crashes. */
  writeSoon(job: JobRecord): void {
    this.#unwritten.set(job.seq, job)
    this.#writeTimer ??= setTimeout(() => this.#writeRunning(), WRITE_RUNNING_MS)
  }

  /**
   * Puts on disk that these jobs start, before there are processes: after a crash they are lost, never run twice.
   * @returns whether it is there; without it none may start
   */
  commitStarting(): boolean {
    for (const [attempts, seqs] of this.#starting) this.#store.setStates(seqs, 'starting', { attempts })
    this.#starting.clear()
    return this.#store.writes.commit()
  }

  #writeRunning(): void {
    this.#writeTimer = undefined
    for (const job of this.#unwritten.values()) this.#store.setState(job.seq, job.state, job.facts)
    this.#unwritten.clear()
  }

  /** Facts of an active job have changed that need not be on disk: progress, memory. */
  factsChanged(job: JobRecord): void {
    this.#batches.get(job.batch)?.follow(job)
    for (const listener of this.#listeners) listener.jobChanged?.(job)
    this.#viewChanged.emit()
  }

  #followBatch(job: JobRecord): void {
    const batch = this.#batches.get(job.batch)
    if (!batch) return
    batch.follow(job)
    const isFirst = batch.record.started === null && job.facts.startedAt !== undefined
    if (isFirst) batch.record.started = job.facts.startedAt as number
    if (batch.updateTime(Date.now()) || isFirst) this.#store.updateBatch(batch.record)
  }

  /** Notes when a batch has ended: it is sealed and the last of its jobs is final. */
  checkComplete(batch: Batch): void {
    if (batch.record.ended !== null || !batch.isComplete) return
    batch.end(Date.now())
    this.#store.updateBatch(batch.record)
    for (const listener of this.#listeners) listener.batchEnded?.(batch)
    this.#viewChanged.emit()
  }
}
