// Queued jobs in the order in which they start: a binary heap of light entries; the jobs themselves stay in the store.

export interface QueueEntry {
  /** Order of submission, also the job's key in the store. */
  readonly seq: number
  readonly priority: number
  readonly cores: number
  /** Keys of its groups, in the order of the limits; 0 where one does not apply. */
  readonly groups: readonly number[]
  /** Key of the pool whose workers serve it; 0 for a process of its own. */
  readonly pool: number
}

/** Whether `a` starts before `b`: higher priority first, then age. */
export function startsBefore(a: QueueEntry, b: QueueEntry): boolean {
  return a.priority === b.priority ? a.seq < b.seq : a.priority > b.priority
}

export class PriorityQueue {
  #heap: QueueEntry[] = []
  /** Keys of the entries. What was removed stays in the heap until it comes to the top: to look for it costs more. */
  readonly #seqs = new Set<number>()

  get size(): number {
    return this.#seqs.size
  }

  has(seq: number): boolean {
    return this.#seqs.has(seq)
  }

  /** The entry that starts next. */
  get first(): QueueEntry | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#seqs.has(top.seq)) return top
      this.#pop()
    }
    return undefined
  }

  add(entry: QueueEntry): void {
    const heap = this.#heap
    this.#seqs.add(entry.seq)
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as QueueEntry
      if (!startsBefore(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  /** Removes the entry that starts next. */
  shift(): QueueEntry | undefined {
    const { first } = this
    if (!first) return undefined
    this.#seqs.delete(first.seq)
    this.#pop()
    return first
  }

  remove(seq: number): void {
    if (this.#seqs.delete(seq) && this.#seqs.size === 0) this.#heap = []
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      const right = child + 1
      if (right < heap.length && startsBefore(heap[right] as QueueEntry, heap[child] as QueueEntry)) child = right
      const below = heap[child] as QueueEntry
      if (!startsBefore(below, last)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}
