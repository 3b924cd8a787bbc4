// What follows from what Slurm says of a job that is one of its own.
import type { JobInfo, JobState } from '../../api'

const pending: readonly string[] = [
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'RESV_DEL_HOLD',
  'SPECIAL_EXIT',
]

/** @param state as Slurm calls it */
export function isPendingState(state: string | undefined): boolean {
  return state !== undefined && pending.includes(state)
}

type InSlurm = Pick<JobInfo, 'slurm' | 'state'>

/** Slurm has it, and has not begun it. */
export function waitsInSlurm({ slurm, state }: InSlurm): boolean {
  return state === 'starting' && isPendingState(slurm?.state)
}

/** As what a job is shown: while it waits in Slurm nothing of it starts. */
export function shownState(job: InSlurm): JobState {
  return waitsInSlurm(job) ? 'queued' : job.state
}
