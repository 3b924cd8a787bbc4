// Jobs whose inputs have been requested from windows; and which inputs have come and are held until their jobs start.
import { PREPARE_INPUT_TIMEOUT_MS } from '../../core/protocol/limits'
import type { QueueEntry, Turn } from '../jobs/priorityQueue'
import type { QueuePlace } from '../jobs/queuePlace'

/** Who is to make an input. */
export interface InputRequest {
  readonly session: string
  /** The named handler; absent for a function of the window. */
  readonly handler?: string
}

interface Requested {
  readonly entry: QueueEntry
  readonly request: InputRequest
  readonly timer: NodeJS.Timeout
}

export class StdinInputs implements QueuePlace {
  readonly keepsService = 'always'
  readonly #requested = new Map<number, Requested>()
  /** These jobs wait for a slot; they are remembered here to bound how many inputs are held. */
  readonly #received = new Set<number>()
  /** Those of them that were parked. */
  readonly #parked = new Set<number>()

  get size(): number {
    return this.#requested.size
  }

  /** Inputs that are on their way or held, without those of jobs that were parked. */
  get open(): number {
    return this.#requested.size + this.#received.size
  }

  /** Jobs that were parked with their inputs, and have not started. */
  get parked(): number[] {
    return [...this.#parked]
  }

  get requested(): [seq: number, request: InputRequest][] {
    return [...this.#requested].map(([seq, { request }]) => [seq, request])
  }

  get turns(): Iterable<Turn> {
    return [...this.#requested.values()].map(({ entry }) => entry)
  }

  setPriority(seq: number, priority: number): void {
    const requested = this.#requested.get(seq)
    if (requested) this.#requested.set(seq, { ...requested, entry: { ...requested.entry, priority } })
  }

  has(seq: number): boolean {
    return this.#requested.has(seq)
  }

  requestOf(seq: number): InputRequest | undefined {
    return this.#requested.get(seq)?.request
  }

  /** No reason of its own is shown: the input comes shortly before a slot. */
  reasonOf(): undefined {
    return undefined
  }

  add(entry: QueueEntry, request: InputRequest, onTimeout: () => void): void {
    const timer = setTimeout(() => {
      this.#requested.delete(entry.seq)
      onTimeout()
    }, PREPARE_INPUT_TIMEOUT_MS)
    this.#requested.set(entry.seq, { entry, request, timer })
  }

  /** @returns its entry, which may wait for a slot now; `undefined` when the input was not requested */
  receive(seq: number): QueueEntry | undefined {
    const entry = this.take(seq)
    if (entry) this.#received.add(seq)
    return entry
  }

  /** Its input does not come. */
  take(seq: number): QueueEntry | undefined {
    const requested = this.#requested.get(seq)
    clearTimeout(requested?.timer)
    this.#requested.delete(seq)
    return requested?.entry
  }

  /** The job waits for more than a slot, which must not keep others from being asked. */
  park(seq: number): void {
    if (this.#received.delete(seq)) this.#parked.add(seq)
  }

  /** The input is not held any more. */
  release(seq: number): void {
    this.#received.delete(seq)
    this.#parked.delete(seq)
  }

  remove(seq: number): void {
    this.take(seq)
    this.release(seq)
  }
}
