// One job service per state folder: an exclusive lock that the operating system gives back when its holder dies.
// Runs in the job service.
import { DatabaseSync } from 'node:sqlite'

/** Takes the lock for the life of this process; `undefined` when another process has it. */
export function takeLock(file: string): { release(): void } | undefined {
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch {
    db.close()
    return undefined
  }
  return { release: () => db.close() }
}
