// Starts the job service: from a copy of its bundle, detached, with the editor's own runtime. The only file of this
// folder that starts a process. Runs in the window.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { makeFolders, statePaths } from '../service/paths'

/** A log that has grown beyond this starts anew. */
const MAX_LOG_BYTES = 1024 * 1024

/** An update deletes the extension's old folder while its service may still run: it runs from a copy. */
function copyBundle(bundle: string, bundles: string): string {
  const hash = createHash('sha256').update(readFileSync(bundle)).digest('hex').slice(0, 16)
  const file = join(bundles, `service-${hash}.cjs`)
  if (existsSync(file)) return file
  mkdirSync(bundles, { recursive: true, mode: 0o700 })
  const part = `${file}.${process.pid}`
  copyFileSync(bundle, part)
  renameSync(part, file)
  return file
}

export interface StartOptions {
  /** `dist/service.cjs`. */
  bundle: string
  stateFolder: string
  version: string
}

/** Starts a service; it ends at once by itself when another one holds the lock of the state folder. */
export function startService({ bundle, stateFolder, version }: StartOptions): void {
  const paths = statePaths(stateFolder)
  makeFolders(paths)
  const copy = copyBundle(bundle, paths.bundles)
  if (existsSync(paths.log) && statSync(paths.log).size > MAX_LOG_BYTES) rmSync(paths.log, { force: true })
  const log = openSync(paths.log, 'a', 0o600)
  try {
    const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
    delete env.NODE_OPTIONS // a debugger's or a preload's of the window
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', copy, stateFolder, version], {
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
