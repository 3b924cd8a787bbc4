// Results that named handlers have not taken yet: of jobs and of batches, which have one row of numbers.
import type { StoreAccess } from './attemptsTable'

export interface Delivery {
  /** `seq` of the job or batch. */
  subject: number
  handler: string
  /** How often a handler has failed to take it. */
  tries: number
  error: string | null
  /** Whether it is tried no more until it is asked for again. */
  givenUp: 0 | 1
}

const columns = 'subject, handler, tries, error, givenUp'

export class DeliveriesTable {
  readonly #store: StoreAccess

  constructor(store: StoreAccess) {
    this.#store = store
  }

  /** Behind all others. Another round of a batch takes the place of one that has not been taken. */
  add(subject: number, handler: string): void {
    this.#store.write('INSERT OR REPLACE INTO deliveries (subject, handler) VALUES (?, ?)', subject, handler)
  }

  /** The first ones that wait for a handler, in order. */
  next(handler: string, limit: number): Delivery[] {
    const sql = `SELECT ${columns} FROM deliveries WHERE givenUp = 0 AND handler = ? ORDER BY seq LIMIT ?`
    return this.#store.sql(sql).all(handler, limit) as Delivery[]
  }

  /** What is left to do for a result: `undefined` when it was taken, or none was to be. */
  get(subject: number): Delivery | undefined {
    const sql = `SELECT ${columns} FROM deliveries WHERE subject = ?`
    return this.#store.sql(sql).get(subject) as Delivery | undefined
  }

  /** Whether the handler of a job or batch has still to take its result; what has none costs no query. */
  isOpen(subject: number, handler: object | null | undefined): boolean {
    return handler != null && this.get(subject) !== undefined
  }

  /** The handlers for which results wait. */
  handlers(): string[] {
    const rows = this.#store.sql('SELECT DISTINCT handler FROM deliveries WHERE givenUp = 0').all()
    return rows.map(row => (row as { handler: string }).handler)
  }

  failed(subject: number, tries: number, error: string, givenUp: boolean): void {
    const sql = 'UPDATE deliveries SET tries = ?, error = ?, givenUp = ? WHERE subject = ?'
    this.#store.write(sql, tries, error, givenUp ? 1 : 0, subject)
  }

  /** Those that were given up wait again; of all subjects when none are named. */
  again(subjects: readonly number[] | undefined): number {
    const sql = 'UPDATE deliveries SET tries = 0, givenUp = 0 WHERE givenUp = 1'
    if (!subjects) return this.#store.write(sql)
    return this.#store.write(`${sql} AND subject IN (SELECT value FROM json_each(?))`, JSON.stringify(subjects))
  }

  remove(subject: number): void {
    this.#store.write('DELETE FROM deliveries WHERE subject = ?', subject)
  }

  get givenUpCount(): number {
    const row = this.#store.sql('SELECT count(*) AS count FROM deliveries WHERE givenUp = 1').get()
    return (row as { count: number }).count
  }
}
