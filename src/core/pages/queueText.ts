// How a queue is described: the same in the view, the status bar and lists.
import { t } from '@vscode/l10n'
import type { AllocationInfo, QueueInfo } from '../protocol/facts'
import { listCounts, plural } from '../protocol/format'

/** `3 queues, 1 paused`. */
export function queuesText(queues: readonly QueueInfo[]): string {
  const paused = queues.filter(queue => queue.paused).length
  const all = plural(queues.length, t('1 queue'), t`${queues.length} queues`)
  return paused > 0 ? t`${all}, ${paused} paused` : all
}

/** That nothing is started. */
export function pausedText(queues: readonly QueueInfo[] | undefined): string {
  return queues ? t('All queues are paused.') : t('The queue is paused.')
}

/** What keeps its jobs from being started; empty when nothing does. */
export function heldBy({ kind, paused, problem }: QueueInfo): string {
  if (!kind) return t('not in the settings')
  if (paused) return t('paused')
  return problem === undefined ? '' : t('cannot be reached')
}

/** `paused, 2 running, 3 queued`; empty when there is nothing to say. */
export function describeQueue(queue: QueueInfo): string {
  const { running, queued } = queue
  return [heldBy(queue), listCounts({ running, queued }), slurmText(queue)].filter(Boolean).join(', ')
}

/** `waits for Slurm (Resources)`, while it has nothing of the cluster. */
function slurmText({ allocations = [], problem, slots = 0 }: QueueInfo): string {
  const waits = allocations.find(({ state }) => state === 'PENDING' || state === 'REQUESTED')
  if (!waits || slots > 0 || problem !== undefined) return ''
  return waits.reason === undefined ? t('waits for Slurm') : t`waits for Slurm (${waits.reason})`
}

/** `running on node3`, `waiting: Resources`. */
export function allocationText({ leaving, node, reason, state }: AllocationInfo): string {
  if (leaving) return t('is given back')
  if (state === 'RUNNING') return node === undefined ? t('running') : t`running on ${node}`
  const word = state === 'PENDING' || state === 'REQUESTED' ? t('waiting') : state.toLowerCase()
  return reason === undefined ? word : `${word}: ${reason}`
}

/** `1 of 2 slots in use`. */
export function slotsText({ used, slots }: Pick<QueueInfo, 'used' | 'slots'>): string {
  return slots === undefined
    ? plural(used, t('1 slot in use'), t`${used} slots in use`)
    : plural(slots, t`${used} of 1 slot in use`, t`${used} of ${slots} slots in use`)
}

/** The name of its codicon. */
export function queueIcon({ kind, paused, problem }: QueueInfo): string {
  if (!kind) return 'warning'
  if (paused) return 'debug-pause'
  if (problem !== undefined) return 'warning'
  return kind === 'local' ? 'list-ordered' : 'remote'
}
