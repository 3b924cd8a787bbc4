// Whether a runner that was asked for something is there to do it: one that stands still would hold every cancel for
// ever.
import { type Deadline, now, unwatch, watch } from '../../run/base/deadlines'

/** A runner answers within milliseconds; one that is silent for this long, also to a question, does nothing any more. */
const STANDS_STILL_MS = 20_000
/** When the service itself has stood still, the answer may lie in the channel. */
const LATE_MS = 1000

export class Pulse implements Deadline {
  dueAt = Number.POSITIVE_INFINITY
  readonly #ping: () => void
  readonly #onDead: () => void

  constructor(ping: () => void, onDead: () => void) {
    this.#ping = ping
    this.#onDead = onDead
  }

  /** Something was asked of it. */
  expect(): void {
    if (this.dueAt < Number.POSITIVE_INFINITY) return
    this.#ping()
    this.dueAt = now() + STANDS_STILL_MS
    watch(this)
  }

  /** It has said something. */
  beat(): void {
    this.dueAt = Number.POSITIVE_INFINITY
  }

  end(): void {
    unwatch(this)
  }

  onDue(at: number): void {
    const late = at - this.dueAt
    this.dueAt = Number.POSITIVE_INFINITY
    if (late > LATE_MS) this.expect()
    else this.#onDead()
  }
}
