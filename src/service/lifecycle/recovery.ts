// What a service finds when it starts: jobs of one that died. What was running and is gone is lost and is never run
// again by itself; what its processes left is ended.

import { hasProcess } from '../../core/jobs/job'
import { endTree } from '../../run/os/killTree'
import { pause } from '../base/waits'
import type { Ledger } from '../jobs/ledger'
import type { Scheduler } from '../scheduling/scheduler'
import type { Environments } from '../state/environments'
import type { JobRecord } from '../store/records'
import { isUnreadable } from '../store/storedJson'

export interface Found {
  queued: number
  /** Jobs that were running; `settled` resolves when what is left of them has been ended. */
  lost: number
  settled: Promise<unknown>
  /** The windows that may come back for their jobs. */
  sessions: Set<string>
}

/** Puts queued jobs into the line and settles the others. */
export function recover(ledger: Ledger, scheduler: Scheduler, environments: Environments, graceMs: number): Found {
  const unfinished: number[] = []
  for (const { seq, state, replacedBy } of ledger.store.outline()) {
    if (replacedBy === null && (state === 'queued' || state === 'finishing' || hasProcess(state))) unfinished.push(seq)
  }
  let queued = 0
  const lost: JobRecord[] = []
  const sessions = new Set<string>()
  for (const seq of unfinished) {
    const job = ledger.store.job(seq)
    if (!job) continue
    sessions.add(job.session)
    const unreadable = job.state === 'queued' && unreadableIn(job, environments)
    if (unreadable) {
      const message = `What the store says of ${unreadable} cannot be read, so the job was not started; submit it anew.`
      ledger.transition(job, 'failed', { endedAt: Date.now(), endedBy: 'self', error: { kind: 'start', message } })
    } else if (job.state === 'queued') {
      scheduler.queue(job)
      queued++
    } else if (job.state === 'finishing') {
      ledger.transition(job, 'succeeded', {}) // its window cannot answer any more: the exit facts decide
    } else {
      lost.push(job)
    }
  }
  const settled = Promise.all(lost.map(job => settleLost(ledger, job, graceMs)))
  return { queued, lost: lost.length, settled, sessions }
}

/** What of a queued job was damaged: without it, it is not the job that was submitted. */
function unreadableIn({ spec, environment }: JobRecord, environments: Environments): string | undefined {
  if (isUnreadable(spec)) return 'its command'
  return environments.has(environment) ? undefined : 'its environment'
}

/** What cannot be ended (a process that waits in the kernel, one that became another user's) is not waited for. */
const PATIENCE_MS = 3000

async function settleLost(ledger: Ledger, job: JobRecord, graceMs: number): Promise<void> {
  const { pid, processStartTime } = job.facts
  const hadNone = pid === undefined && job.spec.keepAlive // its worker is a tree of its own, which ends with its runner
  const ending = hadNone ? undefined : endTree({ id: job.id, pid, processStartTime }, graceMs)
  const ended = await Promise.race([ending, pause(graceMs + PATIENCE_MS)])
  const which = pid === undefined ? '' : ` (pid ${pid})`
  const left = ended?.notEnded
    ? ` ${ended.notEnded}`
    : ended?.leftBehind
      ? ` Its processes${which} were still there and have been ended.`
      : ''
  ledger.transition(job, 'lost', {
    endedAt: Date.now(),
    error: {
      kind: 'lost',
      message: `The job service ended while this job ran, so its outcome is unknown.${left} Rerun it if its result is needed.`,
    },
  })
}
