// Which rows are selected, by their keys: one, some, or a range from the row where a selection began.
import { MAX_ROWS } from '../../core/protocol/limits'

export class Selection {
  #keys: Set<string>
  /** Where a range starts. */
  #pivot: string | undefined
  #cut = false

  constructor(keys: readonly string[] = []) {
    this.#keys = new Set(keys.slice(0, MAX_ROWS))
  }

  get keys(): readonly string[] {
    return [...this.#keys]
  }

  get size(): number {
    return this.#keys.size
  }

  /** Whether a selection was larger than is possible: only rows that are loaded, and at most `MAX_ROWS`. */
  get cut(): boolean {
    return this.#cut
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  clear(): void {
    this.#replace([])
    this.#pivot = undefined
  }

  only(key: string): void {
    this.#replace([key])
    this.#pivot = key
  }

  toggle(key: string): void {
    const keys = this.keys.filter(other => other !== key)
    this.#replace(this.has(key) ? keys : [...keys, key])
    this.#pivot = key
  }

  /** From the pivot to this row, in the order of the loaded rows; adds the row when the pivot is no longer loaded. */
  extendTo(key: string, loaded: readonly string[]): void {
    const end = loaded.indexOf(key)
    const start = this.#pivot === undefined ? end : loaded.indexOf(this.#pivot)
    if (start < 0 || end < 0) this.#replace([...this.#keys, key])
    else this.#replace(loaded.slice(Math.min(start, end), Math.max(start, end) + 1))
    this.#pivot ??= key
  }

  /** All loaded rows; `total` is the length of the list. */
  all(loaded: readonly string[], total: number): void {
    this.#replace(loaded)
    this.#cut = total > this.#keys.size
  }

  remove(keys: readonly string[]): void {
    for (const key of keys) this.#keys.delete(key)
  }

  #replace(keys: readonly string[]): void {
    const unique = new Set(keys)
    this.#cut = unique.size > MAX_ROWS
    this.#keys = this.#cut ? new Set([...unique].slice(0, MAX_ROWS)) : unique
  }
}
