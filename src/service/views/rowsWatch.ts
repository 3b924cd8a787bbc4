// What one view shows of the list: answers its query, and again when one of those rows has changed.

import type { JobRow, Row, RowQuery, Rows } from '../../core/protocol/facts'
import { MAX_ROWS } from '../../core/protocol/limits'
import { truncateBatch, truncateJob } from '../../core/protocol/truncate'
import { isResultKept } from '../jobs/attempts'
import type { Batch, Batches } from '../jobs/batches'
import type { Entries } from '../jobs/entries'
import type { JobInfos } from '../jobs/jobInfos'
import type { JobLookup } from '../jobs/jobLookup'
import type { Session } from '../sessions/session'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import { flatten, totalRows, type Unfolded } from './flatten'
import type { RowOrigins } from './rowOrigins'

export interface RowsWatchParts {
  readonly store: Store
  readonly batches: Batches
  readonly entries: Entries
  readonly lookup: JobLookup
  readonly infos: JobInfos
  readonly origins: RowOrigins
}

export class RowsWatch {
  readonly #parts: RowsWatchParts
  readonly #viewer: Session
  readonly #query: RowQuery
  #last = ''

  constructor(parts: RowsWatchParts, viewer: Session, query: RowQuery) {
    this.#parts = parts
    this.#viewer = viewer
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
    const { entries } = this.#parts
    const open = this.#unfolded()
    const rows: Row[] = []
    for (const run of flatten(entries.length, open, this.#query.from, this.#query.count)) {
      if (run.kind === 'entries') {
        for (let i = 0; i < run.count; i++) this.#pushEntry(rows, entries.at(run.rank + i), open)
      } else {
        const batch = this.#batchAt(run.of)
        const jobs = batch ? this.#parts.store.children(batch.record.seq, run.from, run.count) : []
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

  #shown(stored: JobRecord): Pick<JobRow, 'job' | 'from' | 'hasResult'> {
    const { infos, lookup, origins } = this.#parts
    const job = lookup.latest(stored)
    const from = origins.ofJob(job, this.#viewer)
    return { job: truncateJob(infos.info(job)), ...(from && { from }), ...(isResultKept(job) && { hasResult: true }) }
  }

  #batchAt(rank: number): Batch | undefined {
    const { batches, entries } = this.#parts
    return batches.get(entries.at(rank) ?? 0)
  }

  #unfolded(): Unfolded[] {
    const { batches, entries } = this.#parts
    const open: Unfolded[] = []
    for (const id of this.#query.expanded) {
      const batch = batches.byId(id)
      if (batch) open.push({ rank: entries.rankOf(batch.record.seq), size: batch.total })
    }
    return open.sort((a, b) => a.rank - b.rank)
  }

  #pushEntry(rows: Row[], pos: number | undefined, open: readonly Unfolded[]): void {
    if (pos === undefined) return
    const { batches, entries, infos, origins, store } = this.#parts
    const place = { place: entries.rankOf(pos), places: entries.length }
    const batch = batches.get(pos)
    if (batch) {
      const from = origins.ofBatch(batch, this.#viewer)
      rows.push({
        kind: 'batch',
        batch: truncateBatch(infos.batch(batch)),
        ...(from && { from }),
        expanded: open.some(({ rank }) => rank === place.place),
        ...place,
      })
      return
    }
    const job = store.jobAt(pos)
    if (job) rows.push({ kind: 'job', ...this.#shown(job), depth: 0, ...place })
  }
}
