// What one view shows: answers its query, and again when one of those rows has changed.
import type { RowQuery, Rows } from '../../core/protocol/facts'
import { MAX_ROWS } from '../../core/protocol/limits'
import type { Session } from '../sessions/session'
import type { FoundJobs, FoundJobsParts } from './foundJobs'
import { FoundRows } from './foundRows'
import { JobRows } from './jobRows'
import { TreeRows, type TreeRowsParts } from './treeRows'

export interface RowsWatchParts extends TreeRowsParts, FoundJobsParts {}

export class RowsWatch {
  readonly #query: RowQuery
  readonly #read: () => Rows
  /** Kept for the next query that finds the same. */
  readonly found: FoundJobs | undefined
  #last = ''

  /** @param found what its query finds, once it has been searched for */
  constructor(parts: RowsWatchParts, viewer: Session, query: RowQuery, found: FoundJobs | undefined) {
    const asked = { ...query, from: Math.max(0, query.from), count: Math.min(MAX_ROWS, Math.max(0, query.count)) }
    const shown = new JobRows(parts, viewer)
    const source = found ? new FoundRows(found, parts.store, shown) : new TreeRows(parts, viewer, shown)
    this.#query = query
    this.#read = () => source.read(asked)
    this.found = found
  }

  read(): Rows {
    const rows = this.#read()
    this.#last = JSON.stringify(rows)
    return this.#answer(rows)
  }

  /** The rows if one of them, or their number, is not as it was when last read. */
  readChanged(): Rows | undefined {
    const rows = this.#read()
    const now = JSON.stringify(rows)
    if (now === this.#last) return undefined
    this.#last = now
    return this.#answer(rows)
  }

  #answer(rows: Rows): Rows {
    const { serial } = this.#query
    return serial === undefined ? rows : { ...rows, serial }
  }
}
