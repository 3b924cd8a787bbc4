// Notices a job service that stands still: its connection is there, and nothing comes through it.

/** After so long without a word the service is asked for one. */
const BEAT_MS = 1500
/** A service that has not said a word for so many beats after it was asked stands still, or is very busy. */
const MISSED_BEATS = 2

export class Heartbeat {
  readonly #ask: () => void
  readonly #tell: (silent: boolean) => void
  readonly #timer: NodeJS.Timeout
  #heard = true
  /** Beats since it was asked; 0 while it is not. */
  #asked = 0
  #silent = false
  #stopped = false

  /**
   * @param ask asks something to which the service has a short answer
   * @param tell is called when the service falls silent, and when it goes on
   */
  constructor(ask: () => void, tell: (silent: boolean) => void) {
    this.#ask = ask
    this.#tell = tell
    this.#timer = setInterval(() => this.#beat(), BEAT_MS)
  }

  /** Anything that comes is a sign of life. */
  heard(): void {
    this.#heard = true
    this.#asked = 0
    this.#setSilent(false)
  }

  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
  }

  #beat(): void {
    if (this.#heard) this.#heard = false
    else if (this.#asked === 0) {
      this.#asked = 1
      this.#ask()
    } else if (++this.#asked > MISSED_BEATS) {
      // a window that stood still itself finds the answer in this turn: it is read first
      setImmediate(() => this.#asked > MISSED_BEATS && this.#setSilent(true))
    }
  }

  #setSilent(silent: boolean): void {
    if (this.#stopped || silent === this.#silent) return
    this.#silent = silent
    this.#tell(silent)
  }
}
