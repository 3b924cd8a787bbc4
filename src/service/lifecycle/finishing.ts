// Jobs that wait for their window to turn stdout into a value, and when that is given up: a window ends a function that
// takes too long by itself, but not while it stands at a breakpoint.
import { finishLimitMs } from '../../core/jobs/finishLimit'
import { type Deadline, now, unwatch, watch } from '../../run/base/deadlines'
import type { JobRecord } from '../store/records'

const LIMIT_MS = finishLimitMs(process.env.HEADLESS_JOBS_FINISH_SECONDS)
/** A window that is alive has said so before. */
const PATIENCE_MS = 1.5 * LIMIT_MS
/** When the service itself has stood still, answers may lie in the socket. */
const STOOD_STILL_MS = 1000

export class Finishing {
  readonly #waits = new Map<number, Deadline>()
  /** When a window last answered, by its session: while it answers, those behind it have their turn still to come. */
  readonly #answeredAt = new Map<string, number>()
  readonly #onLate: (job: JobRecord, limitMs: number) => void

  constructor(onLate: (job: JobRecord, limitMs: number) => void) {
    this.#onLate = onLate
  }

  begin(job: JobRecord): void {
    const wait: Deadline = {
      dueAt: now() + PATIENCE_MS,
      onDue: at => {
        const due = (this.#answeredAt.get(job.session) ?? 0) + PATIENCE_MS
        if (due > at) wait.dueAt = due
        else if (at - wait.dueAt > STOOD_STILL_MS) wait.dueAt = at + STOOD_STILL_MS
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
