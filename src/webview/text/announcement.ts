// The announcement for screen readers when jobs have ended: counts, not each job.
import { listCounts, type StateCounts, tally } from '../../core/protocol/format'

/** `3 failed, 10 succeeded` for what has ended between two counts; empty when nothing has. */
export function announcement(before: StateCounts, now: StateCounts): string {
  const [old, fresh] = [tally(before), tally(now)]
  return listCounts({
    failed: fresh.failed - old.failed,
    unknown: fresh.unknown - old.unknown,
    succeeded: fresh.succeeded - old.succeeded,
    cancelled: fresh.cancelled - old.cancelled,
  })
}
