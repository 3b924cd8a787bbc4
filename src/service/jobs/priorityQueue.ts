// Queued jobs in the order in which they start: a binary heap of light entries; the jobs themselves stay in the store.

export interface QueueEntry {
  /** Order of submission, also the job's key in the store. */
  readonly seq: number
  readonly priority: number
  readonly cores: number
  /** Keys of its groups, in the order of the limits; 0 where one does not apply. */
  readonly groups: readonly number[]
  /** It takes no slots of this machine. */
  readonly elsewhere: boolean
  /** Key of the pool whose workers serve it; 0 for a process of its own. */
  readonly pool: number
}

/** What decides who starts first. */
export type Turn = Pick<QueueEntry, 'seq' | 'priority'>

/** Whether `a` starts before `b`: higher priority first, then age. */
export function startsBefore(a: Turn, b: Turn): boolean {
  return a.priority === b.priority ? a.seq < b.seq : a.priority > b.priority
}

/** Entries that are not up to date are cleaned away when there are more of them than this, and than of the others. */
const MAX_STALE = 1000

export class PriorityQueue {
  #heap: QueueEntry[] = []
  /** What was removed or has a new priority stays in the heap until it comes to the top: to look for it costs more. */
  readonly #entries = new Map<number, QueueEntry>()

  get size(): number {
    return this.#entries.size
  }

  has(seq: number): boolean {
    return this.#entries.has(seq)
  }

  /** In no order. */
  get all(): Iterable<QueueEntry> {
    return this.#entries.values()
  }

  /** The entry that starts next. */
  get first(): QueueEntry | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#entries.get(top.seq) === top) return top
      this.#pop()
    }
    return undefined
  }

  add(entry: QueueEntry): void {
    const heap = this.#heap
    this.#entries.set(entry.seq, entry)
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
    this.#entries.delete(first.seq)
    this.#pop()
    return first
  }

  remove(seq: number): void {
    if (this.#entries.delete(seq)) this.#clean()
  }

  /** An entry that is not here is ignored. */
  setPriority(seq: number, priority: number): void {
    const entry = this.#entries.get(seq)
    if (!entry || entry.priority === priority) return
    this.add({ ...entry, priority })
    this.#clean()
  }

  #clean(): void {
    if (this.size === 0) this.#heap = []
    else if (this.#heap.length > 2 * this.size + MAX_STALE)
      this.#heap = [...this.all].sort((a, b) => (startsBefore(a, b) ? -1 : 1))
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
