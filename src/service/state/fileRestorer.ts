// Checks every two seconds that the files and folders which the job service, its runners and its windows need exist, and
// restores what was removed, as cleaners of temp folders do.
import type { Server } from 'node:net'
import { inodeOf } from '../base/inode'
import { makeFolders, readRecord, type ServiceRecord, type StatePaths, socketPath, writeRecord } from '../base/paths'
import type { Holder } from './holder'
import type { KeptBundle } from './keptBundle'
import { acquireLock, type Lock } from './lock'
import type { ServiceLog } from './serviceLog'

const CHECK_INTERVAL_MS = 2000

export interface RestorableFiles {
  readonly paths: StatePaths
  readonly record: ServiceRecord
  readonly bundle: KeptBundle
  readonly log: ServiceLog
  server: Server
  lock: Lock
  readonly holder: Holder
  /** Listens on the socket again. */
  listen(): Promise<Server>
  /** Restores the file of the store if it was removed. */
  keepStore(): void
  /** Another service has the lock of a folder that was ours: this one starts nothing more. */
  giveUp(): void
}

export class FileRestorer {
  readonly #files: RestorableFiles
  readonly #timer: NodeJS.Timeout
  #socket: string | undefined
  #folder: string | undefined
  /** What has failed is logged once. */
  readonly #failed = new Set<string>()
  #isChecking = false
  #isStopped = false

  constructor(files: RestorableFiles) {
    this.#files = files
    this.#socket = inodeOf(files.record.socket)
    this.#folder = inodeOf(files.paths.state)
    this.#timer = setInterval(() => void this.#check(), CHECK_INTERVAL_MS)
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
  }

  async #check(): Promise<void> {
    if (this.#isChecking || !this.#files.holder.isHeld()) return
    this.#isChecking = true
    const { bundle, log, keepStore } = this.#files
    await this.#try('folders', () => this.#keepFolders())
    await this.#try('log', () => log.keep())
    await this.#try('lock', () => this.#keepLock())
    if (!this.#isStopped) {
      await this.#try('bundle', () => bundle.keep() && this.#logRestored('The copy of the program'))
      await this.#try('store', keepStore)
      await this.#try('socket', () => this.#keepSocket())
      await this.#try('record', () => this.#keepRecord())
    }
    this.#isChecking = false
  }

  /** What fails, on a full disk for instance, is tried again by the next check. */
  async #try(what: string, step: () => unknown): Promise<void> {
    try {
      await step()
      this.#failed.delete(what)
    } catch (error) {
      if (!this.#failed.has(what)) console.log(`What is kept there (${what}) failed: ${(error as Error).message}`)
      this.#failed.add(what)
    }
  }

  #logRestored(what: string): void {
    console.log(`${new Date().toISOString()} ${what} had been removed and was made again.`)
  }

  #keepFolders(): void {
    const { paths } = this.#files
    makeFolders(paths)
    const folder = inodeOf(paths.state)
    if (folder === this.#folder) return
    this.#folder = folder
    process.chdir(paths.state) // the former one does not exist any more
    this.#logRestored(`The folder ${paths.state}`)
  }

  /**
   * Without its file, another service could not see that the folder is locked. One that has just taken the new file gives it back
   * when it finds this one at the socket.
   */
  #keepLock(): void {
    const { lock, paths, giveUp } = this.#files
    if (lock.isThere) return
    const next = acquireLock(paths.lock)
    if (next) {
      this.#files.lock = next
      lock.release()
      this.#logRestored(`The lock ${paths.lock}`)
    } else if (!this.#hasSocket) {
      this.stop() // what is there now belongs to another service
      console.log(
        `The lock ${paths.lock} had been removed, and another job service has it: this one starts nothing more.`,
      )
      giveUp()
    }
  }

  /** Whether its file is still ours; Windows has none. */
  get #hasSocket(): boolean {
    return process.platform === 'win32' || inodeOf(this.#files.record.socket) === this.#socket
  }

  /** Connections stay open; only the socket for new ones is made again. */
  async #keepSocket(): Promise<void> {
    const { record, paths, listen } = this.#files
    if (this.#hasSocket) return
    this.#files.server.close() // first: it removes the file at its path
    socketPath(paths) // makes its folder
    this.#files.server = await listen()
    this.#socket = inodeOf(record.socket)
    this.#logRestored(`The socket ${record.socket}`)
  }

  #keepRecord(): void {
    const { record, paths } = this.#files
    const found = readRecord(paths)
    if (found?.pid === record.pid && found.token === record.token && found.socket === record.socket) return
    writeRecord(paths, record)
    this.#logRestored(`The record ${paths.record}`)
  }
}
