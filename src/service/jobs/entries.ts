// The list that the view shows: batches and single jobs, newest first, kept as sorted numbers so that rank and window
// are found at once in a list of any length.

export class Entries {
  /** `pos` of each entry, ascending. */
  #positions: number[] = []

  get length(): number {
    return this.#positions.length
  }

  /** A new entry; positions only grow. */
  add(pos: number): void {
    this.#positions.push(pos)
  }

  /** Rank of an entry from the newest on, or -1. */
  rankOf(pos: number): number {
    let low = 0
    let high = this.#positions.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const value = this.#positions[middle] as number
      if (value === pos) return this.#positions.length - 1 - middle
      if (value < pos) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  at(rank: number): number | undefined {
    return this.#positions[this.#positions.length - 1 - rank]
  }

  removeAll(positions: ReadonlySet<number>): void {
    if (positions.size > 0) this.#positions = this.#positions.filter(pos => !positions.has(pos))
  }
}
