// The end of the job service by request of a window: to start anew, also with a new store.
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { StatePaths } from '../base/paths'
import { companions } from '../store/storeFile'

export class Ending {
  /** Resolves with the reason when the service is to end now, whatever runs. */
  readonly requested: Promise<string>
  readonly #request: (why: string) => void
  #aside: string | undefined

  constructor() {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.requested = promise
    this.#request = resolve
  }

  restart(): void {
    this.#request('a window has asked for a restart')
  }

  /** @returns the folder in which the store will be */
  moveStoreAside({ state }: StatePaths): string {
    this.#aside ??= join(state, `aside-${new Date().toISOString().replace(/[:.]/g, '-')}`)
    this.#request(`a window has asked to move the store of jobs to ${this.#aside}`)
    return this.#aside
  }

  /** When the store is closed; what a result is a file of goes with it. */
  storeClosed({ store, spool }: StatePaths): void {
    const folder = this.#aside
    if (folder === undefined) return
    mkdirSync(folder, { mode: 0o700 })
    for (const path of [store, ...companions.map(ending => store + ending), spool])
      if (existsSync(path)) renameSync(path, join(folder, basename(path)))
    console.log(`The store of jobs is in ${folder} now.`)
  }
}
