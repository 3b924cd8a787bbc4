// A temporary folder for the state of one test, and the end of a job service that was started in it.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRecord, stateFolder, statePaths } from '../../src/service/base/paths'
import { until } from './until'

export interface TempState {
  /** Short, since paths of sockets end at about 100 bytes. */
  readonly folder: string
  /** What makes a process keep its state in there and nowhere else. */
  readonly env: Readonly<Record<string, string>>
  /** Pids of the job services that say they live there. */
  servicePids(): number[]
  /** Ends the job services that live there, waits until they are gone, and removes what they have kept by that environment. */
  clear(): Promise<void>
  /** The same, with the folder. */
  remove(): Promise<void>
}

/** Makes a fresh folder; nothing of the developer's own state is seen or touched from within it. */
export function makeTempState(): TempState {
  const folder = mkdtempSync(join(tmpdir(), 'hj-'))
  const servicePids = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('service.json'))
      .map(path => pidIn(join(folder, path)))
      .filter((pid): pid is number => pid !== undefined && isAlive(pid) && belongsTo(pid, folder))
  const ofEnvironment = stateFolder('', environmentFor(folder))
  const removeFolder = (path: string) => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  const clear = async () => {
    await Promise.all(servicePids().map(end))
    // what a service that was killed had in memory
    for (const state of [folder, ofEnvironment]) removeFolder(statePaths(state).arrays)
    removeFolder(ofEnvironment)
  }
  return {
    folder,
    env: environmentFor(folder),
    servicePids,
    clear,
    async remove() {
      await clear()
      removeFolder(folder)
    },
  }
}

function environmentFor(folder: string): Record<string, string> {
  if (process.platform === 'win32') return { LOCALAPPDATA: folder }
  return { XDG_STATE_HOME: folder, XDG_RUNTIME_DIR: folder, ...(process.platform === 'darwin' ? { HOME: folder } : {}) }
}

/** A pid in a file may belong to another process by now: Linux shows whose it is, elsewhere the file is trusted. */
function belongsTo(pid: number, folder: string): boolean {
  if (process.platform !== 'linux') return true
  try {
    return ['cmdline', 'environ'].some(name => readFileSync(`/proc/${pid}/${name}`, 'utf8').includes(folder))
  } catch {
    return false // it has just ended
  }
}

function pidIn(file: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid?: unknown }
    return typeof pid === 'number' && pid > 0 && pid !== process.pid ? pid : undefined
  } catch {
    return undefined // it is just being written or removed by a service that ends
  }
}

/** Whether a process with this pid is there and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
  } catch {
    return process.platform !== 'linux'
  }
}

/** Linux: the process that has started it; of one of a job's, its runner. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** Sends SIGTERM, and after twenty seconds SIGKILL; resolves when the process is gone. */
async function end(pid: number): Promise<void> {
  sendSignal(pid, 'SIGTERM')
  try {
    await until(() => !isAlive(pid), 20_000, `the end of the job service ${pid}`)
  } catch {
    sendSignal(pid, 'SIGKILL')
    await until(() => !isAlive(pid), 20_000, `the forced end of the job service ${pid}`)
  }
}

/** @returns whether it was there still: it may have ended since it was found */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** @returns whether there was a job service */
export function killService(folder: string): boolean {
  const pid = readRecord(statePaths(folder))?.pid ?? 0
  return isAlive(pid) && sendSignal(pid, 'SIGKILL')
}

/** Of this machine, also of a sandbox on it: who has this in his environment. */
export function processesWith(entry: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => {
      try {
        return pid > 0 && isAlive(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(entry)
      } catch {
        return false
      }
    })
}
