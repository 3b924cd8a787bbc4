// At which positions batches have their jobs: a part of one is read as fast from the end of a long batch as from its beginning.
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import type { LedgerListener } from './ledger'

export class BatchPlaces implements LedgerListener {
  readonly #store: Store
  /** Of batches that somebody has looked into, ascending: eight bytes a job. */
  readonly #places = new Map<number, number[]>()

  constructor(store: Store) {
    this.#store = store
  }

  /** The latest jobs at `count` places from the place `from` on, in the order of submission. */
  jobs(batch: number, from: number, count: number): JobRecord[] {
    const places = this.#of(batch)
    const first = places[from]
    const last = places[Math.min(places.length, from + count) - 1]
    return first === undefined || last === undefined ? [] : this.#store.jobsBetween(batch, first, last)
  }

  #of(batch: number): number[] {
    const known = this.#places.get(batch)
    if (known) return known
    const places = this.#store.placesOf(batch)
    this.#places.set(batch, places)
    return places
  }

  jobAdded({ batch, pos, seq }: JobRecord): void {
    if (pos === seq) this.#places.get(batch)?.push(pos)
  }

  jobsForgotten(jobs: readonly JobRecord[]): void {
    for (const { batch } of jobs) this.#places.delete(batch)
  }
}
