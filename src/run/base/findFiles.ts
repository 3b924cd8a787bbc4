// The files of a folder that patterns fit.
import { glob, stat } from 'node:fs/promises'
import path from 'node:path'
import type { FoundFile } from './runnerProtocol'

/** What has a meaning for others is only itself here. */
function literally(pattern: string): string {
  return pattern.replace(/[[\]{}()]/g, '[$&]')
}

/**
 * Each once, in the order of the patterns; folders are none.
 * @param patterns relative to the folder; a pattern without `*` and `?` is a path
 */
export async function findFiles(folder: string, patterns: readonly string[]): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>()
  for (const pattern of patterns) {
    const names = /[*?]/.test(pattern) ? glob(literally(pattern), { cwd: folder }) : [pattern]
    for await (const name of names) {
      const file = path.resolve(folder, name)
      const about = await stat(file).catch(() => undefined) // there is none, or it has just gone
      if (!about?.isFile()) continue
      found.set(file, { path: path.relative(folder, file), bytes: about.size, mode: about.mode & 0o777 })
    }
  }
  return [...found.values()]
}
