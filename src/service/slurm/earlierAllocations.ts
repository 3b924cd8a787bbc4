// The allocations of an earlier job service, until each has said what it has or has ended: only then is it known what is lost.

export class EarlierAllocations {
  /** By their ids; `?` for one that was being asked for. */
  #expected: Set<string> | undefined
  /** Whether all were found. */
  #isSame = true
  #isFound = false
  readonly #onSettled: (isSame: boolean) => void

  /** @param ids as they were written, with blanks between them */
  constructor(ids: string, onSettled: (isSame: boolean) => void) {
    this.#expected = ids === '' ? undefined : new Set(ids.split(' '))
    this.#onSettled = onSettled
  }

  get isExpecting(): boolean {
    return this.#expected !== undefined
  }

  /**
   * All that are there, once.
   * @param found whether each may have jobs, by its id
   */
  found(found: ReadonlyMap<string, boolean>): void {
    if (!this.#expected || this.#isFound) return
    this.#isFound = true
    for (const id of this.#expected) if (id !== '?' && !found.has(id)) this.#isSame = false
    this.#expected = new Set([...found].filter(([, mayHaveJobs]) => mayHaveJobs).map(([id]) => id))
    this.#settle()
  }

  hasSaid(id: string): void {
    if (this.#expected?.delete(id)) this.#settle()
  }

  hasEnded(id: string): void {
    if (!this.#expected?.has(id)) return
    this.#isSame = false
    this.hasSaid(id)
  }

  #settle(): void {
    if (this.#expected?.size !== 0) return
    this.#expected = undefined
    this.#onSettled(this.#isSame)
  }
}
