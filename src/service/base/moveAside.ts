// What cannot be used is never deleted, but renamed so that its name says so.
import { existsSync, renameSync, statSync } from 'node:fs'

/**
 * Renames a file or folder to `<path>.damaged-<time>`, and the files beside it with one of these endings.
 * @returns where it is now
 */
export function moveAside(path: string, endings: readonly string[] = []): string {
  const time = new Date().toISOString().replace(/[:.]/g, '-')
  const aside = `${path}.damaged-${time}`
  for (const ending of ['', ...endings]) {
    if (existsSync(path + ending)) renameSync(path + ending, aside + ending)
  }
  return aside
}

/** Where a file is expected there is a folder. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
