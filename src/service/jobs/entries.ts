// The lists that views show: batches and single jobs, newest first, kept as sorted numbers so that rank and window are found at
// once in a list of any length; one list for each workspace.

export class EntryList {
  /** `pos` of each entry, ascending. */
  #positions: number[]
  /** Changes with the list. */
  version = 0

  constructor(ascending: number[] = []) {
    this.#positions = ascending
  }

  get length(): number {
    return this.#positions.length
  }

  get ascending(): readonly number[] {
    return this.#positions
  }

  /** A new entry; positions only grow. */
  add(pos: number): void {
    this.#positions.push(pos)
    this.version++
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
    this.#positions = this.#positions.filter(pos => !positions.has(pos))
    this.version++
  }
}

/** Several lists as one, made again when one of them has changed. */
class MergedList {
  #list = new EntryList()
  #version = -1

  of(lists: readonly EntryList[]): EntryList {
    const [only] = lists
    if (only && lists.length === 1) return only
    const version = lists.reduce((sum, list) => sum + list.version, lists.length)
    if (version !== this.#version) {
      this.#list = new EntryList(lists.flatMap(list => list.ascending).sort((a, b) => a - b))
      this.#version = version
    }
    return this.#list
  }
}

export class Entries {
  readonly #lists = new Map<string, EntryList>()
  /** Of the others of each workspace; without one, of all. */
  readonly #merged = new Map<string | undefined, MergedList>()

  get all(): EntryList {
    return this.except(undefined)
  }

  /** When the store is opened. */
  fill(workspace: string, positions: number[]): void {
    this.#lists.set(workspace, new EntryList(positions.sort((a, b) => a - b)))
  }

  of(workspace: string): EntryList {
    const list = this.#lists.get(workspace) ?? new EntryList()
    this.#lists.set(workspace, list)
    return list
  }

  /** Those of all other workspaces. */
  except(workspace: string | undefined): EntryList {
    const merged = this.#merged.get(workspace) ?? new MergedList()
    this.#merged.set(workspace, merged)
    return merged.of([...this.#lists].filter(([other]) => other !== workspace).map(([, list]) => list))
  }

  removeAll(positions: ReadonlySet<number>): void {
    if (positions.size > 0) for (const list of this.#lists.values()) list.removeAll(positions)
  }
}
