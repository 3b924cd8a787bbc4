// The one place where a job changes its state: the store, the counts, the batch and the windows hear of it together.
import type { JobInfo, JobState, WaitReason } from '../../api'
import { type EndedJob, followers, isFinal, type JobFacts, type JobTail, type OwnEndedJob } from '../../core/jobs/job'
import { MAX_INLINE_BYTES } from '../../core/protocol/protocol'
import { shortError } from '../../core/protocol/shown'
import { toBase64 } from '../../run/base/runnerProtocol'
import type { BatchRecord, Facts, JobRecord, StoredOutputs } from '../store/records'
import type { Store } from '../store/store'
import { countEarlier } from './attempts'
import { Batch, Batches } from './batches'
import { Entries } from './entries'

/** How long after its start a job is written down as running, with its pid. */
const WRITE_RUNNING_MS = 50

/** Who hears of changes; the service wires it to sessions and views. */
export interface LedgerListener {
  jobChanged(job: JobRecord): void
  /** `outputs`: what it has just outputs, where that is at hand. */
  jobEnded(job: JobRecord, outputs: StoredOutputs | undefined): void
  /** They have outputs the history. */
  jobsForgotten(jobs: readonly JobRecord[]): void
  /** Rows or counts that a view shows may have changed. */
  viewChanged(): void
}

export class Ledger {
  readonly store: Store
  readonly batches = new Batches()
  readonly entries = new Entries()
  readonly counts: Partial<Record<JobState, number>> = {}
  #lastSeq = 0
  /** Jobs that are to start, by how often they have been tried. */
  readonly #starting = new Map<number, number[]>()
  readonly #unwritten = new Map<number, JobRecord>()
  #writeTimer: NodeJS.Timeout | undefined
  readonly #listener: LedgerListener
  readonly #reasonOf: (job: JobRecord) => WaitReason

  constructor(store: Store, listener: LedgerListener, reasonOf: (job: JobRecord) => WaitReason) {
    this.store = store
    this.#listener = listener
    this.#reasonOf = reasonOf
    this.#load()
  }

  /** Counts and places of what is in the store. */
  #load(): void {
    const positions: number[] = []
    for (const record of this.store.batches()) {
      this.batches.add(new Batch(record))
      positions.push(record.seq)
      this.#lastSeq = Math.max(this.#lastSeq, record.seq)
    }
    for (const { seq, batch, pos, state, replacedBy } of this.store.outline()) {
      this.#lastSeq = Math.max(this.#lastSeq, seq)
      if (replacedBy !== null) continue
      this.#count(state, batch, 1)
      if (batch === 0) positions.push(pos)
      else if (this.batches.get(batch)) (this.batches.get(batch) as Batch).total++
    }
    for (const pos of positions.sort((a, b) => a - b)) this.entries.add(pos)
    for (const batch of this.batches.all) {
      const { seq, started, ended } = batch.record
      if (started !== null) batch.restsSince(ended ?? this.store.lastSign(seq) ?? started)
    }
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  nextSeq(): number {
    return ++this.#lastSeq
  }

  #count(state: JobState, batch: number, by: 1 | -1): void {
    this.counts[state] = (this.counts[state] ?? 0) + by
    this.batches.get(batch)?.count(state, by)
  }

  /** Takes in a new batch that is in the store. */
  addBatch(record: BatchRecord): Batch {
    const batch = new Batch(record)
    this.batches.add(batch)
    this.entries.add(record.seq)
    this.#listener.viewChanged()
    return batch
  }

  /** Takes in a new job that is in the store. */
  add(job: JobRecord): void {
    this.#count(job.state, job.batch, 1)
    if (job.pos === job.seq) {
      if (job.batch === 0) this.entries.add(job.pos)
      else (this.batches.get(job.batch) as Batch).total++
    }
    this.#listener.viewChanged()
  }

  /** `newer` takes the place of `job` in the view and in the counts, as it has in the store. */
  replace(job: JobRecord, newer: JobRecord): void {
    job.replacedBy = newer.seq
    this.#count(job.state, job.batch, -1)
    const batch = this.batches.get(job.batch)
    if (batch && batch.record.ended !== null) {
      batch.record.ended = null
      this.store.updateBatch(batch.record)
    }
  }

  /**
   * Takes a place out of the history.
   * @returns its job and all earlier ones
   */
  forget(job: JobRecord): JobRecord[] {
    this.#count(job.state, job.batch, -1)
    const batch = this.batches.get(job.batch)
    if (batch) batch.total--
    const gone: JobRecord[] = []
    for (let at: JobRecord | undefined = job; at; at = at.replaces ? this.store.jobById(at.replaces) : undefined) {
      if (at.spec.retries) this.store.attempts.forget(at.seq)
      this.store.deleteJob(at.seq)
      gone.push(at)
    }
    this.#listener.jobsForgotten(gone)
    this.#listener.viewChanged()
    return gone
  }

  forgetBatch(batch: Batch): void {
    this.store.deleteBatch(batch.record.seq)
    this.batches.remove(batch)
  }

  /**
   * @param outputs what its run has outputs, once it has ended
   * @throws Error when the state machine has no such step: a fault of ours, which must not pass silently
   */
  transition(job: JobRecord, state: JobState, facts: Facts, outputs?: StoredOutputs): void {
    if (!followers[job.state].includes(state)) throw new Error(`Job ${job.id} cannot go from ${job.state} to ${state}.`)
    this.#count(job.state, job.batch, -1)
    this.#count(state, job.batch, 1)
    job.state = state
    Object.assign(job.facts, facts, facts.error && { error: shortError(facts.error) })
    try {
      this.#write(job, outputs)
    } finally {
      this.#followBatch(job)
      this.#notify(job, outputs)
    }
  }

  /** A fault of a listener is no fault of the job, whose way goes on. */
  #notify(job: JobRecord, outputs: StoredOutputs | undefined): void {
    try {
      if (isFinal(job.state)) this.#listener.jobEnded(job, outputs)
      else this.#listener.jobChanged(job)
      this.#listener.viewChanged()
    } catch (error) {
      console.error(`Not everybody was told of job ${job.id}:`, error)
    }
  }

  /** That a job runs is written a little later, and not at all if it has ended by then: that it starts is on disk. */
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
    if (outputs) this.store.setEnd(job.seq, job.state, job.facts, outputs)
    else this.store.setState(job.seq, job.state, job.facts)
  }

  /** Of a living job: what the next service must know if this one dies. */
  writeSoon(job: JobRecord): void {
    this.#unwritten.set(job.seq, job)
    this.#writeTimer ??= setTimeout(() => this.#writeRunning(), WRITE_RUNNING_MS)
  }

  /**
   * Puts on disk that these jobs start, before there are processes: after a crash they are lost, never run twice.
   * @returns whether it is there; without it none may start
   */
  commitStarting(): boolean {
    for (const [attempts, seqs] of this.#starting) this.store.setStates(seqs, 'starting', { attempts })
    this.#starting.clear()
    return this.store.writes.commit()
  }

  #writeRunning(): void {
    this.#writeTimer = undefined
    for (const job of this.#unwritten.values()) this.store.setState(job.seq, job.state, job.facts)
    this.#unwritten.clear()
  }

  /** Facts of a living job have changed that need not be on disk: progress, memory. */
  touched(job: JobRecord): void {
    this.batches.get(job.batch)?.follow(job)
    this.#listener.jobChanged(job)
    this.#listener.viewChanged()
  }

  #followBatch(job: JobRecord): void {
    const batch = this.batches.get(job.batch)
    if (!batch) return
    batch.follow(job)
    const isFirst = batch.record.started === null && job.facts.startedAt !== undefined
    if (isFirst) batch.record.started = job.facts.startedAt as number
    if (batch.keepTime(Date.now()) || isFirst) this.store.updateBatch(batch.record)
    if (isFinal(job.state)) this.checkComplete(batch)
  }

  /** Notes when a batch has ended: it is sealed and the last of its jobs is final. */
  checkComplete(batch: Batch): void {
    if (batch.record.ended !== null || !batch.isComplete) return
    batch.end(Date.now())
    this.store.updateBatch(batch.record)
  }

  info(job: JobRecord): JobInfo {
    const { spec } = job
    const batchId = this.batches.get(job.batch)?.record.id
    return {
      id: job.id,
      name: spec.name,
      ...(batchId !== undefined && { batchId }),
      owner: job.owner,
      queue: spec.queue ?? 'local',
      priority: spec.priority ?? 0,
      cores: spec.cores ?? 1,
      command: spec.wrapper ? [...spec.wrapper, ...spec.command] : spec.command,
      cwd: spec.cwd,
      ...this.#facts(job),
    }
  }

  #facts(job: JobRecord): JobFacts {
    const { processStartTime: _, stderrTruncated: __, stdoutFile: ___, stderrFile: ____, ...visible } = job.facts
    const earlierAttempts = countEarlier(this.store, job)
    return {
      state: job.state,
      ...(job.state === 'queued' && { reason: this.#reasonOf(job) }),
      submittedAt: job.submitted,
      attempts: 0,
      stdoutBytes: 0,
      stderrBytes: 0,
      ...(job.replaces !== null && { rerunOf: job.replaces }),
      ...(earlierAttempts > 0 && { earlierAttempts }),
      ...visible,
    }
  }

  /** For the window that submitted it. */
  ownEnded(
    job: JobRecord,
    outputs: Pick<StoredOutputs, 'stdout' | 'stderr'> = this.store.output(job.seq),
  ): OwnEndedJob {
    return { id: job.id, facts: this.#facts(job), tail: this.#tail(job, outputs) }
  }

  /** An ended job with what it outputs: small outputs from the store, large ones as paths. */
  ended(job: JobRecord, outputs: Pick<StoredOutputs, 'stdout' | 'stderr'> = this.store.output(job.seq)): EndedJob {
    return { info: this.info(job), tail: this.#tail(job, outputs) }
  }

  #tail(job: JobRecord, { stdout, stderr }: Pick<StoredOutputs, 'stdout' | 'stderr'>): JobTail {
    const { stdoutFile, stderrFile, stdoutBytes = 0, stderrTruncated = false } = job.facts
    const tail: JobTail = { stderr: stderr ? lenient.decode(stderr) : '', stderrTruncated }
    if (stdoutFile !== undefined) tail.stdoutFile = stdoutFile
    if (stderrFile !== undefined) tail.stderrFile = stderrFile
    if (stdoutFile !== undefined) tail.stdout = { file: stdoutFile, bytes: stdoutBytes }
    else if (stdout && stdout.length <= MAX_INLINE_BYTES) tail.stdout = { base64: toBase64(stdout) }
    return tail
  }
}

const lenient = new TextDecoder()
