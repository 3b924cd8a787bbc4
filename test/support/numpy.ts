// numpy for tests that show it in use: the machine's own, or the one that `npm test` has set up.
import { spawnSync } from 'node:child_process'

/** Variables with which python3 has numpy; `undefined` where there is none. */
export function numpyEnvironment(): Record<string, string> | undefined {
  const folder = process.env.HEADLESS_JOBS_NUMPY
  const env: Record<string, string> = folder ? { PYTHONPATH: folder } : {}
  const { status } = spawnSync('python3', ['-c', 'import numpy'], { env: { ...process.env, ...env } })
  return status === 0 ? env : undefined
}
