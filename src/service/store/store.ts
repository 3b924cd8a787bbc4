// Jobs and batches on disk, the only source of truth. Writes are grouped: a transaction is opened by the first and committed a
// moment later, or at once where something must not happen before it is on disk.
import type { JobState } from '../../api'
import type { StoredSpec } from '../../core/jobs/job'
import { isTemporary } from '../base/sqliteErrors'
import { AttemptsTable } from './attemptsTable'
import { Database, type Statement, type Value } from './database'
import { DeliveriesTable } from './deliveriesTable'
import { EnvironmentsTable } from './environmentsTable'
import type { BatchRecord, Facts, JobRecord, OutlinedJob, StoredOutputs } from './records'
import { measuredIndex } from './schema'
import { asNumber, jobColumns, type OutlineValues, readBatchHandler, readJob, readState } from './storedJson'
import { openStoreFile } from './storeFile'
import { Vacuum } from './vacuum'
import { Writes } from './writes'

/** Rows of one step of bulk work: keeps a step far below 50 ms. */
export const SLICE = 500
/** Jobs for which an index is made while windows wait: 300 ms at most. */
const MAX_INDEXED_AT_ONCE = 200_000
/** Jobs of a row that are read in one go. */
const READ_AHEAD = 50

type RawBatch = Omit<BatchRecord, 'handler'> & { handler: string | null }

export class Store {
  readonly db: Database
  readonly writes: Writes
  readonly vacuum: Vacuum
  /** What was found to be damaged when it was opened, and where it went. */
  readonly news: string | undefined
  /** Jobs that were read before their turn, by `seq`; a write to a queued one, or one that makes it queued, removes it. */
  readonly #ahead = new Map<number, JobRecord>()
  #lastTurn = 0
  #isMeasured = false
  readonly attempts: AttemptsTable
  readonly deliveries: DeliveriesTable
  readonly environments: EnvironmentsTable

  constructor(file: string) {
    const { db, news } = openStoreFile(file)
    this.db = new Database(db, file)
    this.writes = new Writes(this.db)
    this.vacuum = new Vacuum(this.db, this.writes)
    this.news = news
    const access = {
      sql: (sql: string) => this.#sql(sql),
      write: (sql: string, ...values: Value[]) => this.#write(sql, ...values),
    }
    this.attempts = new AttemptsTable(access)
    this.deliveries = new DeliveriesTable(access)
    this.environments = new EnvironmentsTable(access)
  }

  #sql(sql: string): Statement {
    return this.db.prepare(sql)
  }

  #records(sql: string, ...values: Value[]): JobRecord[] {
    return this.db
      .prepare(sql, 'lists')
      .all(...values)
      .map(readJob)
  }

  /** A write: joins the open transaction or opens one. */
  #write(sql: string, ...values: Value[]): number {
    return this.writes.write(sql, values)
  }

  /** It is another machine's now: nothing is written to it any more. */
  abandon(why: string): void {
    this.db.abandon(why)
  }

  get isAbandoned(): boolean {
    return this.db.isAbandoned
  }

  /** @returns whether all is on disk that was written to it */
  close(): boolean {
    const isWritten = this.writes.close()
    if (!this.db.isAbandoned) this.db.close()
    return isWritten
  }

  // jobs

  /** Whether it is new; a job that is there already is left as it is. */
  insertJob(job: JobRecord): boolean {
    return (
      this.#write(
        'INSERT OR IGNORE INTO jobs (seq, id, batch, pos, owner, session, state, environment, submitted, spec, earlier, earlierAttempts, earlierResult) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        job.seq,
        job.id,
        job.batch,
        job.pos,
        job.owner,
        job.session,
        job.state,
        job.environment,
        job.submitted,
        JSON.stringify(job.spec),
        job.replaces,
        job.earlierAttempts,
        job.earlierResult,
      ) === 1
    )
  }

  setReplacedBy(seq: number, replacedBy: number): void {
    this.#write('UPDATE jobs SET later = ? WHERE seq = ?', replacedBy, seq)
  }

  setState(seq: number, state: JobState, facts: Facts): void {
    this.#ahead.delete(seq)
    this.#write('UPDATE jobs SET state = ?, facts = ? WHERE seq = ?', state, JSON.stringify(facts), seq)
  }

  /** Many jobs that have come to the same at once. */
  setStates(seqs: readonly number[], state: JobState, facts: Facts): void {
    this.#write(
      'UPDATE jobs SET state = ?, facts = ? WHERE seq IN (SELECT value FROM json_each(?))',
      state,
      JSON.stringify(facts),
      JSON.stringify(seqs),
    )
  }

  setSpec(seq: number, spec: StoredSpec): void {
    this.#ahead.delete(seq)
    this.#write('UPDATE jobs SET spec = ? WHERE seq = ?', JSON.stringify(spec), seq)
  }

  /** Of jobs that wait. */
  setPriorities(seqs: readonly number[], priority: number): void {
    for (const seq of seqs) this.#ahead.delete(seq)
    this.#write(
      "UPDATE jobs SET spec = json_set(spec, '$.priority', CAST(? AS INTEGER)) WHERE seq IN (SELECT value FROM json_each(?)) AND json_valid(spec)",
      priority,
      JSON.stringify(seqs),
    )
  }

  /** The end of a run: its state and its outputs, in one write. */
  setEnd(seq: number, state: JobState, facts: Facts, { stdout, stderr, unsaved }: StoredOutputs): void {
    this.#write(
      'UPDATE jobs SET state = ?, facts = ?, stdout = ?, stderr = ?, unsaved = ? WHERE seq = ?',
      state,
      JSON.stringify(facts),
      stdout,
      stderr,
      unsaved ? 1 : 0,
      seq,
    )
  }

  setSession(seq: number, session: string): void {
    this.#ahead.delete(seq)
    this.#write('UPDATE jobs SET session = ? WHERE seq = ?', session, seq)
  }

  setSaved(seq: number): void {
    this.#write('UPDATE jobs SET unsaved = 0 WHERE seq = ?', seq)
  }

  deleteJob(seq: number): void {
    this.#write('DELETE FROM jobs WHERE seq = ?', seq)
  }

  job(seq: number): JobRecord | undefined {
    return this.#records(`SELECT ${jobColumns} FROM jobs WHERE seq = ?`, seq)[0]
  }

  stateOf(seq: number): JobState | undefined {
    return (this.#sql('SELECT state FROM jobs WHERE seq = ?').get(seq) as { state: JobState } | undefined)?.state
  }

  /** Some of them, in the order of submission. */
  jobs(seqs: readonly number[]): JobRecord[] {
    const sql = `SELECT ${jobColumns} FROM jobs WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq`
    return this.#records(sql, JSON.stringify(seqs))
  }

  /** Their ids, in the order of submission. */
  idsOf(seqs: readonly number[]): string[] {
    const sql = 'SELECT id FROM jobs WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq'
    return (this.#sql(sql).all(JSON.stringify(seqs)) as { id: string }[]).map(({ id }) => id)
  }

  /** A job whose turn has come. Where jobs take their turn in the order of submission, the next ones are read with it. */
  jobInTurn(seq: number): JobRecord | undefined {
    const isInRow = seq > this.#lastTurn && seq <= this.#lastTurn + READ_AHEAD
    this.#lastTurn = seq
    if (!isInRow) return this.job(seq)
    if (!this.#ahead.has(seq)) {
      this.#ahead.clear()
      const sql = `SELECT ${jobColumns} FROM jobs WHERE seq BETWEEN ? AND ?`
      for (const job of this.#records(sql, seq, seq + READ_AHEAD)) this.#ahead.set(job.seq, job)
    }
    const job = this.#ahead.get(seq)
    this.#ahead.delete(seq)
    return job
  }

  jobById(id: string): JobRecord | undefined {
    return this.#records(`SELECT ${jobColumns} FROM jobs WHERE id = ?`, id)[0]
  }

  output(seq: number): Pick<StoredOutputs, 'stdout' | 'stderr'> {
    const row = this.#sql('SELECT stdout, stderr FROM jobs WHERE seq = ?').get(seq)
    return (row ?? { stdout: null, stderr: null }) as Pick<StoredOutputs, 'stdout' | 'stderr'>
  }

  /** A step through all jobs in the order of submission. */
  slice(after: number): JobRecord[] {
    return this.#records(`SELECT ${jobColumns} FROM jobs WHERE seq > ? ORDER BY seq LIMIT ${SLICE}`, after)
  }

  /** The job at the first place of a batch. */
  firstOf(batch: number): JobRecord | undefined {
    const sql = `SELECT ${jobColumns} FROM jobs INDEXED BY jobs_of_batch WHERE batch = ? AND batch > 0 ORDER BY pos LIMIT 1`
    return this.#records(sql, batch)[0]
  }

  /** All jobs of a batch behind `after`, in the order of submission; from the index alone. */
  seqsOf(batch: number, after: number): number[] {
    const sql = 'SELECT seq FROM jobs INDEXED BY jobs_of_batch WHERE batch = ? AND batch > 0 AND seq > ?'
    const rows = this.db.prepare(sql, 'lists').all(batch, after) as [seq: number][]
    return rows.map(([seq]) => seq).sort((a, b) => a - b)
  }

  /** A page of jobs, newest first, before `before`. */
  page(before: number, limit: number): JobRecord[] {
    return this.#records(`SELECT ${jobColumns} FROM jobs WHERE seq < ? ORDER BY seq DESC LIMIT ?`, before, limit)
  }

  /** The `pos` of each place of a batch, ascending; from the index alone. */
  placesOf(batch: number): number[] {
    const sql = 'SELECT DISTINCT pos FROM jobs INDEXED BY jobs_of_batch WHERE batch = ? AND batch > 0 ORDER BY pos'
    return (this.#sql(sql).all(batch) as { pos: number }[]).map(({ pos }) => pos)
  }

  /** The latest jobs of a batch at the places from `first` to `last`. */
  jobsBetween(batch: number, first: number, last: number): JobRecord[] {
    const sql = `SELECT ${jobColumns} FROM jobs INDEXED BY jobs_of_batch WHERE batch = ? AND batch > 0 AND pos BETWEEN ? AND ? AND later IS NULL ORDER BY pos`
    return this.#records(sql, batch, first, last)
  }

  /** The latest job at a place of the list. */
  jobAt(pos: number): JobRecord | undefined {
    const first = this.job(pos)
    let job = first
    // never in a circle, whatever a damaged row says: who takes over is newer
    while (job?.replacedBy && job.replacedBy > job.seq) job = this.job(job.replacedBy)
    return job
  }

  /** What the service must know of every job when it starts; of which environment, only if asked: that takes time. */
  *outline(withEnvironment = false): Generator<OutlinedJob> {
    const columns = `seq, batch, pos, state, later${withEnvironment ? ', environment' : ''}`
    for (const row of this.db.prepare(`SELECT ${columns} FROM jobs ORDER BY seq`, 'lists').iterate()) {
      const [seq, batch, pos, state, replacedBy, environment] = row as OutlineValues
      yield { seq, batch, pos, state: readState(state), replacedBy, ...(environment !== undefined && { environment }) }
    }
  }

  /** Before jobs are sorted by what they took. Where there are too many, or no room, sorting reads them all instead. */
  ensureMeasured(total: number): void {
    if (this.#isMeasured || total > MAX_INDEXED_AT_ONCE || !this.writes.commit()) return
    this.#isMeasured = true // tried once
    try {
      this.db.exec(measuredIndex)
    } catch (error) {
      if (!isTemporary(error)) throw error
    }
  }

  // batches

  insertBatch(batch: BatchRecord): void {
    this.#write(
      'INSERT INTO batches (seq, id, name, owner, session, sealed, concurrency, stopAfterFailures, submitted, handler) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      batch.seq,
      batch.id,
      batch.name,
      batch.owner,
      batch.session,
      batch.sealed,
      batch.concurrency,
      batch.stopAfterFailures,
      batch.submitted,
      batch.handler && JSON.stringify(batch.handler),
    )
  }

  updateBatch(batch: BatchRecord): void {
    this.#write(
      'UPDATE batches SET sealed = ?, concurrency = ?, started = ?, ended = ?, idle = ?, round = ? WHERE seq = ?',
      batch.sealed,
      batch.concurrency,
      batch.started,
      batch.ended,
      batch.idle,
      batch.round,
      batch.seq,
    )
  }

  deleteBatch(seq: number): void {
    this.#write('DELETE FROM batches WHERE seq = ?', seq)
  }

  /** When something of a batch was last seen to start or end. */
  lastSign(batch: number): number | undefined {
    const times = asNumber(`coalesce(json_extract(facts, '$.endedAt'), json_extract(facts, '$.startedAt'))`)
    // what of a job cannot be read must not keep the service from starting
    const sql = `SELECT max(CASE WHEN json_valid(facts) THEN ${times} END) AS at FROM jobs WHERE batch = ? AND batch > 0`
    const { at } = this.#sql(sql).get(batch) as { at: unknown }
    return typeof at === 'number' ? at : undefined
  }

  batches(): BatchRecord[] {
    const rows = this.#sql('SELECT * FROM batches ORDER BY seq').all()
    return (rows as unknown as RawBatch[]).map(row => ({ ...row, handler: readBatchHandler(row.handler) }))
  }

  // the rest

  getMeta(key: string): string | undefined {
    return (this.#sql('SELECT value FROM meta WHERE key = ?').get(key) as { value: string } | undefined)?.value
  }

  /** Those whose keys begin so. */
  metas(prefix: string): { key: string; value: string }[] {
    const sql = 'SELECT key, value FROM meta WHERE substr(key, 1, ?) = ?'
    return this.#sql(sql).all(prefix.length, prefix) as { key: string; value: string }[]
  }

  deleteMeta(key: string): void {
    this.#write('DELETE FROM meta WHERE key = ?', key)
  }

  setMeta(key: string, value: string): void {
    this.#write('INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', key, value)
  }
}
