// What the commands of a row's context menu get.
import { hasProcess, isFinal } from '../../core/jobs/job'
import { type RowContext, rowSections } from '../../core/pages/rowTargets'
import type { WorkRow } from '../../core/protocol/facts'
import { tally } from '../../core/protocol/format'
import { notDelivered, rowState } from '../text/rowText'

/** Of the row alone; the selection is added when the menu opens. */
export function rowContext(row: WorkRow): RowContext {
  const jobState = rowState(row)
  const rest = {
    jobState,
    isLive: !isFinal(jobState),
    hasProcess: hasProcess(jobState),
    ...(isWaiting(row) && { isWaiting: true as const }),
    ...(notDelivered(row) && { isUndelivered: true as const }),
    preventDefaultContextMenuItems: true,
  } as const
  if (row.kind === 'job') {
    const { id, stdoutBytes, stderrBytes, earlierAttempts = 0 } = row.job
    return {
      webviewSection: rowSections.job,
      jobId: id,
      ...rest,
      ...(stdoutBytes > 0 && { hasOutput: true }),
      ...(stderrBytes > 0 && { hasErrors: true }),
      ...(!row.noInput && { hasInput: true }),
      ...(row.hasResult && { hasResult: true }),
      ...(earlierAttempts > 0 && { hasAttempts: true }),
    }
  }
  const { succeeded, failed, unknown, cancelled } = tally(row.batch.counts)
  return {
    webviewSection: rowSections.batch,
    batchId: row.batch.id,
    ...rest,
    ...(succeeded > 0 && { hasResult: true }),
    ...(failed + unknown + cancelled > 0 && { hasRemaining: true }),
  }
}

function isWaiting(row: WorkRow): boolean {
  return row.kind === 'job' ? row.job.state === 'queued' : (row.batch.counts.queued ?? 0) > 0
}
