// The files of a folder that patterns fit.
import { glob, stat } from 'node:fs/promises'
import path from 'node:path'
import type { FoundFile } from './runnerProtocol'

/**
 * Each once, in the order of the patterns; folders are none.
 * @param patterns relative to the folder; a pattern without `*` and `?` is a path
 */
export async function findFiles(folder: string, patterns: readonly string[]): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>()
  for (const pattern of patterns) {
    for await (const name of glob(pattern, { cwd: folder })) {
      const file = path.resolve(folder, name)
      const about = await stat(file).catch(() => undefined) // it has just gone
      if (about?.isFile()) found.set(file, { path: path.relative(folder, file), bytes: about.size })
    }
  }
  return [...found.values()]
}
