// Why a queue gets no allocation, and the pause before it asks for one again: each is twice as long as the one before it.

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 60_000
/** Without a problem for so long: the next pause is the first again. */
const GOOD_MS = 300_000

export class RequestPause {
  /** One sentence. */
  problem: string | undefined
  /** Since when, and when it ends; milliseconds since the epoch. */
  since: number | undefined
  nextTryAt: number | undefined
  #pauseMs = FIRST_PAUSE_MS
  #lastAt = 0
  #timer: NodeJS.Timeout | undefined

  get isPausing(): boolean {
    return this.#timer !== undefined
  }

  /** What is wrong now that another request would not change, if anything is. */
  note(problem: string | undefined): void {
    if (problem === undefined && this.isPausing) return
    this.problem = problem
    this.since = problem === undefined ? undefined : (this.since ?? Date.now())
  }

  /** @param over when it may be asked for again */
  begin(problem: string, over: () => void): void {
    this.note(problem)
    if (this.#timer) return
    if (Date.now() - this.#lastAt > GOOD_MS) this.#pauseMs = FIRST_PAUSE_MS
    this.#lastAt = Date.now()
    const pauseMs = this.#pauseMs * (0.75 + Math.random() / 2)
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2)
    this.nextTryAt = Math.round(Date.now() + pauseMs)
    this.#timer = setTimeout(() => {
      this.#end()
      over()
    }, pauseMs)
  }

  /** An allocation takes jobs. Others may be refused still: the next pause is not the first again. */
  settle(): void {
    if (!this.isPausing) this.note(undefined)
  }

  /** Nothing is wrong, or may be so no more. */
  reset(): void {
    this.problem = undefined
    this.since = undefined
    this.#pauseMs = FIRST_PAUSE_MS
    this.#end()
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.nextTryAt = undefined
  }
}
