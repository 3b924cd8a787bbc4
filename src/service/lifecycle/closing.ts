// The end of the job service in good order: what runs is stopped, what is queued stays queued, and nothing of that is
// waited for for ever.

import { longestEndMs } from '../../run/os/killTree'
import { cameTrue, pause } from '../base/waits'
import type { Scheduler } from '../scheduling/scheduler'
import type { SessionWorkers } from '../sessions/sessionWorkers'
import type { ArrayFiles } from '../state/arrayFiles'
import type { Settings } from '../state/machineSettings'
import type { ActiveJobs } from './activeJobs'

/** What its steps take at most, besides the ends of jobs. */
const STEP_MS = 10_000

/** What is stopped. */
interface Stoppable {
  readonly scheduler: Scheduler
  readonly sessionWorkers: SessionWorkers
  readonly activeJobs: ActiveJobs
  readonly settings: Settings
}

/** Resolves when no job holds a slot any more, or none can be expected to give it back. */
export async function stopAll({ scheduler, sessionWorkers, activeJobs, settings }: Stoppable): Promise<void> {
  scheduler.drain()
  sessionWorkers.close()
  for (const job of activeJobs.all) activeJobs.stop(job, 'shutdown', 'The job service was ended.')
  const limitMs = longestEndMs(settings.values.killGraceSeconds * 1000) + STEP_MS
  if (await cameTrue(() => scheduler.gate.used === 0, limitMs)) return
  for (const { spec, facts } of activeJobs.all) console.error(`Still there: ${spec.name}, process ${facts.pid}.`)
}

/** What is left where it was is moved by the next service. */
export async function closeArrays(arrays: ArrayFiles): Promise<void> {
  await Promise.race([arrays.close(), pause(STEP_MS)])
}
