// The texts of an allocation's row: description, tooltip and the label for screen readers.
import { t } from '@vscode/l10n'
import { stateIcons } from '../../core/jobs/stateIcons'
import { allocationName, allocationText, slotsText } from '../../core/pages/queueText'
import type { AllocationInfo } from '../../core/protocol/facts'
import { leftText, plural } from '../../core/protocol/format'
import { clock, factLines } from './facts'
import { workerIcon } from './workerText'

export interface PlacedAllocation {
  readonly queue: string
  readonly allocation: AllocationInfo
  /** Differs from those of the others of its queue. */
  readonly key: string
}

/** As it is shown: like a job that waits, or like a warm worker. */
export function allocationState({ leaving, slots, state, used }: AllocationInfo) {
  if (leaving) return 'stopping'
  if (used > 0) return 'busy'
  return state === 'RUNNING' && slots > 0 ? 'idle' : 'queued'
}

/** The name of its codicon. */
export function allocationIcon(allocation: AllocationInfo): string {
  const state = allocationState(allocation)
  return state === 'queued' ? stateIcons.queued : workerIcon(state)
}

/** `2 allocations, 1 waiting`. */
export function allocationsText(rows: readonly PlacedAllocation[]): string {
  const waiting = rows.filter(({ allocation }) => allocationState(allocation) === 'queued').length
  const all = plural(rows.length, t('1 allocation'), t`${rows.length} allocations`)
  return waiting > 0 ? t`${all}, ${waiting} waiting` : all
}

/** `3/8`: slots in use, and how many there are; empty while there are none. */
export function usedSlots(rows: readonly PlacedAllocation[]): string {
  const used = rows.reduce((sum, { allocation }) => sum + allocation.used, 0)
  const slots = rows.reduce((sum, { allocation }) => sum + allocation.slots, 0)
  return slots === 0 ? '' : `${used}/${slots}`
}

/** `on node3, 12m left, cluster`: its icon says that it is running. */
export function describeAllocation(row: PlacedAllocation, now: number): string {
  const { leaving, node, state } = row.allocation
  const isRunning = state === 'RUNNING' && !leaving && node !== undefined
  return joinFacts(row, isRunning ? t`on ${node}` : allocationText(row.allocation), now)
}

export function allocationLabel(row: PlacedAllocation, now: number): string {
  return `${allocationName(row.allocation)}, ${joinFacts(row, allocationText(row.allocation), now)}`
}

function joinFacts({ queue, allocation: { endsAt, leaving } }: PlacedAllocation, what: string, now: number): string {
  const left = endsAt !== undefined && !leaving && leftText(endsAt - now)
  return [what, left, queue].filter(Boolean).join(', ')
}

/** All facts, one a line. */
export function allocationTooltip({ queue, allocation }: PlacedAllocation, now: number): string {
  const { endsAt, slots } = allocation
  const facts: [string, string | undefined][] = [
    [t('State'), allocationText(allocation)],
    [t('Queue'), queue],
    [t('Slots'), slots === 0 ? undefined : slotsText(allocation)],
    [t('Ends'), endsAt === undefined ? undefined : `${clock.format(endsAt)}, ${leftText(endsAt - now)}`],
  ]
  return [allocationName(allocation), ...factLines(facts)].join('\n')
}
