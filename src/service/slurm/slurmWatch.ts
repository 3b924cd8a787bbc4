// Asks Slurm what has become of the allocations of a queue: one question for all, soon after a change, seldom when nothing happens.
import { reasonOf } from '../../run/base/startError'
import { type AllocationState, readStates, squeueWords } from './slurmCommands'

const FIRST_LOOK_MS = 2000
const LONGEST_LOOK_MS = 60_000
const LOOK_FACTOR = 1.5

export interface SlurmWatchHost {
  /** Of the jobs of Slurm. */
  readonly name: string
  /** Whether there is anything to ask for. */
  isNeeded(): boolean
  /** @returns what it printed @throws Error with a sentence */
  run(words: readonly string[]): Promise<string>
  /** @param askedAt by `performance.now()`: what began later need not be in it */
  onStates(states: ReadonlyMap<string, AllocationState>, askedAt: number): void
  /** There is no answer, which says nothing of the allocations. */
  onSilence(why: string): void
}

export class SlurmWatch {
  readonly #host: SlurmWatchHost
  #pauseMs = FIRST_LOOK_MS
  #timer: NodeJS.Timeout | undefined
  #dueAt = 0
  #isLooking = false
  #isClosed = false

  constructor(host: SlurmWatchHost) {
    this.#host = host
  }

  /** Something has changed, or is about to. */
  lookSoon(ms = FIRST_LOOK_MS): void {
    this.#pauseMs = FIRST_LOOK_MS
    const isSoon = this.#timer && this.#dueAt <= Date.now() + ms
    if (!this.#isLooking && !isSoon) this.#lookIn(ms)
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#isClosed) return
    this.#dueAt = Date.now() + ms
    this.#timer = setTimeout(() => void this.#look(), ms)
  }

  async #look(): Promise<void> {
    this.#timer = undefined
    this.#isLooking = true
    const askedAt = performance.now()
    try {
      const states = readStates(await this.#host.run(squeueWords(this.#host.name)))
      if (!this.#isClosed) this.#host.onStates(new Map(states.map(state => [state.id, state])), askedAt)
    } catch (error) {
      if (!this.#isClosed) this.#host.onSilence(reasonOf(error))
    }
    this.#isLooking = false
    if (this.#host.isNeeded()) this.#lookIn(this.#pauseMs)
    this.#pauseMs = Math.min(LONGEST_LOOK_MS, this.#pauseMs * LOOK_FACTOR)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }
}
