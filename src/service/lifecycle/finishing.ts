// Jobs that wait for their window to turn stdout into a value, and when that is given up: a window ends a function that
// takes too long by itself, but not while it is stopped at a breakpoint.
import { finishLimitMs } from '../../core/jobs/finishLimit'
import { type Deadline, now, unwatch, watch } from '../../run/base/deadlines'
import type { JobRecord } from '../store/records'

const LIMIT_MS = finishLimitMs(process.env.HEADLESS_JOBS_FINISH_SECONDS)
/** A window that responds has answered, or reported its own limit, before. */
const LATE_MS = 1.5 * LIMIT_MS
/** A timer that is later than this shows that the service itself was suspended: answers may be in the socket. */
const SUSPENDED_MS = 1000

export class Finishing {
  readonly #waits = new Map<number, Deadline>()
  /** When a window last answered, by its session: while it answers, later jobs have not had their turn. */
  readonly #answeredAt = new Map<string, number>()
  readonly #onLate: (job: JobRecord, limitMs: number) => void

  constructor(onLate: (job: JobRecord, limitMs: number) => void) {
    this.#onLate = onLate
  }

  begin(job: JobRecord): void {
    const wait: Deadline = {
      dueAt: now() + LATE_MS,
      onDue: at => {
        const due = (this.#answeredAt.get(job.session) ?? 0) + LATE_MS
        if (due > at) wait.dueAt = due
        else if (at - wait.dueAt > SUSPENDED_MS) wait.dueAt = at + SUSPENDED_MS
        else this.#onLate(job, LIMIT_MS)
      },
    }
    this.#waits.set(job.seq, wait)
    watch(wait)
  }

  /** Its window has answered. */
  answered(job: JobRecord): void {
    this.#answeredAt.set(job.session, now())
  }

  end(job: JobRecord): void {
    const wait = this.#waits.get(job.seq)
    if (!wait) return
    unwatch(wait)
    this.#waits.delete(job.seq)
    if (this.#waits.size === 0) this.#answeredAt.clear()
  }
}
