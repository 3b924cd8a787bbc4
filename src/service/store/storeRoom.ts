// Gives room back that the store does not need any more, in steps that keep nobody waiting. SQLite keeps the pages of
// what was deleted, and the size that its log once had.
import type { DatabaseSync } from 'node:sqlite'
import { pause } from '../base/waits'
import type { Database } from './database'
import type { Writes } from './writes'

/** Pages that are given back in one step: of 4 KB, in 5 to 20 ms. */
const STEP_PAGES = 200
/** Between two steps others have their turn. */
const PAUSE_MS = 20
/** Less than this is used again soon: a megabyte. */
const MIN_FREE_PAGES = 256
/** A store with more in it is not made anew at the start, while windows wait; it takes 5 seconds for so much. */
const MAX_CONVERTED_BYTES = 256 * 1024 * 1024

const INCREMENTAL = 2

/** The number that SQLite has for it. */
export function pragma(db: { prepare(sql: string): { get(): unknown } }, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() as object)[0])
}

/** A store of an earlier version cannot give back single pages until it has been written anew once. */
export function makeShrinkable(db: DatabaseSync): void {
  if (pragma(db, 'auto_vacuum') === INCREMENTAL) return
  const used = pragma(db, 'page_count') - pragma(db, 'freelist_count')
  if (used * pragma(db, 'page_size') > MAX_CONVERTED_BYTES) return
  try {
    db.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)`)
  } catch (error) {
    console.log(`The store keeps its size for now: ${(error as Error).message}`) // no room for a second one, say
  }
}

export class StoreRoom {
  readonly #db: Database
  readonly #writes: Writes
  #giving: Promise<void> | undefined

  constructor(db: Database, writes: Writes) {
    this.#db = db
    this.#writes = writes
  }

  /** After much has been deleted. */
  giveBack(): Promise<void> {
    this.#giving ??= this.#give().finally(() => {
      this.#giving = undefined
    })
    return this.#giving
  }

  async #give(): Promise<void> {
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
