// Which list each entry of a store belongs to, when it is opened: that of the workspace of its first job.
import type { Entries } from './entries'

export class EntryPlaces {
  readonly #workspaces: ReadonlyMap<string, string>
  /** Of all, when there is but one. */
  readonly #only: string | undefined
  /** Batches whose first job has not been seen. */
  readonly #batches = new Set<number>()
  readonly #positions = new Map<string, number[]>()

  /** @param workspaces of the environments by their hashes */
  constructor(workspaces: ReadonlyMap<string, string>) {
    const [first = '', ...others] = new Set(workspaces.values())
    this.#workspaces = workspaces
    this.#only = others.length === 0 ? first : undefined
  }

  /** Otherwise the environments of jobs are not needed. */
  get areSeveral(): boolean {
    return this.#only === undefined
  }

  addBatch(seq: number): void {
    if (this.#only === undefined) this.#batches.add(seq)
    else this.#add(this.#only, seq)
  }

  addJob(batch: number, pos: number, environment: string | undefined): void {
    if (batch !== 0 && !this.#batches.delete(batch)) return
    this.#add(this.#only ?? this.#workspaces.get(environment ?? '') ?? '', batch === 0 ? pos : batch)
  }

  fill(entries: Entries): void {
    for (const seq of this.#batches) this.#add('', seq) // it has no job
    for (const [workspace, positions] of this.#positions) entries.fill(workspace, positions)
  }

  #add(workspace: string, pos: number): void {
    const positions = this.#positions.get(workspace)
    if (positions) positions.push(pos)
    else this.#positions.set(workspace, [pos])
  }
}
