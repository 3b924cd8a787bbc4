// Jobs whose windows have been asked for their stdin; and which inputs have come and are held until their jobs start.
import { PREPARE_INPUT_TIMEOUT_MS } from '../../core/protocol/limits'
import type { QueueEntry } from '../jobs/priorityQueue'
import type { QueuePlace } from '../jobs/queuePlace'

export class StdinInputs implements QueuePlace {
  readonly keepsService = 'always'
  readonly #requested = new Map<number, { entry: QueueEntry; timer: NodeJS.Timeout }>()
  /** These jobs wait for a slot; they are remembered here to bound how many inputs are held. */
  readonly #received = new Set<number>()

  get size(): number {
    return this.#requested.size
  }

  /** Inputs that are on their way or held. */
  get open(): number {
    return this.#requested.size + this.#received.size
  }

  get requested(): Iterable<number> {
    return [...this.#requested.keys()]
  }

  has(seq: number): boolean {
    return this.#requested.has(seq)
  }

  /** No reason of its own is shown: the input comes shortly before a slot. */
  reasonOf(): undefined {
    return undefined
  }

  add(entry: QueueEntry, onTimeout: () => void): void {
    const timer = setTimeout(() => {
      this.#requested.delete(entry.seq)
      onTimeout()
    }, PREPARE_INPUT_TIMEOUT_MS)
    this.#requested.set(entry.seq, { entry, timer })
  }

  /** @returns its entry, which may wait for a slot now; `undefined` when the input was not requested */
  receive(seq: number): QueueEntry | undefined {
    const request = this.#requested.get(seq)
    if (!request) return undefined
    clearTimeout(request.timer)
    this.#requested.delete(seq)
    this.#received.add(seq)
    return request.entry
  }

  /** The input is not held any more. */
  release(seq: number): void {
    this.#received.delete(seq)
  }

  remove(seq: number): void {
    clearTimeout(this.#requested.get(seq)?.timer)
    this.#requested.delete(seq)
    this.#received.delete(seq)
  }
}
