// A limit on how many jobs of a group run at once. The scheduler goes through all limits in a loop, so that one more kind,
// such as a queue with a limit of its own, is one more implementation.
import type { JobRecord } from '../store/records'
import type { ParkedJobs } from './parkedJobs'
import type { QueueEntry } from './priorityQueue'

export interface Limit {
  /** Jobs whose turn has come while their group takes no more. */
  readonly parked: ParkedJobs
  /** Key of the group of a job; 0 for a job that this does not limit. */
  groupOf(job: JobRecord): number
  /** How much more of the group may start. */
  free(group: number): number
  /** What of that the job takes: a batch counts jobs, a queue slots. */
  needs(entry: QueueEntry, group: number): number
}
