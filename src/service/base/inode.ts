// Distinguishes a file from another of the same name that has replaced it.
import { lstatSync } from 'node:fs'

/** Which file is there now, as a number that no other file has; `undefined` when there is none. */
export function inodeOf(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}
