// Where queued jobs wait. The queue asks all places in a loop whether a job may be forgotten, why it waits and whether
// the service is idle, so that one more kind of waiting is one more implementation.
import type { WaitReason } from '../../api'
import type { JobRecord } from '../store/records'
import type { Turn } from './priorityQueue'

/** Something for which a queued job may have to wait. */
export interface WaitCause {
  /** Why this job waits, or would wait when its turn comes; `undefined` when nothing of this kind holds it up. */
  reasonOf(job: JobRecord): WaitReason | undefined
}

/** One of the places in which queued jobs wait; a job is in one of them at a time. */
export interface QueuePlace extends WaitCause {
  /** How many jobs wait here. */
  readonly size: number
  /**
   * Whether a service without windows stays for them: `always` when something that is under way continues them,
   * `unlessStopped` when they start by themselves while the queue is neither paused nor drained, `never` when they
   * need a window.
   */
  readonly keepsService: 'always' | 'unlessStopped' | 'never'
  has(seq: number): boolean
  /** Jobs here that take their turn by priority and age; those that wait for a time of their own are left out. */
  readonly turns: Iterable<Turn>
  /** A job that is not here is ignored. */
  setPriority(seq: number, priority: number): void
  /** The job has ended. A job that is not here is ignored, since every place is asked to remove it. */
  remove(seq: number): void
}
