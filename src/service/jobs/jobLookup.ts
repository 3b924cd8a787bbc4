// Finds jobs as they are now: while one is active, the record that is being changed is newer than the store's.
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'

export class JobLookup {
  readonly #store: Store
  readonly #active: { job(seq: number): JobRecord | undefined }

  constructor(store: Store, active: { job(seq: number): JobRecord | undefined }) {
    this.#store = store
    this.#active = active
  }

  readonly latest = (job: JobRecord): JobRecord => this.#active.job(job.seq) ?? job

  /** As it is now, if its state has changed since it was read. */
  now(job: JobRecord): JobRecord | undefined {
    const { seq, state } = job
    return this.#active.job(seq) ?? (this.#store.stateOf(seq) === state ? job : this.#store.job(seq))
  }

  find(id: string): JobRecord | undefined {
    const job = this.#store.jobById(id)
    return job && this.latest(job)
  }

  /** The job that is at the place of this one now. */
  latestAt(id: string): JobRecord | undefined {
    const job = this.#store.jobById(id)
    const latest = job && (job.replacedBy === null ? job : this.#store.jobAt(job.pos))
    return latest && this.latest(latest)
  }

  /** The first job at the place of this one, while it is in the history. */
  firstAt(job: JobRecord): JobRecord | undefined {
    return job.replaces === null ? job : this.#store.job(job.pos)
  }
}
