// How fast a batch goes, from the ends of its last jobs, as far as that can be trusted.

/** Ends that are remembered; with more at once than a quarter of them, times are all that is known. */
const MAX_ENDS = 256
/** Fewer say nothing. */
const MIN_ENDS = 3

interface End {
  /** Milliseconds of work of the batch before it. */
  at: number
  /** How long the job took. */
  ms: number
}

export class BatchPace {
  readonly #ends: End[] = []
  /** The most that ran at once among those. */
  #atOnce = 1

  /**
   * A job has run to its end.
   * @param at how long its batch had worked by then, milliseconds
   * @param atOnce how many ran with it
   */
  add(at: number, ms: number, atOnce: number): void {
    this.#ends.push({ at, ms })
    if (this.#ends.length > MAX_ENDS) this.#ends.shift()
    this.#atOnce = Math.max(atOnce, this.#ends.length === 1 ? 1 : this.#atOnce)
  }

  /** Other work begins: the jobs of a rerun need not be like those before. */
  forget(): void {
    this.#ends.length = 0
    this.#atOnce = 1
  }

  /**
   * Jobs a millisecond of work; `undefined` while it cannot be trusted.
   *
   * Jobs that start together end together, wave after wave: over a few waves the number of ends says nothing, and the time that a
   * job takes says all. Of that the median counts, which one slow start or one outlier does not move. After some waves the
   * ends themselves are what counts: they have in them what else takes slots and time.
   */
  get jobsPerMs(): number | undefined {
    const ends = this.#ends
    const [first] = ends
    const last = ends.at(-1)
    if (!first || !last || ends.length < Math.max(MIN_ENDS, this.#atOnce)) return undefined
    if (ends.length >= 4 * this.#atOnce && last.at > first.at) return (ends.length - 1) / (last.at - first.at)
    const times = ends.map(({ ms }) => ms).sort((a, b) => a - b)
    return this.#atOnce / Math.max(1, times[times.length >> 1] as number)
  }

  /** When the last of those ended, in the batch's time of work. */
  get lastAt(): number {
    return this.#ends.at(-1)?.at ?? 0
  }
}
