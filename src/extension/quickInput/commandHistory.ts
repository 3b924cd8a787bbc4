// Past command lines, the latest first, each once.

/** Older ones are dropped. */
export const MAX_COMMANDS = 50

/** The shape of `vscode.Memento` that is needed here. */
export interface HistoryStore {
  get<T>(key: string): T | undefined
  update(key: string, value: unknown): PromiseLike<void>
}

export class CommandHistory {
  readonly #store: HistoryStore
  readonly #key: string

  constructor(store: HistoryStore, key: string) {
    this.#store = store
    this.#key = key
  }

  get commands(): readonly string[] {
    const stored = this.#store.get<unknown>(this.#key)
    return Array.isArray(stored) ? stored.filter(command => typeof command === 'string') : []
  }

  async add(command: string): Promise<void> {
    await this.#store.update(
      this.#key,
      [command, ...this.commands.filter(other => other !== command)].slice(0, MAX_COMMANDS),
    )
  }

  async remove(command: string): Promise<void> {
    await this.#store.update(
      this.#key,
      this.commands.filter(other => other !== command),
    )
  }
}
