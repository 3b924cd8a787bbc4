// What a window makes of a job service that it does not reach: whether it is started again, when, and the sentence that
// people read meanwhile.
import { tally } from '../../core/protocol/format'
import type { Summary } from '../../core/protocol/protocol'

/** How often a window looks for a service while it has none: another window may have started one. */
export const LOOK_MS = 2000
/** A service that has said goodbye may make way for a newer version, which its own window starts. */
export const AFTER_BYE_MS = 2000

/** Deaths within this time count as in a row. */
const ROW_MS = 60_000
/** Pauses before a service is started after that many deaths in a row, milliseconds; the last one repeats. */
const REST_MS = [0, 0, 0, 1000, 2000, 5000, 10_000]

/** What a look for the service has found: one to talk to, nothing, what a dead one has left, one that says nothing. */
export type Found = 'service' | 'nothing' | 'remains' | 'silence'

export const ENDED_UNEXPECTEDLY = 'The job service has ended unexpectedly. It is being started again.'

export function silentSentence(pid: number | undefined): string {
  const which = pid === undefined ? '' : ` (process ${pid})`
  return `The job service${which} does not answer: it stands still or is very busy. This window goes on when it does.`
}

export function endedWithJobs(reason: string): string {
  return `The job service has ended: ${reason}. It is being started again, since there are jobs for it.`
}

/** Whether there was something to do for a service when it last spoke. */
export function leavesJobs(summary: Summary | undefined): boolean {
  const { running, queued } = tally(summary?.counts ?? {})
  return running + queued > 0
}

/** When the service has died how often: one that dies at once is not started again and again without a rest. */
export class Deaths {
  #times: number[] = []

  /** @returns for how long nothing is to be started, milliseconds */
  count(): number {
    const now = Date.now()
    this.#times = [...this.#times.filter(time => now - time < ROW_MS), now].slice(-REST_MS.length)
    return REST_MS[this.#times.length - 1] as number
  }
}
