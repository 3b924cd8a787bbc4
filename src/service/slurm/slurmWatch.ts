// Asks Slurm what has become of the jobs of a queue: one question for all, soon after a change, seldom when nothing happens.
import type { PlaceQueueConfig } from '../../core/jobs/queueConfig'
import { reasonOf } from '../../run/base/startError'
import { type AllocationState, readStates, squeueWords } from './slurmCommands'
import { runSlurm } from './slurmShell'

/** `HEADLESS_JOBS_SLURM_SECONDS` shortens it in tests. */
const FIRST_LOOK_MS = Number(process.env.HEADLESS_JOBS_SLURM_SECONDS ?? 2) * 1000
const LONGEST_LOOK_MS = 60_000
const LOOK_FACTOR = 1.5

export interface SlurmWatchHost {
  /** Whether there is anything to ask for. */
  isNeeded(): boolean
  /**
   * Asks, and does what follows from the answer.
   * @param askedAt by `performance.now()`: what began later need not be in it
   * @throws Error with a sentence when there is no answer, which says nothing of the jobs
   */
  look(askedAt: number): Promise<void>
  onSilence(why: string): void
}

export class SlurmWatch {
  readonly #host: SlurmWatchHost
  #pauseMs = FIRST_LOOK_MS
  #timer: NodeJS.Timeout | undefined
  #dueAt = 0
  #isLooking = false
  #isSilent = false
  #isClosed = false

  constructor(host: SlurmWatchHost) {
    this.#host = host
  }

  /** Something has changed, or is about to. */
  lookSoon(ms = FIRST_LOOK_MS): void {
    if (this.#isSilent && this.#timer) return // who is busy is not asked more often
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
    try {
      await this.#host.look(performance.now())
      this.#isSilent = false
    } catch (error) {
      this.#isSilent = true
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

/**
 * @param name of jobs of Slurm
 * @returns what is known of them, by their ids
 * @throws LaunchError with a sentence
 */
export async function askStates(
  name: string,
  via: PlaceQueueConfig | undefined,
): Promise<ReadonlyMap<string, AllocationState>> {
  const states = readStates(await runSlurm(squeueWords(name), via))
  return new Map(states.map(state => [state.id, state]))
}
