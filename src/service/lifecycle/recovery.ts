// Jobs of an earlier service that a service finds when it starts. What was running is lost and is never run again by
// itself unless it is `rerunnable`; the processes that remain are ended, unless the machine has been restarted since: their pids are others' then.

import type { JobError } from '../../api'
import { pause } from '../../core/base/pause'
import { isTriedAgain } from '../../core/jobs/job'
import { yieldTurn } from '../../core/protocol/lists'
import { endTree } from '../../run/os/treeTermination'
import { keepAttempt } from '../jobs/attempts'
import type { Ledger } from '../jobs/ledger'
import type { Queues } from '../jobs/queues'
import type { JobQueue } from '../scheduling/jobQueue'
import type { Sessions } from '../sessions/sessions'
import type { Environments } from '../state/environments'
import type { LivingWorker, LivingWorkers } from '../state/livingWorkers'
import type { JobRecord } from '../store/records'
import { SLICE, type Store } from '../store/store'
import { isUnreadable } from '../store/storedJson'
import type { AwaitedJobs } from './awaitedJobs'

export interface RecoveryParts {
  readonly store: Store
  readonly ledger: Ledger
  readonly queue: JobQueue
  readonly queues: Queues
  readonly awaited: AwaitedJobs
  readonly environments: Environments
  readonly sessions: Sessions
  readonly workers: LivingWorkers
  readonly paths: { readonly spool: string }
}

interface Recovered {
  queued: number
  /** How many jobs were running. */
  lost: number
  /** Resolves when what remains of those has been ended, and the others are in the queue again. */
  settled: Promise<unknown>
}

/** What it had written is with its runner. */
const NOTHING = { stdout: null, stderr: null }

interface Circumstances {
  graceMs: number
  /** It is the same start of the machine, so that a pid with its start time is still that process. */
  mayKnowPids: boolean
  /** It is known to be another one. */
  isRestarted: boolean
}

/** Queues what was queued, in slices, so that windows are served meanwhile, and settles the other jobs. */
export function recover(parts: RecoveryParts, circumstances: Circumstances): Recovered {
  const { awaited, ledger, sessions, store } = parts
  const unfinished = ledger.takeUnfinished()
  const queued = unfinished.filter(({ state }) => state === 'queued').map(({ seq }) => seq)
  const lost: JobRecord[] = []
  for (const job of store.jobs(unfinished.filter(({ state }) => state !== 'queued').map(({ seq }) => seq))) {
    sessions.expect(job.session)
    if (job.state !== 'finishing') {
      if (!awaited.await(job)) lost.push(job)
    } else ledger.transition(job, 'succeeded', {}) // its window cannot answer any more: the exit facts decide
  }
  const settled = Promise.all([
    requeue(parts, queued),
    ...lost.map(job => settleLost(parts, job, circumstances)),
    endWorkers(parts.workers, circumstances),
  ])
  return { queued: queued.length, lost: lost.length, settled }
}

async function requeue(parts: RecoveryParts, seqs: readonly number[]): Promise<void> {
  for (let from = 0; from < seqs.length; from += SLICE) {
    await yieldTurn()
    for (const job of parts.store.jobs(seqs.slice(from, from + SLICE))) {
      if (job.state === 'queued') requeueOne(parts, job) // else it has been cancelled meanwhile
    }
  }
}

function requeueOne({ environments, ledger, queue, queues, sessions }: RecoveryParts, job: JobRecord): void {
  queues.jobAdded(job)
  const unreadable = unreadableIn(job, environments)
  if (unreadable) {
    const message = `What the store says of ${unreadable} cannot be read, so the job was not started; submit it anew.`
    ledger.transition(job, 'failed', { endedAt: Date.now(), endedBy: 'self', error: { kind: 'start', message } })
    return
  }
  sessions.expect(job.session)
  queue.add(job)
}

/** What of a queued job was damaged: without it, it is not the job that was submitted. */
function unreadableIn({ spec, environment }: JobRecord, environments: Environments): string | undefined {
  if (isUnreadable(spec)) return 'its command'
  return environments.has(environment) ? undefined : 'its environment'
}

/** What cannot be ended (a process that is blocked in the kernel, or of another user) is not waited for. */
const MAX_WAIT_MS = 3000

/** Those of an earlier service. Mostly their runners have ended them. */
async function endWorkers(workers: LivingWorkers, { graceMs, mayKnowPids }: Circumstances): Promise<void> {
  const end = async ({ id, pid, processStartTime }: LivingWorker) => {
    const ending = mayKnowPids ? endTree({ id, pid, processStartTime }, graceMs) : undefined
    await Promise.race([ending, pause(graceMs + MAX_WAIT_MS)])
    workers.ended(id)
  }
  await Promise.all(workers.left.map(end))
}

async function settleLost(parts: RecoveryParts, job: JobRecord, circumstances: Circumstances): Promise<void> {
  const { mayKnowPids, isRestarted } = circumstances
  // at once without pids: a crash in the meantime would leave them for the next service, which takes them for its own
  const remains = mayKnowPids ? await endRemains(job, circumstances.graceMs) : ''
  const what = isRestarted ? 'The machine was restarted' : 'The job service ended'
  const error: JobError = {
    kind: 'lost',
    message: `${what} while this job ran, so its outcome is unknown.${remains} Rerun it if its result is needed.`,
  }
  const { attempts = 1 } = job.facts
  if (job.state !== 'stopping' && isTriedAgain(job.spec, { state: 'lost', error }, attempts)) {
    const kept = keepAttempt(parts.store, parts.paths.spool, job, { endedAt: Date.now(), error }, NOTHING)
    job.facts = {} // also not those of its process
    parts.ledger.transition(job, 'queued', { ...kept, attempts })
    requeueOne(parts, job)
  } else parts.ledger.transition(job, 'lost', { endedAt: Date.now(), error })
}

/** @returns a sentence on what was there still, with a blank before it */
async function endRemains(job: JobRecord, graceMs: number): Promise<string> {
  const { host, pid, processStartTime } = job.facts
  if (host !== undefined) return '' // its runner ends it when it is connected, or after a while
  const hadNone = pid === undefined && job.spec.keepAlive // its worker is a tree of its own
  const ending = hadNone ? undefined : endTree({ id: job.id, pid, processStartTime }, graceMs)
  const ended = await Promise.race([ending, pause(graceMs + MAX_WAIT_MS)])
  const which = pid === undefined ? '' : ` (pid ${pid})`
  if (ended?.notEnded) return ` ${ended.notEnded}`
  return ended?.orphanCount ? ` Its processes${which} were still there and have been ended.` : ''
}
