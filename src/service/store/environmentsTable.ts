// The environments of windows, which jobs refer to by their hashes.
import type { StoreAccess } from './attemptsTable'

export class EnvironmentsTable {
  readonly #store: StoreAccess

  constructor(store: StoreAccess) {
    this.#store = store
  }

  /** One that is there already is left as it is. */
  put(hash: string, workspace: string, vars: string, secrets: string): void {
    this.#store.write('INSERT OR IGNORE INTO environments VALUES (?, ?, ?, ?)', hash, workspace, vars, secrets)
  }

  get(hash: string): { workspace: string; vars: string; secrets: string } | undefined {
    const row = this.#store.sql('SELECT workspace, vars, secrets FROM environments WHERE hash = ?').get(hash)
    return row as { workspace: string; vars: string; secrets: string } | undefined
  }

  /** The workspace of each. */
  workspaces(): Map<string, string> {
    const rows = this.#store.sql('SELECT hash, workspace FROM environments').all()
    return new Map((rows as { hash: string; workspace: string }[]).map(({ hash, workspace }) => [hash, workspace]))
  }

  /** Steps through those that jobs refer to. */
  usedAfter(seq: number): { seq: number; environment: string }[] {
    const sql = 'SELECT seq, environment FROM jobs WHERE seq > ? ORDER BY seq LIMIT 2000'
    return this.#store.sql(sql).all(seq) as { seq: number; environment: string }[]
  }

  /** @returns how many rows went */
  deleteExcept(hashes: readonly string[]): number {
    const sql = 'DELETE FROM environments WHERE hash NOT IN (SELECT value FROM json_each(?))'
    return this.#store.write(sql, JSON.stringify(hashes))
  }
}
