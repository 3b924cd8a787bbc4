// Jobs whose inputs have been requested from windows; and which inputs have come and are held until their jobs start.
import { PREPARE_INPUT_TIMEOUT_MS } from '../../core/protocol/limits'
import { ParkedJobs } from '../jobs/parkedJobs'
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

/** Where jobs are that are not parked. */
const OPEN = ''

export class StdinInputs implements QueuePlace {
  readonly keepsService = 'always'
  readonly #requested = new Map<number, Requested>()
  /** Inputs that are on their way, or held until their jobs start, by where these are parked: this bounds how many are made. */
  readonly #held = new ParkedJobs<string>(() => undefined)

  get size(): number {
    return this.#requested.size
  }

  /**
   * How many inputs are on their way or held, of jobs that start before this one and are parked there; without a place, of
   * those that are not parked.
   */
  heldBefore(turn: Turn, place = OPEN): number {
    return this.#held.before(turn, place)
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
    this.#held.setPriority(seq, priority)
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
      this.take(entry.seq)
      onTimeout()
    }, PREPARE_INPUT_TIMEOUT_MS)
    this.#requested.set(entry.seq, { entry, request, timer })
    this.#held.add(OPEN, entry)
  }

  /** @returns its entry, which may wait for a slot now; `undefined` when the input was not requested */
  receive(seq: number): QueueEntry | undefined {
    const requested = this.#requested.get(seq)
    clearTimeout(requested?.timer)
    this.#requested.delete(seq)
    return requested?.entry
  }

  /** Its input does not come. */
  take(seq: number): QueueEntry | undefined {
    const entry = this.receive(seq)
    if (entry) this.release(seq)
    return entry
  }

  /** The job waits for more than a slot, which must not keep others from being asked. */
  park(entry: QueueEntry, place: string): void {
    if (this.#requested.has(entry.seq) || !this.#held.has(entry.seq)) return
    this.#held.remove(entry.seq)
    this.#held.add(place, entry)
  }

  unpark(entry: QueueEntry): void {
    this.park(entry, OPEN)
  }

  /** The input is not held any more. */
  release(seq: number): void {
    this.#held.remove(seq)
  }

  remove(seq: number): void {
    this.receive(seq)
    this.release(seq)
  }
}
