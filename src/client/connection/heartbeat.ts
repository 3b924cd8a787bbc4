// Notices a job service that stands still: its connection is open, and nothing comes through it.

/** The service is pinged when nothing has arrived for this long. */
const INTERVAL_MS = 1500
/** A service that has sent nothing for so many intervals after a ping stands still, or is very busy. */
const MISSED_INTERVALS = 2

export class Heartbeat {
  readonly #ping: () => void
  readonly #onChange: (silent: boolean) => void
  readonly #timer: NodeJS.Timeout
  #isActive = true
  /** Intervals since the ping; 0 while none is outstanding. */
  #sincePing = 0
  #silent = false
  #stopped = false

  /**
   * @param ping sends a request that has a short answer
   * @param onChange is called when the service falls silent, and when it goes on
   */
  constructor(ping: () => void, onChange: (silent: boolean) => void) {
    this.#ping = ping
    this.#onChange = onChange
    this.#timer = setInterval(() => this.#check(), INTERVAL_MS)
  }

  /** To be called for anything that arrives. */
  onActivity(): void {
    this.#isActive = true
    this.#sincePing = 0
    this.#setSilent(false)
  }

  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
  }

  #check(): void {
    if (this.#isActive) this.#isActive = false
    else if (this.#sincePing === 0) {
      this.#sincePing = 1
      this.#ping()
    } else if (++this.#sincePing > MISSED_INTERVALS) {
      // after a pause of this window itself the answer is there already, and is read first in this turn
      setImmediate(() => this.#sincePing > MISSED_INTERVALS && this.#setSilent(true))
    }
  }

  #setSilent(silent: boolean): void {
    if (this.#stopped || silent === this.#silent) return
    this.#silent = silent
    this.#onChange(silent)
  }
}
