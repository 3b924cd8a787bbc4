// What the list of what queues have of a Slurm cluster says, and what is asked before one of it is ended.
import { t } from '@vscode/l10n'
import { allocationName, allocationText, slotsText } from '../../../core/pages/queueText'
import type { AllocationInfo } from '../../../core/protocol/facts'
import { countOf, leftText, plural } from '../../../core/protocol/format'
import type { Question } from '../../text/serviceText'

export function describeAllocation(
  queue: string,
  allocation: AllocationInfo,
  now: number,
): { label: string; description: string } {
  const { endsAt, ofJobs, slots } = allocation
  const facts = [
    queue,
    allocationText(allocation),
    ...(slots > 0 && !ofJobs ? [slotsText(allocation)] : []),
    ...(endsAt === undefined ? [] : [leftText(endsAt - now)]),
  ]
  return { label: `$(server) ${allocationName(allocation)}`, description: facts.join(', ') }
}

/** `undefined` when nothing runs in it: then there is nothing to ask. */
export function endQuestion(allocation: AllocationInfo): Question | undefined {
  const { id = '', ofJobs, slots, used } = allocation
  if (ofJobs)
    return {
      message: plural(slots, t`Cancel the job ${id} of Slurm?`, t`Cancel the jobs ${id} of Slurm?`),
      detail: `${plural(slots, t('Your job in it is cancelled:'), t('Your jobs in it are cancelled:'))} ${allocationText(allocation)}.`,
      close: plural(slots, t('Keep It'), t('Keep Them')),
      actions: [t`Cancel ${countOf(slots, 'Job')}`],
    }
  if (used === 0) return undefined
  const runs = plural(used, t('A job that runs in it is lost.'), t`What runs in its ${used} slots is lost.`)
  return {
    message: t`End the allocation ${id}?`,
    detail: `${runs} ${t('Jobs that may run again are queued again.')}`,
    close: t('Keep It'),
    actions: [t('End It')],
  }
}
