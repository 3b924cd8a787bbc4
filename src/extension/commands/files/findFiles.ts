// The files that a pattern matches, in natural order of their names.
import type { Dirent } from 'node:fs'
import { glob, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

/** A pattern that matches more is taken for a mistake. */
export const MAX_FILES = 100_000

export interface FoundFiles {
  /** Absolute paths. */
  files: string[]
  /** Whether there are more than `MAX_FILES`. */
  cut: boolean
}

/** Folders that are searched only if the pattern names them. */
const skipped = ['node_modules', '.git']

const byName = new Intl.Collator('en', { numeric: true })

async function isFile(entry: Dirent): Promise<boolean> {
  if (entry.isFile()) return true
  if (!entry.isSymbolicLink()) return false
  const target = await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined)
  return target?.isFile() ?? false
}

/** Searches `folder`, or the folder of an absolute pattern or one with `~/`; `signal` ends an obsolete search. */
export async function findFiles(pattern: string, folder: string, signal?: AbortSignal): Promise<FoundFiles> {
  const typed = pattern.trim()
  const resolved = typed.startsWith('~/') ? `${homedir()}${typed.slice(1)}` : typed
  const exclude = (entry: Dirent) => skipped.includes(entry.name) && !typed.includes(entry.name)
  const files: string[] = []
  let cut = false
  for await (const entry of glob(resolved, { cwd: folder, withFileTypes: true, exclude })) {
    if (signal?.aborted) break
    if (!(await isFile(entry))) continue
    cut = files.length === MAX_FILES
    if (cut) break
    files.push(path.join(entry.parentPath, entry.name))
  }
  return { files: files.sort(byName.compare), cut }
}
