// Where a job runs: the folder of its spec, relative to the folder of its window. The window resolves it, since the job
// service has another working folder.
import path from 'node:path'

/** An absolute path stays as it was given. */
export function workingFolder(cwd: string | undefined, defaultCwd: string): string {
  if (cwd === undefined) return defaultCwd
  return path.isAbsolute(cwd) ? cwd : path.resolve(defaultCwd, cwd)
}
