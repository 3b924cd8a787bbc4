// Jobs of an earlier service that a service finds when it starts. What was running is lost and is never run again by
// itself; the processes that remain are ended.

import { pause } from '../../core/base/pause'
import { isFinal } from '../../core/jobs/job'
import { endTree } from '../../run/os/treeTermination'
import type { Ledger } from '../jobs/ledger'
import type { JobQueue } from '../scheduling/jobQueue'
import type { Environments } from '../state/environments'
import type { LivingWorker, LivingWorkers } from '../state/livingWorkers'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import { isUnreadable } from '../store/storedJson'

export interface RecoveryParts {
  readonly store: Store
  readonly ledger: Ledger
  readonly queue: JobQueue
  readonly environments: Environments
  readonly workers: LivingWorkers
}

interface Recovered {
  queued: number
  /** How many jobs were running; `settled` resolves when what remains of them has been ended. */
  lost: number
  settled: Promise<unknown>
  /** The windows that may come back for their jobs. */
  sessions: Set<string>
}

/** Queues what was queued and settles the other jobs. */
export function recover(parts: RecoveryParts, graceMs: number): Recovered {
  const { store, ledger, queue, environments } = parts
  const lost: JobRecord[] = []
  const sessions = new Set<string>()
  let queued = 0
  for (const job of unfinishedIn(store)) {
    sessions.add(job.session)
    const unreadable = job.state === 'queued' && unreadableIn(job, environments)
    if (unreadable) {
      const message = `What the store says of ${unreadable} cannot be read, so the job was not started; submit it anew.`
      ledger.transition(job, 'failed', { endedAt: Date.now(), endedBy: 'self', error: { kind: 'start', message } })
    } else if (job.state === 'queued') {
      queue.add(job)
      queued++
    } else if (job.state === 'finishing') {
      ledger.transition(job, 'succeeded', {}) // its window cannot answer any more: the exit facts decide
    } else {
      lost.push(job)
    }
  }
  const settled = Promise.all([
    ...lost.map(job => settleLost(ledger, job, graceMs)),
    endWorkers(parts.workers, graceMs),
  ])
  return { queued, lost: lost.length, settled, sessions }
}

function* unfinishedIn(store: Store): Generator<JobRecord> {
  const seqs: number[] = [] // first all of them, since a transition must not write into what is being read
  for (const { seq, state, replacedBy } of store.outline()) {
    if (replacedBy === null && !isFinal(state)) seqs.push(seq)
  }
  for (const seq of seqs) {
    const job = store.job(seq)
    if (job) yield job
  }
}

/** What of a queued job was damaged: without it, it is not the job that was submitted. */
function unreadableIn({ spec, environment }: JobRecord, environments: Environments): string | undefined {
  if (isUnreadable(spec)) return 'its command'
  return environments.has(environment) ? undefined : 'its environment'
}

/** What cannot be ended (a process that is blocked in the kernel, or of another user) is not waited for. */
const MAX_WAIT_MS = 3000

/** Those of an earlier service. Mostly their runners have ended them. */
async function endWorkers(workers: LivingWorkers, graceMs: number): Promise<void> {
  const end = async ({ id, pid, processStartTime }: LivingWorker) => {
    await Promise.race([endTree({ id, pid, processStartTime }, graceMs), pause(graceMs + MAX_WAIT_MS)])
    workers.ended(id)
  }
  await Promise.all(workers.left.map(end))
}

async function settleLost(ledger: Ledger, job: JobRecord, graceMs: number): Promise<void> {
  const { pid, processStartTime } = job.facts
  const hadNone = pid === undefined && job.spec.keepAlive // its worker is a tree of its own
  const ending = hadNone ? undefined : endTree({ id: job.id, pid, processStartTime }, graceMs)
  const ended = await Promise.race([ending, pause(graceMs + MAX_WAIT_MS)])
  const which = pid === undefined ? '' : ` (pid ${pid})`
  const remains = ended?.notEnded
    ? ` ${ended.notEnded}`
    : ended?.orphanCount
      ? ` Its processes${which} were still there and have been ended.`
      : ''
  ledger.transition(job, 'lost', {
    endedAt: Date.now(),
    error: {
      kind: 'lost',
      message: `The job service ended while this job ran, so its outcome is unknown.${remains} Rerun it if its result is needed.`,
    },
  })
}
