// Which allocations of a queue are given back: what is idle, what nobody waits for, what has hardly any time left, what takes no jobs.
import { ALLOCATION_DEFAULTS, type SlurmQueueConfig } from '../../core/jobs/queueConfig'
import type { Allocation } from './allocation'

/** With less time left it takes no more jobs, unless it had hardly more from the beginning. */
const LEAST_LEFT_MS = 30_000
const MINUTE_MS = 60_000

export interface SortedOut {
  /** They run, and cannot be connected to. */
  dead: readonly Allocation[]
  leaving: readonly Allocation[]
  /** When the next one will have been idle for long enough. */
  nextAt: number | undefined
}

/** @param open allocations that take jobs, or will */
export function sortOut(open: readonly Allocation[], config: SlurmQueueConfig, areJobsWaiting: boolean): SortedOut {
  const { idleSeconds, minutes } = { ...ALLOCATION_DEFAULTS, ...config.allocations }
  const idleMs = idleSeconds * 1000
  const leastMs = Math.min(LEAST_LEFT_MS, (minutes * MINUTE_MS) / 4)
  const isLeaving = (allocation: Allocation) => {
    const { id, idleSince, isPending, slots, used } = allocation
    if (isPending) return id !== undefined && used === 0 && !areJobsWaiting
    if (slots === 0) return false
    const isIdle = used === 0 && !areJobsWaiting && Date.now() - idleSince >= idleMs
    return isIdle || !allocation.hasTimeFor(leastMs)
  }
  const dead = open.filter(({ isDead }) => isDead)
  const leaving = open.filter(allocation => !allocation.isDead && isLeaving(allocation))
  const idle = open.filter(({ slots, used }) => slots > 0 && used === 0)
  const nextAt = Math.min(...idle.map(({ idleSince }) => idleSince + idleMs))
  return { dead, leaving, nextAt: areJobsWaiting || idle.length === 0 ? undefined : nextAt }
}
