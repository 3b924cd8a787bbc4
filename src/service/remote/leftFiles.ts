// Files elsewhere that nobody needs once the end of their job is on disk here: until then the next job service may have to bring them
// again.

/** From the end of a job until it must be on disk. */
const STORED_MS = 2000

/** @param isStored whether what has ended is on disk a moment later */
export function onceStored(isStored: () => boolean, then: () => unknown): void {
  setTimeout(() => (isStored() ? void then() : onceStored(isStored, then)), STORED_MS).unref()
}

/** All that a job may have left in the folder of its runner, when no more is known of it. */
export function mayBeLeft(folder: string, id: string): string[] {
  return ['', '.in', '.out', '.err'].map(ending => `${folder}/${id}${ending}`)
}

type Remove = (path: string) => Promise<unknown>

/** Of all jobs on one machine. */
export class LeftFiles {
  readonly #remove: Remove
  /** By the ids of their jobs. */
  readonly #latest = new Map<string, AttemptFiles>()

  /** @param remove a file, or a folder with all in it; never rejects */
  constructor(remove: Remove) {
    this.#remove = remove
  }

  /** Resolves when what an earlier attempt has left is gone: the names of the next one are the same. */
  async clear(id: string): Promise<void> {
    await this.#latest.get(id)?.remove()
  }

  /** For an attempt. */
  begin(id: string): AttemptFiles {
    const files: AttemptFiles = new AttemptFiles(
      () => this.#latest.set(id, files),
      async paths => {
        await Promise.all(paths.map(this.#remove))
        if (this.#latest.get(id) === files) this.#latest.delete(id)
      },
    )
    return files
  }
}

/** Those of one attempt. */
export class AttemptFiles {
  readonly #paths = new Set<string>()
  readonly #onFirst: () => unknown
  readonly #onRemove: (paths: readonly string[]) => Promise<unknown>
  #removing: Promise<unknown> = Promise.resolve()

  constructor(onFirst: () => unknown, onRemove: (paths: readonly string[]) => Promise<unknown>) {
    this.#onFirst = onFirst
    this.#onRemove = onRemove
  }

  add(...paths: string[]): void {
    if (paths.length > 0 && this.#paths.size === 0) this.#onFirst()
    for (const path of paths) this.#paths.add(path)
  }

  /** Nobody needs them any more. Resolves when they are gone. */
  async remove(): Promise<void> {
    const paths = [...this.#paths]
    this.#paths.clear()
    if (paths.length > 0) this.#removing = this.#onRemove(paths)
    await this.#removing
  }
}
