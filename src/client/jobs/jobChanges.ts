// The events about all jobs of this window: their changes, coalesced, and their ends.
import type { Event, JobInfo } from '../../api'
import { UPDATE_INTERVAL_MS } from '../../core/protocol/limits'
import { Emitter } from '../base/emitter'

export class JobChanges {
  readonly #changes: Emitter<readonly JobInfo[]>
  readonly #ends: Emitter<readonly JobInfo[]>
  #pending = new Map<string, JobInfo>()
  #timer: NodeJS.Timeout | undefined

  constructor(log: (message: string) => void) {
    this.#changes = new Emitter(error => log(`A listener of onDidChangeJobs threw: ${String(error)}`))
    this.#ends = new Emitter(error => log(`A listener of ended jobs threw: ${String(error)}`))
  }

  get onDidChange(): Event<readonly JobInfo[]> {
    return this.#changes.event
  }

  get onDidEnd(): Event<readonly JobInfo[]> {
    return this.#ends.event
  }

  /** @param info a function where making the facts costs time: it is called only if there are listeners */
  changed(info: JobInfo | (() => JobInfo)): void {
    if (!this.#changes.hasListeners) return
    const facts = typeof info === 'function' ? info() : info
    this.#pending.set(facts.id, facts)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const infos = [...this.#pending.values()]
      this.#pending = new Map()
      this.#changes.fire(infos)
    }, UPDATE_INTERVAL_MS)
  }

  ended(jobs: readonly { info: JobInfo }[]): void {
    if (this.#ends.hasListeners) this.#ends.fire(jobs.map(({ info }) => info))
  }
}
