// numpy for tests that show it in use: the machine's own, or one in .vscode-test/, installed with pip on first need.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './tools'

const INSTALL_LIMIT_MS = 120_000

const python = (args: string[], env: Record<string, string> = {}) =>
  spawnSync('python3', args, { encoding: 'utf8', timeout: INSTALL_LIMIT_MS, env: { ...process.env, ...env } })

const hasNumpy = (env: Record<string, string>) => python(['-c', 'import numpy'], env).status === 0

/** Variables with which python3 has numpy; `undefined` where it cannot be installed, without a network say. */
export function numpyEnvironment(): Record<string, string> | undefined {
  if (hasNumpy({})) return {}
  const tag = python(['-c', 'import sys; print(sys.implementation.cache_tag)']).stdout.trim()
  const folder = join(root, '.vscode-test', `numpy-${tag}`)
  if (!existsSync(folder)) install(folder)
  const env = { PYTHONPATH: folder }
  return hasNumpy(env) ? env : undefined
}

/** In a folder that is renamed when whole, so that an interrupted one is never taken for it. */
function install(folder: string): void {
  console.log('Installing numpy with pip into .vscode-test …')
  const part = `${folder}.${process.pid}`
  mkdirSync(part, { recursive: true })
  const { status, stderr } = python([
    '-m',
    'pip',
    'install',
    '--quiet',
    '--only-binary',
    ':all:',
    '--target',
    part,
    'numpy',
  ])
  if (status === 0 && !existsSync(folder)) renameSync(part, folder)
  else rmSync(part, { recursive: true, force: true })
  if (status !== 0) console.log(`The samples that need numpy are skipped: ${stderr}`)
}
