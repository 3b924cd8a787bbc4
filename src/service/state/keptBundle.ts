// The files that the job service runs from. It has them in memory, half a megabyte, and restores them when they were
// removed: each new runner and the workers of Python read them. Copies for other versions, which are not used while
// this service has the lock, are removed.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

export class KeptBundle {
  readonly #folder: string
  readonly #bundles: string
  readonly #files = new Map<string, Buffer>()

  /**
   * @param script that this process runs
   * @param bundles where the copies are; a service that runs from somewhere else restores nothing
   */
  constructor(script: string, bundles: string) {
    this.#folder = dirname(script)
    this.#bundles = bundles
    if (dirname(this.#folder) !== bundles) return
    for (const entry of readdirSync(this.#folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile()) this.#files.set(path, readFileSync(path))
    }
  }

  /** @returns whether something was missing */
  keep(): boolean {
    let isChanged = false
    for (const [path, bytes] of this.#files) {
      if (statSync(path, { throwIfNoEntry: false })?.size === bytes.length) continue
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      const part = `${path}.${process.pid}`
      writeFileSync(part, bytes)
      renameSync(part, path)
      isChanged = true
    }
    return isChanged
  }

  removeOthers(): void {
    if (this.#files.size === 0) return
    for (const name of readdirSync(this.#bundles)) {
      if (name !== basename(this.#folder) && !isBeingMade(name))
        rmSync(join(this.#bundles, name), { recursive: true, force: true })
    }
  }
}

/** A window that is open copies its bundle to `<hash>.<pid>` and renames that. */
function isBeingMade(name: string): boolean {
  const pid = Number(/^[0-9a-f]+\.(\d+)$/.exec(name)?.[1])
  if (!Number.isInteger(pid)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
