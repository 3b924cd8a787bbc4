// How far all that is under way has come, and when it will have ended.
import { isFinal, jobStates } from '../../core/jobs/job'
import type { Summary } from '../../core/protocol/facts'
import type { StateCounts } from '../../core/protocol/format'
import type { Batch } from '../jobs/batches'

/** Jobs that are queued or under way. */
function liveOf(counts: StateCounts): number {
  return jobStates.reduce((sum, state) => sum + (isFinal(state) ? 0 : (counts[state] ?? 0)), 0)
}

/** @param counts of all jobs */
export function progressOf(batches: Iterable<Batch>, counts: StateCounts): Pick<Summary, 'fraction' | 'expectedEndAt'> {
  let singles = liveOf(counts)
  let waiting = counts.queued ?? 0
  if (singles === 0) return {}
  let done = 0
  let total = 0
  let expected: number | undefined = 0
  for (const batch of batches) {
    const live = batch.record.ended === null ? liveOf(batch.counts) : 0
    if (live === 0) continue
    const { expectedEndAt, progressOfRunning = 0 } = batch.info()
    singles -= live
    waiting -= batch.counts.queued ?? 0
    done += batch.total - live + progressOfRunning
    total += batch.total
    expected = expected === undefined || expectedEndAt === undefined ? undefined : Math.max(expected, expectedEndAt)
  }
  if (total === 0) return {} // of single jobs alone a part says nothing
  // how long single jobs take that wait is not known
  const expectedEndAt = waiting === 0 ? expected : undefined
  return { fraction: done / (total + singles), ...(expectedEndAt !== undefined && { expectedEndAt }) }
}
