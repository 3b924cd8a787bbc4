// Looks every two seconds for the files and folders that the job service, its runners and its windows expect to find,
// and makes again what somebody has removed: cleaners of temp folders do.
import type { Server } from 'node:net'
import { inodeOf } from '../base/inode'
import { makeFolders, readRecord, type ServiceRecord, type StatePaths, socketPath, writeRecord } from '../base/paths'
import type { KeptBundle } from './keptBundle'
import { type Lock, takeLock } from './lock'
import type { ServiceLog } from './serviceLog'

const LOOK_MS = 2000

export interface KeptThings {
  readonly paths: StatePaths
  readonly record: ServiceRecord
  readonly bundle: KeptBundle
  readonly log: ServiceLog
  server: Server
  lock: Lock
  /** Listens on the socket anew. */
  listen(): Promise<Server>
  /** The store is there, or has been made again. */
  keepStore(): void
  /** Another service has the lock of a folder that was ours: this one starts nothing more. */
  makeWay(): void
}

export class KeepThere {
  readonly #things: KeptThings
  readonly #timer: NodeJS.Timeout
  #socket: string | undefined
  #folder: string | undefined
  /** What has failed is said once. */
  readonly #said = new Set<string>()
  #isLooking = false
  #isStopped = false

  constructor(things: KeptThings) {
    this.#things = things
    this.#socket = inodeOf(things.record.socket)
    this.#folder = inodeOf(things.paths.state)
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    const { bundle, log, keepStore } = this.#things
    await this.#try('folders', () => this.#keepFolders())
    await this.#try('log', () => log.keep())
    await this.#try('lock', () => this.#keepLock())
    if (!this.#isStopped) {
      await this.#try('bundle', () => bundle.keep() && this.#tell('The copy of the program'))
      await this.#try('store', keepStore)
      await this.#try('socket', () => this.#keepSocket())
      await this.#try('record', () => this.#keepRecord())
    }
    this.#isLooking = false
  }

  /** A full disk, say: the next look tries again. */
  async #try(what: string, step: () => unknown): Promise<void> {
    try {
      await step()
      this.#said.delete(what)
    } catch (error) {
      if (!this.#said.has(what)) console.log(`What is kept there (${what}) failed: ${(error as Error).message}`)
      this.#said.add(what)
    }
  }

  #tell(what: string): void {
    console.log(`${new Date().toISOString()} ${what} had been removed and was made again.`)
  }

  #keepFolders(): void {
    const { paths } = this.#things
    makeFolders(paths)
    const folder = inodeOf(paths.state)
    if (folder === this.#folder) return
    this.#folder = folder
    process.chdir(paths.state) // where it was is gone
    this.#tell(`The folder ${paths.state}`)
  }

  /** Without its file, nobody would see that the lock is taken. */
  #keepLock(): void {
    const { lock, paths, makeWay } = this.#things
    if (lock.isThere) return
    const next = takeLock(paths.lock)
    if (next) {
      this.#things.lock = next
      lock.release()
      this.#tell(`The lock ${paths.lock}`)
    } else {
      this.stop() // what lies there now is another's
      console.log(
        `The lock ${paths.lock} had been removed, and another job service has it: this one starts nothing more.`,
      )
      makeWay()
    }
  }

  /** Connections live on; only the way in is made again. */
  async #keepSocket(): Promise<void> {
    const { record, paths, listen } = this.#things
    if (process.platform === 'win32' || inodeOf(record.socket) === this.#socket) return
    this.#things.server.close() // first: it removes what lies at its path
    socketPath(paths.state) // makes its folder
    this.#things.server = await listen()
    this.#socket = inodeOf(record.socket)
    this.#tell(`The socket ${record.socket}`)
  }

  #keepRecord(): void {
    const { record, paths } = this.#things
    const found = readRecord(paths)
    if (found?.pid === record.pid && found.token === record.token && found.socket === record.socket) return
    writeRecord(paths, record)
    this.#tell(`The record ${paths.record}`)
  }
}
