// What a service finds when it starts: jobs of one that died. What was running and is gone is lost and is never run
// again by itself; what its processes left is ended. Runs in the job service.

import { hasProcess } from '../core/job'
import { endTree } from '../run/killTree'
import type { Ledger } from './ledger'
import type { Scheduler } from './scheduler'
import type { JobRecord } from './store'

/** Puts queued jobs into the line and settles the others; tells how many of each there were. */
export async function recover(
  ledger: Ledger,
  scheduler: Scheduler,
  graceMs: number,
): Promise<{ queued: number; lost: number }> {
  const unfinished: number[] = []
  for (const { seq, state, later } of ledger.store.outline()) {
    if (later === null && (state === 'queued' || state === 'finishing' || hasProcess(state))) unfinished.push(seq)
  }
  let queued = 0
  const lost: JobRecord[] = []
  for (const seq of unfinished) {
    const job = ledger.store.job(seq)
    if (!job) continue
    if (job.state === 'queued') {
      scheduler.queue(job)
      queued++
    } else if (job.state === 'finishing') {
      ledger.move(job, 'succeeded', {}) // its window cannot answer any more: the exit facts decide
    } else {
      lost.push(job)
    }
  }
  await Promise.all(lost.map(job => settleLost(ledger, job, graceMs)))
  return { queued, lost: lost.length }
}

async function settleLost(ledger: Ledger, job: JobRecord, graceMs: number): Promise<void> {
  const { pid, processStartTime } = job.facts
  const ended = pid === undefined ? 0 : await endTree({ id: job.id, pid, processStartTime }, graceMs)
  const left = ended > 0 ? ` Its processes (pid ${pid}) were still there and have been ended.` : ''
  ledger.move(job, 'lost', {
    endedAt: Date.now(),
    error: {
      kind: 'lost',
      message: `The job service ended while this job ran, so its outcome is unknown.${left} Rerun it if its result is needed.`,
    },
  })
}
