// Files elsewhere that nobody needs once the end of their job is on disk here: until then the next job service may have to bring them
// again. What could not be brought here stays there.
import type { RemoteFiles } from './remoteFiles'

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
    await this.#latest.get(id)?.removeAll()
  }

  /** For an attempt. */
  begin(id: string): AttemptFiles {
    const files: AttemptFiles = new AttemptFiles(
      () => this.#latest.set(id, files),
      async paths => {
        await Promise.all(paths.map(this.#remove))
        if (files.isEmpty && this.#latest.get(id) === files) this.#latest.delete(id)
      },
    )
    return files
  }
}

/** Those of one attempt. */
export class AttemptFiles {
  readonly #paths = new Set<string>()
  /** What is nowhere else. */
  readonly #kept = new Set<string>()
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

  get isEmpty(): boolean {
    return this.#paths.size === 0 && this.#kept.size === 0
  }

  /** It goes with the folder in which it is, unless another attempt takes its name. */
  keep(path: string): void {
    this.#paths.delete(path)
    this.#kept.add(path)
  }

  async removeAll(): Promise<void> {
    for (const path of this.#kept) this.#paths.add(path)
    this.#kept.clear()
    await this.remove()
  }

  /** Nobody needs them any more, but for what is kept. Resolves when they are gone. */
  async remove(): Promise<void> {
    const paths = [...this.#paths]
    this.#paths.clear()
    if (paths.length > 0) this.#removing = this.#onRemove(paths)
    await this.#removing
  }
}

interface Place {
  readonly files: Pick<RemoteFiles, 'sizeOf'>
  /** How messages call it. */
  readonly host: string
}

/**
 * For what could not be brought here, if it is there.
 * @returns the sentence that says where
 */
export async function keepThere(
  { files, host }: Place,
  left: AttemptFiles,
  path: string,
  what: 'It is' | 'They are' = 'It is',
): Promise<string> {
  try {
    await files.sizeOf(path)
  } catch {
    return '' // the connection was lost, and all that was there with it
  }
  left.keep(path)
  return ` ${what} in ${host}:${path}.`
}
