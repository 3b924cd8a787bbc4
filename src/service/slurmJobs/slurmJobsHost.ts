// What a queue whose jobs are jobs of Slurm knows of the job service, and what it says of itself.
import type { RemoteState } from '../jobs/queues'
import type { KnownJob } from '../remote/remoteHost'
import type { ClusterFolderHost } from './clusterFolder'

export interface SlurmJobsHost extends ClusterFolderHost {
  /** Whether jobs wait for it or run. */
  isWanted(): boolean
  onState(state: RemoteState): void
  /** What an earlier job service gave to Slurm; all of it at once. */
  onKnownJobs(jobs: readonly KnownJob[], isSame: boolean): void
}
