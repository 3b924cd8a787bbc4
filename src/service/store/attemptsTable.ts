// Attempts that the `retries` of a job ran again: what each came to and what it wrote. They bear the number that the
// job's `attempts` had.
import type { Statement, Value } from './database'
import type { Facts, StoredOutputs } from './records'
import { readFacts } from './storedJson'

/** How the store reads and writes. */
export interface StoreAccess {
  sql(sql: string): Statement
  write(sql: string, ...values: Value[]): number
}

export interface RetriedAttempt {
  attempt: number
  facts: Facts
}

export class AttemptsTable {
  readonly #store: StoreAccess

  constructor(store: StoreAccess) {
    this.#store = store
  }

  add(job: number, attempt: number, facts: Facts, { stdout, stderr }: Pick<StoredOutputs, 'stdout' | 'stderr'>): void {
    const sql = 'INSERT OR REPLACE INTO attempts (job, attempt, facts, stdout, stderr) VALUES (?, ?, ?, ?, ?)'
    this.#store.write(sql, job, attempt, JSON.stringify(facts), stdout, stderr)
  }

  /** Those of a job, the last one first. */
  of(job: number): RetriedAttempt[] {
    const rows = this.#store.sql('SELECT attempt, facts FROM attempts WHERE job = ? ORDER BY attempt DESC').all(job)
    return rows.map(toAttempt)
  }

  get(job: number, attempt: number): RetriedAttempt | undefined {
    const row = this.#store.sql('SELECT attempt, facts FROM attempts WHERE job = ? AND attempt = ?').get(job, attempt)
    return row === undefined ? undefined : toAttempt(row)
  }

  output(job: number, attempt: number): Pick<StoredOutputs, 'stdout' | 'stderr'> {
    const row = this.#store.sql('SELECT stdout, stderr FROM attempts WHERE job = ? AND attempt = ?').get(job, attempt)
    return (row ?? { stdout: null, stderr: null }) as Pick<StoredOutputs, 'stdout' | 'stderr'>
  }

  count(job: number): number {
    const { n } = this.#store.sql('SELECT count(*) AS n FROM attempts WHERE job = ?').get(job) as { n: number }
    return n
  }

  forget(job: number): void {
    this.#store.write('DELETE FROM attempts WHERE job = ?', job)
  }
}

function toAttempt(row: unknown): RetriedAttempt {
  const { attempt, facts } = row as { attempt: number; facts: string }
  return { attempt, facts: readFacts(facts) }
}
