// Found jobs in groups: those of a batch, a state, a queue, or those whose failures say the same but for its numbers.
import { createHash } from 'node:crypto'
import { isJobState, jobStates } from '../../core/jobs/job'
import type { FindGrouping, FoundGroup } from '../../core/protocol/facts'
import { truncateText } from '../../core/protocol/truncate'
import type { Batches } from '../jobs/batches'
import type { FoundJob } from './jobSearch'

export interface FoundGroupOf extends FoundGroup {
  /** Stays the same while it has jobs. */
  readonly id: string
  /** In their order. */
  readonly jobs: FoundJob[]
}

/** Numbers, and names with numbers in them, differ between failures of one kind: `sub-01`, `line 7`, `0x7ffe`. */
const varying = /[\w.-]*\d[\w.-]*/g

function failureKind(text: string): string {
  return text.replace(varying, '…').trim()
}

/** States in the order in which they matter, batches with the newest first, queues by name, failures with the most frequent first. */
export function groupsOf(by: FindGrouping, jobs: readonly FoundJob[], batches: Batches): FoundGroupOf[] {
  const byKey = new Map<string, FoundGroupOf>()
  for (const job of jobs) {
    const text = job.label === null ? '' : String(job.label)
    const key = by === 'failure' ? failureKind(text) : text
    const group = byKey.get(key)
    if (group) {
      group.jobs.push(job)
      // what they do not have in common is not the name of them all
      if (by === 'failure' && group.label !== text) group.label = truncateText(key)
    } else {
      const label = by === 'batch' ? (batches.get(Number(text))?.record.name ?? '') : text
      byKey.set(key, { by, id: idOf(by, key), label: truncateText(label), jobs: [job] })
    }
  }
  return [...byKey.values()].sort(orders[by])
}

function idOf(by: FindGrouping, key: string): string {
  return `${by}:${createHash('sha1').update(key).digest('hex')}`
}

const states = ['running', 'starting', 'stopping', 'finishing', 'failed', 'lost', 'dependencyFailed', 'queued']

function stateRank({ label }: FoundGroup): number {
  const rank = states.indexOf(label)
  return rank >= 0 ? rank : states.length + (isJobState(label) ? jobStates.indexOf(label) : 0)
}

type Order = (a: FoundGroupOf, b: FoundGroupOf) => number

const newest: Order = (a, b) => (b.jobs[0]?.pos ?? 0) - (a.jobs[0]?.pos ?? 0)

const orders: Readonly<Record<FindGrouping, Order>> = {
  batch: newest,
  state: (a, b) => stateRank(a) - stateRank(b),
  queue: (a, b) => a.label.localeCompare(b.label),
  // those that have not failed come last
  failure: (a, b) => Number(a.label === '') - Number(b.label === '') || b.jobs.length - a.jobs.length || newest(a, b),
}
