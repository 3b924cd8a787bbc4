// Past command lines, the latest first, each once.

/** Older ones are forgotten. */
export const MAX_LINES = 50

/** The shape of `vscode.Memento` that is needed here. */
export interface LineStore {
  get<T>(key: string): T | undefined
  update(key: string, value: unknown): PromiseLike<void>
}

export class LineHistory {
  readonly #store: LineStore
  readonly #key: string

  constructor(store: LineStore, key: string) {
    this.#store = store
    this.#key = key
  }

  get lines(): readonly string[] {
    const stored = this.#store.get<unknown>(this.#key)
    return Array.isArray(stored) ? stored.filter(line => typeof line === 'string') : []
  }

  async add(line: string): Promise<void> {
    await this.#store.update(this.#key, [line, ...this.lines.filter(other => other !== line)].slice(0, MAX_LINES))
  }

  async remove(line: string): Promise<void> {
    await this.#store.update(
      this.#key,
      this.lines.filter(other => other !== line),
    )
  }
}
