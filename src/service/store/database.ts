// SQLite as the store uses it: statements are prepared once, and a damaged page is reported when it is found.
import type { DatabaseSync } from 'node:sqlite'
import { isDamage } from '../base/sqliteErrors'

export type Value = string | number | null | Uint8Array

/** An object of SQLite's for a row takes twice the time and several times the memory of a list of its values. */
type RowShape = 'objects' | 'lists'

export interface Statement {
  run(...values: Value[]): { changes: number | bigint }
  get(...values: Value[]): unknown
  all(...values: Value[]): unknown[]
  iterate(...values: Value[]): Iterable<unknown>
}

export class Database {
  readonly file: string
  #db: DatabaseSync
  readonly #prepared = new Map<string, Statement>()
  #damage: string | undefined
  #isAbandoned = false
  /** Called once, when a page of the file turns out to be damaged. */
  onDamage: (damage: string) => void = () => undefined

  constructor(db: DatabaseSync, file: string) {
    this.#db = db
    this.file = file
  }

  /** The message of SQLite about damage, once there is any: nothing can be relied on any more. */
  get damage(): string | undefined {
    return this.#damage
  }

  /** Nothing more may be written to the file, not even by closing it. */
  abandon(why: string): void {
    this.#damage ??= why
    this.#isAbandoned = true
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned
  }

  get isTransaction(): boolean {
    return this.#db.isTransaction
  }

  exec(sql: string): void {
    this.#guard(() => this.#db.exec(sql))
  }

  /** @param rows what each row is read as; a statement is always read as the same */
  prepare(sql: string, rows: RowShape = 'objects'): Statement {
    const known = this.#prepared.get(sql)
    if (known) return known
    const statement = this.prepareOnce(sql, rows)
    this.#prepared.set(sql, statement)
    return statement
  }

  /** One that is made from what somebody has typed: it is not kept for the next time. */
  prepareOnce(sql: string, rows: RowShape = 'objects'): Statement {
    const raw = this.#guard(() => this.#db.prepare(sql))
    raw.setReturnArrays(rows === 'lists')
    const guard = <T>(work: () => T) => this.#guard(work)
    return {
      run: (...values) => guard(() => raw.run(...values)),
      get: (...values) => guard(() => raw.get(...values)),
      all: (...values) => guard(() => raw.all(...values)),
      *iterate(...values) {
        const rows = guard(() => raw.iterate(...values))
        for (let row = guard(() => rows.next()); !row.done; row = guard(() => rows.next())) yield row.value
      },
    }
  }

  /** Goes on with another file of the same content. */
  replace(open: () => DatabaseSync): void {
    this.#prepared.clear()
    this.#db.close()
    this.#db = open()
  }

  close(): void {
    this.#db.close()
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (isDamage(error) && this.#damage === undefined) {
        this.#damage = (error as Error).message
        this.onDamage(this.#damage)
      }
      throw error
    }
  }
}
