// Where a job runs: what its spec says, relative to the folder of its window. The job service lives in another folder,
// so it is never left to that.
import path from 'node:path'

/** Absolute, as it was given if it was. */
export function workingFolder(cwd: string | undefined, defaultCwd: string): string {
  if (cwd === undefined) return defaultCwd
  return path.isAbsolute(cwd) ? cwd : path.resolve(defaultCwd, cwd)
}
