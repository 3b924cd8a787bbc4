// Returns disk space that the store does not need any more, in short steps. SQLite keeps the pages of what was deleted,
// and the size that its log once had.
import type { DatabaseSync } from 'node:sqlite'
import { pause } from '../../core/base/pause'
import type { Database } from './database'
import type { Writes } from './writes'

/** Pages that are returned in one step: of 4 KB, in 5 to 20 ms. */
const STEP_PAGES = 200
/** Requests are served between two steps. */
const PAUSE_MS = 20
/** Less than this, a megabyte, will be used again soon. */
const MIN_FREE_PAGES = 256
/** A larger store is not rewritten at the start, while windows wait: that takes 5 seconds for this size. */
const MAX_CONVERTED_BYTES = 256 * 1024 * 1024

const INCREMENTAL = 2

/** The value of a pragma that is a number. */
export function pragma(db: { prepare(sql: string): { get(): unknown } }, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() as object)[0])
}

/** A store of an earlier version cannot return single pages until it has been rewritten once. */
export function enableIncrementalVacuum(db: DatabaseSync): void {
  if (pragma(db, 'auto_vacuum') === INCREMENTAL) return
  const used = pragma(db, 'page_count') - pragma(db, 'freelist_count')
  if (used * pragma(db, 'page_size') > MAX_CONVERTED_BYTES) return
  try {
    db.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)`)
  } catch (error) {
    console.log(`The store keeps its size for now: ${(error as Error).message}`) // no space for a second one, for instance
  }
}

export class Vacuum {
  readonly #db: Database
  readonly #writes: Writes
  #running: Promise<void> | undefined

  constructor(db: Database, writes: Writes) {
    this.#db = db
    this.#writes = writes
  }

  /** After much has been deleted. */
  reclaim(): Promise<void> {
    this.#running ??= this.#reclaim().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #reclaim(): Promise<void> {
    try {
      while (this.#writes.commit() && pragma(this.#db, 'freelist_count') >= MIN_FREE_PAGES) {
        const before = pragma(this.#db, 'freelist_count')
        this.#db.exec(`PRAGMA incremental_vacuum(${STEP_PAGES}); PRAGMA wal_checkpoint(PASSIVE)`)
        if (pragma(this.#db, 'freelist_count') >= before) break // an older store, and a large one
        await pause(PAUSE_MS)
      }
      if (this.#writes.commit()) this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch (error) {
      console.log(`The store keeps its size for now: ${(error as Error).message}`)
    }
  }
}
