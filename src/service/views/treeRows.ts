// The rows of the list: batches and single jobs, newest first, some batches unfolded, what is of other windows in a group.
import { OTHER_WINDOWS, type Row, type RowQuery, type Rows } from '../../core/protocol/facts'
import { truncateBatch } from '../../core/protocol/truncate'
import type { BatchPlaces } from '../jobs/batchPlaces'
import type { Entries, EntryList } from '../jobs/entries'
import type { JobInfos } from '../jobs/jobInfos'
import type { Session } from '../sessions/session'
import type { Store } from '../store/store'
import { flatten, rowOfEntry, totalRows, type Unfolded } from './flatten'
import type { JobRows, JobRowsParts } from './jobRows'
import type { RowOrigins } from './rowOrigins'

export interface TreeRowsParts extends JobRowsParts {
  readonly store: Store
  readonly places: BatchPlaces
  readonly entries: Entries
  readonly infos: JobInfos
  readonly origins: RowOrigins
}

/** A list of entries as it is shown, some of them unfolded. */
interface Section {
  readonly list: EntryList
  readonly open: readonly Unfolded[]
  /** The index of its first row. */
  readonly from: number
  readonly rows: number
  /** How many rows are beside its entries, that of a group among them. */
  readonly places: number
  /** The row of the group that it is in. */
  readonly parent?: number
}

export class TreeRows {
  readonly #parts: TreeRowsParts
  readonly #viewer: Session
  readonly #shown: JobRows

  constructor(parts: TreeRowsParts, viewer: Session, shown: JobRows) {
    this.#parts = parts
    this.#viewer = viewer
    this.#shown = shown
  }

  read(query: RowQuery): Rows {
    const { count, expanded, from, groups } = query
    const { entries } = this.#parts
    const { workspace } = this.#viewer
    const others = groups ? entries.except(workspace) : undefined
    const own = this.#section(query, groups ? entries.of(workspace) : entries.all, 0, others?.length ? 1 : 0)
    const rows = this.#rowsOf(query, own)
    if (!others?.length) return { from, total: own.rows, rows }
    const isOpen = expanded.includes(OTHER_WINDOWS)
    if (from <= own.rows && own.rows < from + count) {
      const place = { place: own.list.length, places: own.places }
      rows.push({ kind: 'group', id: OTHER_WINDOWS, entries: others.length, expanded: isOpen, ...place })
    }
    if (!isOpen) return { from, total: own.rows + 1, rows }
    const inside = { ...this.#section(query, others, own.rows + 1), parent: own.rows }
    return { from, total: inside.from + inside.rows, rows: [...rows, ...this.#rowsOf(query, inside)] }
  }

  #section({ expanded }: RowQuery, list: EntryList, from: number, besides = 0): Section {
    const { batches } = this.#parts
    const open: Unfolded[] = []
    for (const id of expanded) {
      const batch = batches.byId(id)
      const rank = batch ? list.rankOf(batch.record.seq) : -1
      if (batch && rank >= 0) open.push({ rank, size: batch.total })
    }
    open.sort((a, b) => a.rank - b.rank)
    return { list, open, from, rows: totalRows(list.length, open), places: list.length + besides }
  }

  /** Those of its rows that are in the query. */
  #rowsOf(query: RowQuery, section: Section): Row[] {
    const { list, open, from } = section
    const first = Math.max(0, query.from - from)
    const count = query.from + query.count - from - first
    const rows: Row[] = []
    for (const run of flatten(list.length, open, first, count)) {
      if (run.kind === 'entries') for (let i = 0; i < run.count; i++) rows.push(...this.#entry(section, run.rank + i))
      else rows.push(...this.#children(section, run))
    }
    return rows
  }

  *#children({ list, open, from, parent }: Section, run: { of: number; from: number; count: number }): Generator<Row> {
    const { batches, places } = this.#parts
    const batch = batches.get(list.at(run.of) ?? 0)
    if (!batch) return
    const jobs = places.jobs(batch.record.seq, run.from, run.count)
    for (const [i, job] of jobs.entries()) {
      yield {
        kind: 'job',
        ...this.#shown.of(job),
        depth: parent === undefined ? 1 : 2,
        parent: from + rowOfEntry(run.of, open),
        place: run.from + i,
        places: batch.total,
      }
    }
  }

  *#entry({ list, open, parent, places }: Section, rank: number): Generator<Row> {
    const pos = list.at(rank)
    if (pos === undefined) return
    const { batches, infos, origins, store } = this.#parts
    const place = { place: rank, places }
    const batch = batches.get(pos)
    if (batch) {
      const from = origins.ofBatch(batch, this.#viewer)
      yield {
        kind: 'batch',
        batch: truncateBatch(infos.batch(batch)),
        ...(from && { from }),
        expanded: open.some(unfolded => unfolded.rank === rank),
        ...(parent !== undefined && { depth: 1, parent }),
        ...place,
      }
      return
    }
    const job = store.jobAt(pos)
    if (!job) return
    const depth = parent === undefined ? 0 : 1
    yield { kind: 'job', ...this.#shown.of(job), depth, ...(parent !== undefined && { parent }), ...place }
  }
}
