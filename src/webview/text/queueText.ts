// The texts of a queue's row: tooltip and the label for screen readers.
import { t } from '@vscode/l10n'
import { allocationName, allocationText, describeQueue, heldBy, slotsText } from '../../core/pages/queueText'
import type { AllocationInfo, QueueInfo } from '../../core/protocol/facts'
import { groupDigits, listCounts } from '../../core/protocol/format'
import { clock, factLines } from './facts'

/** In a tooltip: a queue may have hundreds of arrays. */
const MAX_ALLOCATIONS = 10

const kinds: Readonly<Record<NonNullable<QueueInfo['kind']>, string>> = {
  local: t('on this machine'),
  command: t('where its launcher leads'),
  ssh: t('on a host, by ssh'),
  container: t('in a container'),
  slurm: t('on a Slurm cluster'),
}

/** `1/2`: slots in use, and how many it has of its own. */
export function queueSlots({ used, slots }: QueueInfo): string {
  return slots === undefined ? String(used) : `${used}/${slots}`
}

export function queueLabel(queue: QueueInfo): string {
  return [t`${queue.name}, queue`, describeQueue(queue), queue.problem, slotsText(queue)].filter(Boolean).join(', ')
}

function allocationFacts(allocation: AllocationInfo): string {
  const { endsAt, ofJobs, slots, state } = allocation
  return [
    allocationText(allocation),
    ...(state === 'RUNNING' && slots > 0 && !ofJobs ? [slotsText(allocation)] : []),
    ...(endsAt === undefined ? [] : [t`until ${clock.format(endsAt)}`]),
  ].join(', ')
}

/** All facts, one a line. */
export function queueTooltip(queue: QueueInfo): string {
  const { allocations = [], host, kind, name, nextTryAt, problem, running, queued, since } = queue
  const more = allocations.length - MAX_ALLOCATIONS
  const facts: [string, string | undefined][] = [
    [t('State'), heldBy(queue) || undefined],
    [t('Problem'), problem],
    [t('Since'), since === undefined ? undefined : clock.format(since)],
    [t('Next try'), nextTryAt === undefined ? undefined : clock.format(nextTryAt)],
    [t('Runs'), kind && kinds[kind]],
    [t('Host'), host],
    [t('Slots'), slotsText(queue)],
    [t('Jobs'), listCounts({ running, queued }) || t('none')],
    ...allocations
      .slice(0, MAX_ALLOCATIONS)
      .map((allocation): [string, string] => [allocationName(allocation), allocationFacts(allocation)]),
    [t('Not shown'), more > 0 ? t`${groupDigits(more)} more` : undefined],
  ]
  return [name, ...factLines(facts)].join('\n')
}
