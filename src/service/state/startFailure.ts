// Why a job service could not start, in a small file: the window that has started it cannot learn it otherwise.
import { writeFileSync } from 'node:fs'
import type { StatePaths } from '../base/paths'
import { isDamage } from '../base/sqliteErrors'

export function writeFailure(paths: StatePaths, error: unknown): void {
  if (isDamage(error)) return // the next attempt moves the store aside
  const { message } = error as Error
  const isOfSystem = 'code' in (error as object) // the messages of others are sentences of this program
  const text = isOfSystem ? `The job service could not start in ${paths.state}: ${message}.` : message
  try {
    writeFileSync(paths.failure, text, { mode: 0o600 })
  } catch {
    // it is in the log, if anything can be written at all
  }
}
