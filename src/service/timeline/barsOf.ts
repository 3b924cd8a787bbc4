// Reads bars of a timeline from the store, in SQL: the records of 100,000 jobs would take longer than anybody waits.
import { jobStates } from '../../core/jobs/job'
import { addBar, type BarColumns, NEVER, noBars } from '../../core/timeline/bars'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import { asNumber } from '../store/storedJson'

/** Jobs of one part: some milliseconds, and a message of 200 KB. */
export const PART_JOBS = 5000

interface BarRow {
  seq: number
  retry: number
  state: string
  cores: number
  submitted: number
  started: number | null
  ended: number | null
}

/** A row that is damaged is read as one without facts. */
const fact = (column: string, name: string, other: string) =>
  asNumber(`CASE WHEN json_valid(${column}) THEN coalesce(${column} ->> '${name}', ${other}) ELSE ${other} END`)
const times = (facts: string) =>
  `${fact(facts, 'startedAt', 'NULL')} AS started, ${fact(facts, 'endedAt', 'NULL')} AS ended`
const columns = `seq, 0 AS retry, state, ${fact('spec', 'cores', '1')} AS cores, submitted, ${times('facts')}`

export class BarsOf {
  readonly #store: Store
  readonly #active: (seq: number) => JobRecord | undefined

  /** @param active the record of a job that is under way, which the store may be a moment behind */
  constructor(store: Store, active: (seq: number) => JobRecord | undefined) {
    this.#store = store
    this.#active = active
  }

  /**
   * The next jobs in the order of submission, of all or of one batch.
   * @returns also the last of them, and whether there are more
   */
  after(seq: number, batch: number | undefined): { bars: BarColumns; last: number; isMore: boolean } {
    const which = batch === undefined ? '' : 'INDEXED BY jobs_of_batch WHERE batch = ? AND batch > 0 AND'
    const sql = `SELECT ${columns} FROM jobs ${which || 'WHERE'} seq > ? ORDER BY seq LIMIT ${PART_JOBS}`
    const rows = this.#store.db.prepare(sql).all(...(batch === undefined ? [seq] : [batch, seq])) as BarRow[]
    return { bars: this.#columnsOf(rows), last: rows.at(-1)?.seq ?? seq, isMore: rows.length === PART_JOBS }
  }

  /** These jobs as they are now. */
  of(seqs: readonly number[]): BarColumns {
    const sql = `SELECT ${columns} FROM jobs WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq`
    return this.#columnsOf(this.#store.db.prepare(sql).all(JSON.stringify(seqs)) as BarRow[])
  }

  #columnsOf(rows: readonly BarRow[]): BarColumns {
    const bars = noBars(rows[0]?.submitted ?? 0)
    for (const row of rows) add(bars, row, this.#active(row.seq))
    for (const row of this.#retriedOf(rows)) add(bars, row, undefined)
    return bars
  }

  #retriedOf(rows: readonly BarRow[]): BarRow[] {
    const sql = `SELECT job AS seq, attempt AS retry, 'failed' AS state, ${fact('spec', 'cores', '1')} AS cores, submitted, ${times('attempts.facts')} FROM attempts JOIN jobs ON seq = job WHERE job IN (SELECT value FROM json_each(?)) ORDER BY job, attempt`
    return this.#store.db.prepare(sql).all(JSON.stringify(rows.map(({ seq }) => seq))) as BarRow[]
  }
}

function add(bars: BarColumns, row: BarRow, active: JobRecord | undefined): void {
  const { startedAt, endedAt } = active?.facts ?? {}
  addBar(bars, {
    ...row,
    state: jobStates.indexOf((active?.state ?? row.state) as (typeof jobStates)[number]),
    started: (active ? startedAt : row.started) ?? NEVER,
    ended: (active ? endedAt : row.ended) ?? NEVER,
  })
}
