// The writes to the store: gathered in one transaction and kept in memory until that is on disk. What SQLite has rolled
// back by itself, on a full disk say, is written again as soon as there is room.
import { dirname } from 'node:path'
import { hasRoom } from '../base/paths'
import { isTemporary } from '../base/sqliteErrors'
import type { Database, Value } from './database'

/** How long writes may gather in one transaction, milliseconds: the age of what a crash of the process may lose. */
const COMMIT_DELAY_MS = 10
/** Between two attempts while nothing can be written. */
const RETRY_MS = 1000
/** A row that means nothing, written to find out whether there is room. */
const PROBE = "INSERT INTO meta VALUES ('probe', '') ON CONFLICT (key) DO UPDATE SET value = excluded.value"

export class Writes {
  readonly #db: Database
  /** Those of the transaction that is open, or that was rolled back and is to be written again. */
  #pending: { sql: string; values: Value[] }[] = []
  #timer: NodeJS.Timeout | undefined
  #problem: string | undefined
  #isAtomic = false
  /** Called when nothing can be written any more, and when it can again. */
  onProblem: (problem: string | undefined) => void = () => undefined

  constructor(db: Database) {
    this.#db = db
  }

  /** One sentence while nothing can be written. */
  get problem(): string | undefined {
    return this.#problem
  }

  /**
   * Joins the open transaction or opens one.
   * @returns how many rows have changed
   */
  write(sql: string, values: Value[]): number {
    if (this.#db.damage !== undefined) return 0 // the service is about to end
    this.#pending.push({ sql, values })
    if (this.#problem !== undefined && !this.#db.isTransaction) return 0 // what came before it waits, too
    try {
      if (!this.#db.isTransaction) this.#db.exec('BEGIN')
      if (!this.#isAtomic) this.#timer ??= setTimeout(() => this.commit(), COMMIT_DELAY_MS)
      return Number(this.#db.prepare(sql).run(...values).changes)
    } catch (error) {
      if (this.#isAtomic) throw error
      if (!isTemporary(error)) {
        this.#pending.pop()
        throw error
      }
      this.#failed(error as Error)
      return 0
    }
  }

  /** Puts on disk what was written so far; `false` when that has to wait. */
  commit(): boolean {
    return this.#problem === undefined && this.#db.damage === undefined && this.#commit()
  }

  #commit(): boolean {
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      if (this.#db.isTransaction) this.#db.exec('COMMIT')
    } catch (error) {
      if (!isTemporary(error)) throw error
      this.#failed(error as Error)
      return false
    }
    this.#pending = []
    this.#setProblem(undefined)
    return true
  }

  /**
   * Writes that belong together: on disk when it returns, nothing of them otherwise.
   * @throws Error with the problem when nothing can be written
   */
  atomically<T>(work: () => T): T {
    if (!this.commit()) throw new Error(this.#problem ?? this.#db.damage)
    this.#isAtomic = true
    try {
      const result = work()
      if (this.#db.isTransaction) this.#db.exec('COMMIT')
      this.#pending = []
      return result
    } catch (error) {
      this.#pending = []
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      if (!isTemporary(error)) throw error
      this.#failed(error as Error)
      throw new Error(this.#problem, { cause: error })
    } finally {
      this.#isAtomic = false
    }
  }

  #failed(error: Error): void {
    const folder = dirname(this.#db.file)
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    try {
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)') // SQLite's own log may be what takes the room
    } catch {
      // not for now
    }
    if (this.#pending.length === 0) this.#pending.push({ sql: PROBE, values: [] })
    this.#replay()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#retry(), RETRY_MS)
    this.#setProblem(
      `Nothing can be written to ${folder} (${error.message}), so new jobs are refused and none is started: make room there, then it goes on by itself.`,
    )
  }

  /** In the memory of SQLite, where reads see it; the disk is not touched before the commit. */
  #replay(): void {
    try {
      this.#db.exec('BEGIN')
      for (const { sql, values } of this.#pending) this.#db.prepare(sql).run(...values)
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      if (!isTemporary(error)) throw error
    }
  }

  #retry(): void {
    this.#timer = undefined
    const isRoom = hasRoom(dirname(this.#db.file))
    if (isRoom && !this.#db.isTransaction) this.#replay()
    if (isRoom && this.#db.isTransaction) this.#commit()
    else this.#timer = setTimeout(() => this.#retry(), RETRY_MS)
  }

  #setProblem(problem: string | undefined): void {
    const isNews = (problem === undefined) !== (this.#problem === undefined)
    this.#problem = problem
    if (isNews) this.onProblem(problem)
  }

  /** @returns whether all is on disk; what is not is lost now */
  close(): boolean {
    this.onProblem = () => undefined
    const isWritten = this.#pending.length === 0 || (this.#db.damage === undefined && this.#commit())
    clearTimeout(this.#timer)
    return isWritten
  }
}
