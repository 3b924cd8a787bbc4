// Counts the crashes of a pool's workers: after too many in a row the pool is stopped, so that a script that cannot
// work does not fail a long queue of jobs, one process each.
import type { JobError } from '../../api'
import { endError } from '../../core/jobs/job'
import type { RunEnd } from '../../run/base/runTypes'

/** As many crashes within this time stop a pool. */
export const MAX_CRASHES = 5
export const CRASH_WINDOW_MS = 10_000

export class Crashes {
  #times: number[] = []
  #stopped: { lastSeq: number; error: JobError } | undefined

  /**
   * @param lastSeq of the jobs that there are by now
   * @param at on a monotonic clock in milliseconds
   */
  add(pool: string, end: RunEnd, lastSeq: number, at = performance.now()): void {
    this.#times = [...this.#times.filter(time => at - time < CRASH_WINDOW_MS), at]
    if (this.#times.length < MAX_CRASHES) return
    this.#times = []
    const message = `The workers of "${pool}" ended unexpectedly ${MAX_CRASHES} times within ${CRASH_WINDOW_MS / 1000} seconds, so its queued jobs were not started: mend the script, then rerun them. The last one: ${endError(end).message}`
    this.#stopped = { lastSeq, error: { kind: 'start', message } }
  }

  /** A job that was submitted after the pool had been stopped may try again. */
  stoppedFor(seq: number): JobError | undefined {
    return this.#stopped && seq <= this.#stopped.lastSeq ? this.#stopped.error : undefined
  }
}
