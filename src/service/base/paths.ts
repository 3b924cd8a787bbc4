// Where the job service keeps its things and how a client finds it.
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileSystemOf } from './fileSystems'
import { thisMachine } from './machineId'
import { isFolder, moveAside } from './moveAside'

/** Longest socket path, without the closing NUL: sun_path of unix(7) on Linux; macOS has 104. */
const MAX_SOCKET_PATH = process.platform === 'darwin' ? 103 : 107

/** Of this user, who need not have a name: `userInfo` throws in a container that runs as a number alone. Not on Windows. */
function ownUid(): number | undefined {
  return process.geteuid?.()
}

/** Where a program of this user keeps its state on this machine, whichever flavour of VS Code asks. */
export function baseFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support')
  const { XDG_STATE_HOME: chosen = '' } = env
  // a relative one is to be ignored by the specification; a snap's is another one with each of its versions
  const isUsable = isAbsolute(chosen) && !(env.SNAP_NAME && /\/snap\//.test(chosen))
  return isUsable ? chosen : join(homedir(), '.local', 'state')
}

/** The state folder: `storageFolder` when set, else the platform's, but never on a network file system. */
export function stateFolder(storageFolder = '', env: NodeJS.ProcessEnv = process.env): string {
  if (storageFolder) return storageFolder
  const folder = join(baseFolder(env), 'headless-jobs', thisMachine(env).id)
  if (process.platform !== 'win32' && fileSystemOf(folder) === 'network') return `/var/tmp/headless-jobs-${ownUid()}`
  return folder
}

/** Whether other machines may see a state folder. */
export function isShared(state: string): boolean {
  return fileSystemOf(state) !== 'local'
}

/** On a disk of this machine, for what a shared folder cannot hold: a lock, a socket. */
function machineFolder(state: string): string {
  const name = shortHash(`${state} ${thisMachine().id}`)
  if (process.platform === 'win32') return join(baseFolder(process.env), 'headless-jobs', `machine-${name}`)
  return `/var/tmp/headless-jobs-${ownUid()}-${name}`
}

/** Where Linux has a file system in memory that everybody may use. */
const SHARED_MEMORY = '/dev/shm'

/** For large arrays: in memory where there is a file system for that, else in the spool folder. */
function arraysFolder(state: string, spool: string): string {
  if (process.platform !== 'linux' || !existsSync(SHARED_MEMORY)) return spool
  return join(SHARED_MEMORY, `headless-jobs-${ownUid()}-${shortHash(state)}`)
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** The parts of a state folder. */
export function statePaths(state: string) {
  const spool = join(state, 'spool')
  const machine = isShared(state) ? machineFolder(state) : state
  return {
    state,
    /** What only this machine may see: the state folder itself unless that is shared. */
    machine,
    lock: join(machine, 'lock.sqlite'),
    /** Of a shared folder: which machine holds it. */
    holder: join(state, 'holder.json'),
    store: join(state, 'jobs.sqlite'),
    spool,
    arrays: arraysFolder(state, spool),
    log: join(state, 'service.log'),
    /** How clients find the service that runs: a `ServiceRecord`, readable by its user alone. */
    record: join(state, 'service.json'),
    /** Why a service could not start, in one sentence, for the window that has started it. */
    failure: join(state, 'service.failed'),
    /** By what hosts and clusters know the services of this folder. */
    installation: join(state, 'installation'),
    /** What the last service left to do; see `leftWork`. */
    left: join(state, 'service.left'),
    /** Copies of the service's bundle, one per version: an update deletes the extension's old folder. */
    bundles: join(state, 'bundles'),
  }
}

/** Folders in which the file of an array may be, the preferred one first. */
export function arrayFolders({ arrays, spool }: { arrays: string; spool: string }): string[] {
  return arrays === spool ? [spool] : [arrays, spool]
}

/** For reading, wherever it is by now: at any moment it is in one of the two. */
export function openArrayFile(name: string, { arrays, spool }: { arrays: string; spool: string }): Promise<FileHandle> {
  return open(join(arrays, name), 'r').catch(() => open(join(spool, name), 'r'))
}

export type StatePaths = ReturnType<typeof statePaths>

/** With less free space than this, writing is not tried. */
const MIN_FREE_BYTES = 256 * 1024

/** Whether the disk of a folder has room; also `true` where that is unknown: an attempt will show it. */
export function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= MIN_FREE_BYTES
  } catch {
    return true
  }
}

/** A folder of the service cannot be used until the user has done something about it. */
export class UnusableFolderError extends Error {}

/** Makes the folders, readable by their user alone; refuses one of another user. */
export function makeFolders(paths: StatePaths): void {
  if (existsSync(paths.state) && !isFolder(paths.state)) {
    throw new UnusableFolderError(
      `${paths.state} is a file, and a folder is needed there; remove it or choose another with the setting headlessJobs.storageFolder.`,
    )
  }
  mkdirSync(paths.state, { recursive: true, mode: 0o700 })
  for (const folder of [paths.spool, paths.arrays, paths.bundles]) {
    if (existsSync(folder) && !isFolder(folder)) moveAside(folder)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
  mkdirSync(paths.machine, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return
  refuseOpen(paths.state)
  if (paths.machine !== paths.state) refuseForeign(paths.machine)
  for (const folder of [paths.spool, paths.bundles]) makePrivateFolder(folder)
  if (paths.arrays !== paths.spool) refuseForeign(paths.arrays)
}

/**
 * Where the service listens. The name of a pipe of Windows is random, since anybody may take one that he can guess before
 * the service does; windows read it in the record. The socket has a short path of its own folder, since socket paths are short; it is
 * chosen by the service alone and written to the record, because each client has its own temp folder.
 */
export function socketPath({ state, machine }: StatePaths): string {
  if (process.platform === 'win32') return pipeName()
  const name = shortHash(state)
  const inState = join(machine, 'socket')
  if (Buffer.byteLength(inState) <= MAX_SOCKET_PATH) return inState
  const folder = join(process.env.XDG_RUNTIME_DIR || tmpdir(), `headless-jobs-${name}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  refuseForeign(folder)
  return join(folder, 'socket')
}

/** In a folder that others may write to, they could exchange what the service runs and what windows believe. */
function refuseOpen(folder: string): void {
  const { uid, mode } = statSync(folder)
  const why =
    uid !== ownUid()
      ? `belongs to user ${uid}`
      : (mode & 0o022) !== 0
        ? 'can be written to by other users (`chmod go-w` takes that away)'
        : undefined
  if (why === undefined) return
  throw new UnusableFolderError(
    `The folder ${folder} ${why}; choose another with the setting headlessJobs.storageFolder.`,
  )
}

/** Of ours, in a folder that its user may have made for others to see. */
function makePrivateFolder(folder: string): void {
  const { uid, mode } = statSync(folder)
  if (uid !== ownUid()) throw new UnusableFolderError(`The folder ${folder} belongs to user ${uid}; remove it.`)
  if ((mode & 0o077) !== 0) chmodSync(folder, 0o700)
}

export function pipeName(): string {
  return `\\\\.\\pipe\\headless-jobs-${randomBytes(16).toString('hex')}`
}

/** In a folder that everybody may write to, another user may have created it first. */
function refuseForeign(folder: string): void {
  const { uid, mode } = statSync(folder)
  if (uid !== ownUid() || (mode & 0o077) !== 0) {
    throw new UnusableFolderError(`The folder ${folder} is not private to this user; remove it and start again.`)
  }
}

/** How clients find and enter the service that runs. */
export interface ServiceRecord {
  pid: number
  socket: string
  /** By it both sides prove that they can read this user's files; it is never sent. */
  token: string
  version: string
}

export function writeRecord(paths: StatePaths, record: ServiceRecord): void {
  if (isFolder(paths.record)) moveAside(paths.record)
  const part = `${paths.record}.${process.pid}`
  try {
    writeFileSync(part, JSON.stringify(record), { mode: 0o600 })
    renameSync(part, paths.record)
  } catch (error) {
    rmSync(part, { force: true }) // a full disk leaves half of it
    throw error
  }
}

/** Whether another user has put a file into a folder that was opened to him. */
function isForeign(file: string, folder: string): boolean {
  return process.platform !== 'win32' && lstatSync(file).uid !== statSync(folder).uid
}

export function readRecord(paths: StatePaths): ServiceRecord | undefined {
  try {
    if (isForeign(paths.record, paths.state)) return undefined
    const record = JSON.parse(readFileSync(paths.record, 'utf8')) as Partial<ServiceRecord>
    const { pid, socket, token, version } = record
    if (typeof pid !== 'number' || typeof socket !== 'string' || typeof token !== 'string') return undefined
    return { pid, socket, token, version: String(version) }
  } catch {
    return undefined // none yet, or one that a crash cut short: start a service
  }
}
