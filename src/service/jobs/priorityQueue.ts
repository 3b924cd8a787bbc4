// The line of queued jobs: who starts next. A binary heap of light entries; the jobs themselves stay in the store.

export interface QueueEntry {
  /** Order of submission, also the job's key in the store. */
  readonly seq: number
  readonly priority: number
  readonly cores: number
  /** Key of its batch; 0 for a single job. */
  readonly batch: number
  /** Key of the pool whose workers serve it; 0 for a process of its own. */
  readonly pool: number
}

/** Whether `a` starts before `b`: higher priority first, then age. */
function before(a: QueueEntry, b: QueueEntry): boolean {
  return a.priority === b.priority ? a.seq < b.seq : a.priority > b.priority
}

export class PriorityQueue {
  readonly #heap: QueueEntry[] = []

  get length(): number {
    return this.#heap.length
  }

  /** The entry that starts next. */
  get first(): QueueEntry | undefined {
    return this.#heap[0]
  }

  add(entry: QueueEntry): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as QueueEntry
      if (!before(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  /** Takes the entry that starts next out of the line. */
  take(): QueueEntry | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      const right = child + 1
      if (right < heap.length && before(heap[right] as QueueEntry, heap[child] as QueueEntry)) child = right
      const below = heap[child] as QueueEntry
      if (!before(below, last)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
    return first
  }
}
