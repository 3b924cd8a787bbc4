// How many jobs Slurm takes: what the cluster allows, and less after it has refused some. Limits of a user or an account it does not say
// before they are reached, and they count what others have submitted, so that what was refused is tried again.
import type { ClusterLimits } from './taskCommands'

/** Of one array, whatever the cluster allows: its file is read in one part. */
const MAX_ARRAY = 2000
/** Of what the cluster knows at once, jobs that have ended included: others use it. */
const SHARE = 0.9
/** By which a limit rises after Slurm has taken some. */
const ARRAY_FACTOR = 2
const JOBS_FACTOR = 1.25

export class SubmitLimits {
  readonly #most: ClusterLimits
  /** Jobs of one array. */
  array: number
  /** Jobs at once. */
  jobs: number

  constructor({ array, jobs }: ClusterLimits) {
    this.#most = { array: Math.min(MAX_ARRAY, array), jobs: Math.max(1, Math.floor(jobs * SHARE)) }
    this.array = this.#most.array
    this.jobs = this.#most.jobs
  }

  /**
   * It takes no more.
   * @param count how many were refused at once
   * @param present how many of ours it has
   */
  refused(count: number, present: number): void {
    if (present > 0) this.jobs = present
    else this.array = Math.max(1, Math.floor(count / 2))
  }

  taken(): void {
    this.array = Math.min(this.#most.array, this.array * ARRAY_FACTOR)
    this.jobs = Math.min(this.#most.jobs, Math.ceil(this.jobs * JOBS_FACTOR))
  }
}
