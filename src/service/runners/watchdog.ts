// Detects a runner that does not respond: it would block every cancel without limit.
import { type Deadline, now, unwatch, watch } from '../../run/base/deadlines'

/** A runner answers a ping within milliseconds; one that is silent for this long is hung. */
const UNRESPONSIVE_MS = 20_000
/** A timer that is later than this shows that the service itself was suspended: the answer may be in the channel. */
const LATE_MS = 1000

export class Watchdog implements Deadline {
  dueAt = Number.POSITIVE_INFINITY
  readonly #ping: () => void
  readonly #onUnresponsive: () => void

  constructor(ping: () => void, onUnresponsive: () => void) {
    this.#ping = ping
    this.#onUnresponsive = onUnresponsive
  }

  /** A request was sent: an answer is due. */
  expectAnswer(): void {
    if (this.dueAt < Number.POSITIVE_INFINITY) return
    this.#ping()
    this.dueAt = now() + UNRESPONSIVE_MS
    watch(this)
  }

  /** A message has come from it. */
  onMessage(): void {
    this.dueAt = Number.POSITIVE_INFINITY
  }

  end(): void {
    unwatch(this)
  }

  onDue(at: number): void {
    const late = at - this.dueAt
    this.dueAt = Number.POSITIVE_INFINITY
    if (late > LATE_MS) this.expectAnswer()
    else this.#onUnresponsive()
  }
}
