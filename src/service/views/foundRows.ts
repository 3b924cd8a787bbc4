// The rows of found jobs, in groups or without.
import type { GroupRow, JobRow, Row, RowQuery, Rows } from '../../core/protocol/facts'
import type { Store } from '../store/store'
import { flatten, rowOfEntry, totalRows, type Unfolded } from './flatten'
import type { FoundJobs } from './foundJobs'
import type { JobRows } from './jobRows'
import type { FoundJob } from './jobSearch'

export class FoundRows {
  readonly #found: FoundJobs
  readonly #store: Store
  readonly #shown: JobRows

  constructor(found: FoundJobs, store: Store, shown: JobRows) {
    this.#found = found
    this.#store = store
    this.#shown = shown
  }

  read(query: RowQuery): Rows {
    const { from, count } = query
    const { jobs, find } = this.#found
    if (find.group) return this.#grouped(query)
    const rows = this.#jobRows(jobs.slice(from, from + count), { place: from, places: jobs.length })
    return { from, total: jobs.length, found: jobs.length, rows: [...rows] }
  }

  #grouped({ from, count, expanded }: RowQuery): Rows {
    const { groups, jobs } = this.#found
    const open: Unfolded[] = groups.flatMap(({ id, jobs }, rank) =>
      expanded.includes(id) ? [{ rank, size: jobs.length }] : [],
    )
    const rows: Row[] = []
    for (const run of flatten(groups.length, open, from, count)) {
      if (run.kind === 'entries') {
        for (let rank = run.rank; rank < run.rank + run.count; rank++) rows.push(...this.#groupRow(rank, open))
      } else {
        const inside = groups[run.of]?.jobs ?? []
        const parent = rowOfEntry(run.of, open)
        const place = { place: run.from, places: inside.length, parent }
        rows.push(...this.#jobRows(inside.slice(run.from, run.from + run.count), place))
      }
    }
    return { from, total: totalRows(groups.length, open), found: jobs.length, rows }
  }

  *#groupRow(rank: number, open: readonly Unfolded[]): Generator<GroupRow> {
    const { groups } = this.#found
    const group = groups[rank]
    if (!group) return
    const { id, by, label, jobs } = group
    const expanded = open.some(unfolded => unfolded.rank === rank)
    yield {
      kind: 'group',
      id,
      entries: jobs.length,
      expanded,
      found: { by, label },
      place: rank,
      places: groups.length,
    }
  }

  *#jobRows(
    found: readonly FoundJob[],
    { place, places, parent }: { place: number; places: number; parent?: number },
  ): Generator<JobRow> {
    const records = new Map(this.#store.jobs(found.map(({ seq }) => seq)).map(job => [job.seq, job]))
    for (const [i, { seq }] of found.entries()) {
      const job = records.get(seq)
      if (!job) continue
      const depth = parent === undefined ? 0 : 1
      yield {
        kind: 'job',
        ...this.#shown.of(job),
        depth,
        ...(parent !== undefined && { parent }),
        place: place + i,
        places,
      }
    }
  }
}
