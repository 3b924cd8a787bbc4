// Starts the job service: from a copy of its bundle, detached, with the editor's own runtime. The only file of this
// folder that starts a process.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isFolder, moveAside } from '../../service/base/moveAside'
import { makeFolders, statePaths } from '../../service/base/paths'

/**
 * The service needs a heap of a few megabytes, and starting a process takes longer the more memory its parent has: by
 * default V8 lets garbage grow to 100 MB before it collects, and while it marks in steps it lets it grow further. Here it
 * collects when the heap has grown by a third, at once: that takes about a millisecond for each megabyte in use.
 */
const SMALL_HEAP = [
  '--max-semi-space-size=2',
  '--heap-growing-percent=30',
  '--no-incremental-marking',
  '--single-threaded-gc',
  '--v8-pool-size=1',
]

/** What lies beside the bundle: that of a runner, and the helper for worker scripts. */
const RUNNER = 'runner.cjs'
const PYTHON = 'python'

/** An update deletes the extension's old folder while its service may still run: that and its runners run from a copy. */
function copyBundle(bundle: string, bundles: string): string {
  const name = basename(bundle)
  const files = [name, RUNNER, ...modulesIn(dirname(bundle))]
  const hash = hashOf(dirname(bundle), files)
  const folder = join(bundles, hash.slice(0, 16))
  if (!isWhole(folder, files, hash)) {
    const part = `${folder}.${process.pid}`
    mkdirSync(part, { recursive: true, mode: 0o700 })
    for (const file of files) cpSync(join(dirname(bundle), file), join(part, file))
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true })
    moveInto(part, folder)
  }
  return join(folder, name)
}

function modulesIn(folder: string): string[] {
  const names = readdirSync(join(folder, PYTHON), { recursive: true, encoding: 'utf8' })
  return names
    .filter(name => name.endsWith('.py'))
    .map(name => join(PYTHON, name))
    .sort()
}

function hashOf(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(folder, file)))
  return hash.digest('hex')
}

/** A copy may be incomplete: interrupted, or with files removed since. */
function isWhole(folder: string, files: readonly string[], hash: string): boolean {
  try {
    return hashOf(folder, files) === hash
  } catch {
    return false
  }
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

/** For developers: the port where a debugger finds the service; its runners take the ports that follow. */
function inspectFlags(): string[] {
  const port = process.env.HEADLESS_JOBS_INSPECT
  return port ? [`--inspect=127.0.0.1:${port}`] : []
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
  const flags = inspectFlags()
  const program = flags.length > 0 ? bundle : copyBundle(bundle, paths.bundles) // a copy has no source map
  rmSync(paths.failure, { recursive: true, force: true }) // of an earlier attempt
  if (isFolder(paths.log)) moveAside(paths.log)
  const log = openSync(paths.log, 'a', 0o600)
  try {
    const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
    delete env.NODE_OPTIONS // a debugger's or a preload's of the window
    if (!plain) flags.push('--disable-warning=ExperimentalWarning', ...SMALL_HEAP)
    const child = spawn(process.execPath, [...flags, program, stateFolder, version], {
      cwd: stateFolder,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log, log],
      env,
    })
    child.on('error', () => undefined) // noticed by the probes, which find no service
    child.unref()
  } finally {
    closeSync(log)
  }
}
