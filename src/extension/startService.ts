// Starts the job service: from a copy of its bundle, detached, with the editor's own runtime. The only file of this
// folder that starts a process. Runs in the window.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { makeFolders, statePaths } from '../service/paths'

/** A log that has grown beyond this starts anew. */
const MAX_LOG_BYTES = 1024 * 1024

/**
 * The service lives on a heap of a few megabytes, and the time that starting a job takes grows with the memory of whoever
 * starts it: left alone, V8 lets garbage grow to 100 MB before it collects.
 */
const SMALL_HEAP = ['--max-semi-space-size=1', '--single-threaded-gc', '--v8-pool-size=1']

/** The helper for worker scripts, which lies beside the bundle. */
const PYTHON = 'python'

/** An update deletes the extension's old folder while its service may still run: it runs from a copy. */
function copyBundle(bundle: string, bundles: string): string {
  const python = join(dirname(bundle), PYTHON)
  const modules = readdirSync(python, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.py'))
  const hash = createHash('sha256').update(readFileSync(bundle))
  for (const name of modules.sort()) hash.update(name).update(readFileSync(join(python, name)))
  const folder = join(bundles, hash.digest('hex').slice(0, 16))
  if (!existsSync(folder)) {
    const part = `${folder}.${process.pid}`
    mkdirSync(part, { recursive: true, mode: 0o700 })
    copyFileSync(bundle, join(part, basename(bundle)))
    for (const name of modules) cpSync(join(python, name), join(part, PYTHON, name))
    moveInto(part, folder)
  }
  return join(folder, basename(bundle))
}

/** Another window may have been faster, with the same content. */
function moveInto(part: string, folder: string): void {
  try {
    renameSync(part, folder)
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}

export interface StartOptions {
  /** `dist/service.cjs`. */
  bundle: string
  stateFolder: string
  version: string
  /** Without flags that the runtime may not know; for a second try. */
  plain?: boolean
}

/** Starts a service; it ends at once by itself when another one holds the lock of the state folder. */
export function startService({ bundle, stateFolder, version, plain = false }: StartOptions): void {
  const paths = statePaths(stateFolder)
  makeFolders(paths)
  const copy = copyBundle(bundle, paths.bundles)
  if (existsSync(paths.log) && statSync(paths.log).size > MAX_LOG_BYTES) rmSync(paths.log, { force: true })
  const log = openSync(paths.log, 'a', 0o600)
  try {
    const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
    delete env.NODE_OPTIONS // a debugger's or a preload's of the window
    const flags = plain ? [] : ['--disable-warning=ExperimentalWarning', ...SMALL_HEAP]
    const child = spawn(process.execPath, [...flags, copy, stateFolder, version], {
      cwd: stateFolder,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log, log],
      env,
    })
    child.on('error', () => undefined) // told by the connection that does not come
    child.unref()
  } finally {
    closeSync(log)
  }
}
