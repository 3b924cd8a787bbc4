// The jobs of this window that have ended and may run again: what their callbacks need then, and no results.
import type { JobSpec } from '../../api'
import type { JobHandle, JobSource } from './jobHandle'

/** The oldest are dropped: run again, they have no callbacks, as after a reload of the window. */
const MAX_JOBS = 200_000

interface Ended {
  readonly source: JobSource<unknown>
  readonly spec: JobSpec<unknown>
  readonly place: number
  readonly endedAs: NonNullable<JobHandle<unknown>['endedAs']>
  /** As long as its submitter references it. */
  readonly handle: WeakRef<JobHandle<unknown>>
}

export class EndedJobs {
  readonly #byId = new Map<string, Ended>()

  /** Does nothing for a job without callbacks: nothing is called when it runs again. */
  add(job: JobHandle<unknown>): void {
    const { id, source, spec, place, endedAs, hasCallbacks } = job
    if (!endedAs || !hasCallbacks || this.#byId.has(id)) return
    this.#byId.set(id, { source, spec, place, endedAs, handle: new WeakRef(job) })
    if (this.#byId.size <= MAX_JOBS) return
    const [oldest] = this.#byId.keys()
    this.#byId.delete(oldest as string)
  }

  /** It runs again, as another job. */
  remove(id: string): Ended | undefined {
    const ended = this.#byId.get(id)
    this.#byId.delete(id)
    return ended
  }

  handleOf(id: string): JobHandle<unknown> | undefined {
    return this.#byId.get(id)?.handle.deref()
  }

  stdoutOf(id: string): JobSpec<unknown>['stdout'] {
    return this.#byId.get(id)?.spec.stdout
  }
}
