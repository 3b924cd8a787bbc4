// What one view shows of the list: answers its query and tells it when one of those rows has changed.

import { type JobRow, MAX_ROWS, type Row, type RowQuery, type Rows } from '../../core/protocol/protocol'
import { truncateBatch, truncateJob } from '../../core/protocol/truncate'
import { isResultKept } from '../jobs/attempts'
import type { Batch } from '../jobs/batches'
import type { Ledger } from '../jobs/ledger'
import type { JobRecord } from '../store/records'
import { flatten, totalRows, type Unfolded } from './flatten'

/** The record of a job that lives is newer than the store's. */
export type Latest = (job: JobRecord) => JobRecord

export class RowsWatch {
  readonly #ledger: Ledger
  readonly #latest: Latest
  readonly #query: RowQuery
  #last = ''

  constructor(ledger: Ledger, latest: Latest, query: RowQuery) {
    this.#ledger = ledger
    this.#latest = latest
    this.#query = { ...query, from: Math.max(0, query.from), count: Math.min(MAX_ROWS, Math.max(0, query.count)) }
  }

  read(): Rows {
    const rows = this.#read()
    this.#last = JSON.stringify(rows)
    return rows
  }

  /** The rows if one of them, or their number, is not as it was when last read. */
  readChanged(): Rows | undefined {
    const rows = this.#read()
    const now = JSON.stringify(rows)
    if (now === this.#last) return undefined
    this.#last = now
    return rows
  }

  #read(): Rows {
    const { entries } = this.#ledger
    const open = this.#unfolded()
    const rows: Row[] = []
    for (const run of flatten(entries.length, open, this.#query.from, this.#query.count)) {
      if (run.kind === 'entries') {
        for (let i = 0; i < run.count; i++) this.#pushEntry(rows, entries.at(run.rank + i), open)
      } else {
        const batch = this.#batchAt(run.of)
        const jobs = batch ? this.#ledger.store.children(batch.record.seq, run.from, run.count) : []
        for (const [i, job] of jobs.entries()) {
          rows.push({
            kind: 'job',
            ...this.#shown(job),
            depth: 1,
            place: run.from + i,
            places: batch?.total ?? 0,
          })
        }
      }
    }
    return { from: this.#query.from, total: totalRows(entries.length, open), rows }
  }

  #shown(stored: JobRecord): Pick<JobRow, 'job' | 'hasResult'> {
    const job = this.#latest(stored)
    return { job: truncateJob(this.#ledger.info(job)), ...(isResultKept(job) && { hasResult: true }) }
  }

  #batchAt(rank: number): Batch | undefined {
    return this.#ledger.batches.get(this.#ledger.entries.at(rank) ?? 0)
  }

  #unfolded(): Unfolded[] {
    const open: Unfolded[] = []
    for (const id of this.#query.expanded) {
      const batch = this.#ledger.batches.byId(id)
      if (batch) open.push({ rank: this.#ledger.entries.rankOf(batch.record.seq), size: batch.total })
    }
    return open.sort((a, b) => a.rank - b.rank)
  }

  #pushEntry(rows: Row[], pos: number | undefined, open: readonly Unfolded[]): void {
    if (pos === undefined) return
    const place = { place: this.#ledger.entries.rankOf(pos), places: this.#ledger.entries.length }
    const batch = this.#ledger.batches.get(pos)
    if (batch) {
      rows.push({
        kind: 'batch',
        batch: truncateBatch(batch.info()),
        expanded: open.some(({ rank }) => rank === place.place),
        ...place,
      })
      return
    }
    const job = this.#ledger.store.jobAt(pos)
    if (job) rows.push({ kind: 'job', ...this.#shown(job), depth: 0, ...place })
  }
}
