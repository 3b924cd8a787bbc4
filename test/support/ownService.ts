// A job service that a test starts itself, behind words that change what it may do: few file descriptors, another user.
import { spawn } from 'node:child_process'
import { chownSync, closeSync, cpSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readRecord, statePaths } from '../../src/service/base/paths'
import type { TempState } from './tempState'
import { until } from './until'

export interface OwnServiceOptions {
  /** Words before the service's own, such as `['setpriv', '--reuid=65534']`. */
  wrapper?: readonly string[]
  env?: Readonly<Record<string, string>>
  /** Whose it is; only root may ask for another than itself. */
  uid?: number
  /** Other than that of this version. */
  bundle?: string
  version?: string
}

/** Resolves with its pid when windows can find it. */
export async function startOwnService(state: TempState, options: OwnServiceOptions = {}): Promise<number> {
  const { wrapper = [], env = {}, uid, version = '1.0.0' } = options
  const paths = statePaths(state.folder)
  const earlier = readRecord(paths)?.pid // of one that was killed
  const bundle = join(state.folder, 'service.cjs')
  cpSync(options.bundle ?? resolve('dist/service.cjs'), bundle)
  cpSync(resolve('dist/runner.cjs'), join(state.folder, 'runner.cjs'))
  cpSync(resolve('dist/python'), join(state.folder, 'python'), { recursive: true })
  const log = openSync(paths.log, 'a', 0o600)
  if (uid !== undefined) for (const path of [state.folder, paths.log]) chownSync(path, uid, uid)
  const [program = '', ...args] = [...wrapper, process.execPath, bundle, state.folder, version]
  const child = spawn(program, args, {
    cwd: state.folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
  })
  closeSync(log)
  child.unref()
  const ours = () => {
    const pid = readRecord(paths)?.pid
    return pid === earlier ? undefined : pid
  }
  return until(ours, 30_000, 'the job service')
}

/** The same with at most so many open files, runners too. */
export function withOpenFiles(count: number): readonly string[] {
  return ['sh', '-c', `ulimit -n ${count} && exec "$0" "$@"`]
}
