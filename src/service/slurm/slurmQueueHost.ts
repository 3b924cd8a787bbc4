// What a queue on a Slurm cluster knows of the job service, and what it says of itself.
import type { KnownJob, RemoteHost } from '../remote/remoteHost'
import type { AllocationQueue } from './allocation'

export interface SlurmQueueHost extends AllocationQueue, Pick<RemoteHost, 'onState' | 'isWanted'> {
  /** Slots of its jobs that wait and may start. */
  queued(): number
  /** @param isSame whether all was found that the earlier service had; `undefined` while more may be found */
  onKnownJobs(jobs: readonly KnownJob[], isSame: boolean | undefined): void
  /** Ids of allocations, and a `?` while one is asked for: survives the job service. */
  readonly lastAllocations: string | undefined
  setLastAllocations(ids: string): void
}
