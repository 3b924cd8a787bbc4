// The files of a folder that patterns fit.
import { glob, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { FoundFile } from './runnerProtocol'

/** What has a meaning for others is only itself here. */
function literally(pattern: string): string {
  return pattern.replace(/[[\]{}()]/g, '[$&]')
}

const statOf = (file: string) => stat(file).catch(() => undefined) // there is none, or it has just gone

/**
 * Each once, in the order of the patterns.
 * @param patterns relative to the folder; a pattern without `*` and `?` is a path, that of a folder means all files in it
 */
export async function findFiles(folder: string, patterns: readonly string[]): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>()
  for (const pattern of patterns) {
    for await (const name of namesOf(folder, pattern)) {
      const file = path.resolve(folder, name)
      const about = await statOf(file)
      if (!about?.isFile()) continue
      const { size, mode, ctimeMs } = about
      found.set(file, { path: path.relative(folder, file), bytes: size, mode: mode & 0o777, changedAt: ctimeMs })
    }
  }
  return [...found.values()]
}

async function* namesOf(folder: string, pattern: string): AsyncIterable<string> {
  const isPath = !/[*?]/.test(pattern)
  if (!isPath) yield* glob(literally(pattern), { cwd: folder })
  else if ((await statOf(path.resolve(folder, pattern)))?.isDirectory())
    for (const name of await readdir(path.resolve(folder, pattern), { recursive: true })) yield path.join(pattern, name)
  else yield pattern
}
