// How a queue is described: the same in the view, the status bar and lists.
import { t } from '@vscode/l10n'
import type { AllocationInfo, QueueInfo } from '../protocol/facts'
import { groupDigits, listCounts, plural, waitsForSlurmText } from '../protocol/format'

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
  const there = waitingInSlurm(queue)
  const { running } = queue
  const queued = Math.max(0, queue.queued - there.count)
  const facts = [heldBy(queue), listCounts({ running }), slurmJobsText(there), listCounts({ queued }), slurmText(queue)]
  return facts.filter(Boolean).join(', ')
}

/** `waits for Slurm (Resources)`, while it has nothing of the cluster. */
function slurmText({ allocations = [], problem, slots = 0 }: QueueInfo): string {
  const waits = allocations.find(({ ofJobs, state }) => !ofJobs && (state === 'PENDING' || state === 'REQUESTED'))
  return waits && slots === 0 && problem === undefined ? waitsForSlurmText(waits.reason) : ''
}

/** How many of its jobs are jobs of Slurm that have not begun, and why. */
function waitingInSlurm({ allocations = [], problem }: QueueInfo): { count: number; reason?: string | undefined } {
  if (problem !== undefined) return { count: 0 }
  const waiting = allocations.filter(({ id, ofJobs, slots, used }) => ofJobs && id !== undefined && slots > used)
  const count = waiting.reduce((sum, { slots, used }) => sum + slots - used, 0)
  return { count, reason: waiting.find(({ reason }) => reason !== undefined)?.reason }
}

/** `3 wait in Slurm (Priority)`. */
function slurmJobsText({ count, reason }: ReturnType<typeof waitingInSlurm>): string {
  if (count === 0) return ''
  return withReason(plural(count, t('1 waits in Slurm'), t`${groupDigits(count)} wait in Slurm`), reason)
}

function withReason(words: string, reason: string | undefined): string {
  return reason === undefined ? words : `${words} (${reason})`
}

/** `Allocation 4711`, `Jobs 4711`. */
export function allocationName({ id, ofJobs }: AllocationInfo): string {
  if (id === undefined) return t('Asked for')
  return ofJobs ? t`Jobs ${id}` : t`Allocation ${id}`
}

/** `3 run, 997 wait (Priority)`. */
function jobsText({ reason, slots, used }: AllocationInfo): string {
  const waiting = slots - used
  return [
    used > 0 && plural(used, t('1 runs'), t`${groupDigits(used)} run`),
    waiting > 0 && withReason(plural(waiting, t('1 waits'), t`${groupDigits(waiting)} wait`), reason),
  ]
    .filter(Boolean)
    .join(', ')
}

/** `running on node3`, `waiting: Resources`; of jobs how many run and wait. */
export function allocationText(allocation: AllocationInfo): string {
  const { leaving, node, ofJobs, reason, state } = allocation
  if (ofJobs) return jobsText(allocation)
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
