// The files of large arrays: they are written to a memory file system or to the spool folder, with the id of their job in
// their names. When the job has ended they are moved from memory to the spool folder, where they stay as long as the job
// is in the history.
import { copyFile, type FileHandle, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isId } from '../../core/base/uuid'
import type { StoredSpec } from '../../core/jobs/job'
import { inputArrayFile, isInputArrayFile } from '../../core/values/arrayFile'
import { isArrayFileName } from '../../core/values/frames'
import type { RunEnd } from '../../run/base/runTypes'
import { arrayFolders, openArrayFile, type StatePaths } from '../base/paths'
import type { JobRecord } from '../store/records'

/** Of a UUID. */
const ID_LENGTH = 36
/**
 * A window writes the files of a job before it sends the job. When the service ends in between, it sends the job to the next
 * one: what is younger than this may be such a file.
 */
const UNSENT_MS = 60 * 60 * 1000
/** Files that are looked at together. */
const FILES_AT_ONCE = 100

export class ArrayFiles {
  readonly #paths: StatePaths
  /** Jobs whose workers have answered with files. */
  readonly #answered = new Set<string>()
  #last: Promise<void> = Promise.resolve()

  constructor(paths: StatePaths) {
    this.#paths = paths
  }

  /** An attempt has ended: what it wrote without a valid answer belongs to no result. */
  attemptEnded({ id }: JobRecord, { arrays }: RunEnd, hasSucceeded: boolean): void {
    if (arrays) this.#answered.add(id)
    if (hasSucceeded) return
    // at once: the next attempt has the same id
    const removed = this.#remove(name => name.startsWith(id) && isOutput(name)).catch(logError)
    void this.#afterOthers(() => removed)
  }

  /** For reading, wherever it is by now. */
  open(name: string): Promise<FileHandle> {
    return openArrayFile(name, this.#paths)
  }

  /** The job has ended: its files are moved out of memory. */
  jobEnded({ id, spec: { stdin } }: JobRecord): void {
    const hasFiles = this.#answered.delete(id) || (stdin && 'arrays' in stdin)
    if (!hasFiles || this.#paths.arrays === this.#paths.spool) return
    void this.#afterOthers(() => this.#moveToSpool(name => name.startsWith(id)))
  }

  /** These were refused: the files that were written for them are removed. */
  async jobsRefused(jobs: readonly StoredSpec[], isKnown: (id: string) => boolean): Promise<void> {
    const hasFiles = ({ stdin }: StoredSpec) => stdin && (('file' in stdin && stdin.owned) || 'arrays' in stdin)
    const ids = jobs.filter(job => isId(job.id) && hasFiles(job) && !isKnown(job.id)).map(({ id }) => id)
    if (ids.length > 0) await this.forget(new Set(ids))
  }

  /** What was given to a request has been read. Its files are known by name: the folders may have very many. */
  async forgetInputs(id: string): Promise<void> {
    if (!isId(id)) return // it would be a path
    await this.#afterOthers(async () => {
      await this.#removeNamed(`${id}.in`)
      for (let index = 0; await this.#removeNamed(inputArrayFile(id, index)); ) index++
    })
  }

  /** @returns whether it was there, also when it could not be removed */
  async #removeNamed(name: string): Promise<boolean> {
    const files = arrayFolders(this.#paths).map(folder => join(folder, name))
    const found = await Promise.all(files.map(isThere))
    await Promise.all(files.filter((_, i) => found[i]).map(file => rm(file, { force: true }).catch(logError)))
    return found.includes(true)
  }

  /** Before the service ends: waits for moves, and removes the folder in memory when it is empty. */
  async close(): Promise<void> {
    await this.#last
    if (this.#paths.arrays !== this.#paths.spool) await rmdir(this.#paths.arrays).catch(() => undefined)
  }

  /** Resolves when none of these jobs has a file any more. */
  forget(ids: ReadonlySet<string>): Promise<void> {
    return this.#afterOthers(() => this.#remove(name => ids.has(idOf(name))))
  }

  /** Bytes of all files of each job by its id: arrays, inputs, and outputs that are too large for the store. */
  async sizes(): Promise<Map<string, number>> {
    const sizes = new Map<string, number>()
    for (const folder of arrayFolders(this.#paths)) {
      const names = (await readdir(folder).catch(() => [])).filter(name => idOf(name).length === ID_LENGTH)
      for (let from = 0; from < names.length; from += FILES_AT_ONCE) {
        const add = async (name: string) => {
          const { size } = await stat(join(folder, name)).catch(() => ({ size: 0 })) // it has been moved or removed
          sizes.set(idOf(name), (sizes.get(idOf(name)) ?? 0) + size)
        }
        await Promise.all(names.slice(from, from + FILES_AT_ONCE).map(add))
      }
    }
    return sizes
  }

  /** At the start: files of jobs that are not there any more, and do not come, go; those of ended ones leave the memory. */
  sweep(isKnown: (id: string) => boolean, hasEnded: (id: string) => boolean): Promise<void> {
    return this.#afterOthers(async () => {
      await this.#remove(name => !isKnown(idOf(name)), Date.now() - UNSENT_MS)
      if (this.#paths.arrays !== this.#paths.spool) await this.#moveToSpool(name => hasEnded(idOf(name)))
    })
  }

  /** One step after the other: a file must not be looked for while it is being moved, and the disk is not kept busy. */
  #afterOthers(step: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(step).catch(logError)
    return this.#last
  }

  async #moveToSpool(which: (name: string) => boolean): Promise<void> {
    const { arrays, spool } = this.#paths
    for (const name of (await readdir(arrays)).filter(which)) {
      const part = join(spool, `${name}.part`)
      try {
        await copyFile(join(arrays, name), part) // readers find it in one of the two at any moment
        await rename(part, join(spool, name))
        await rm(join(arrays, name), { force: true })
      } catch (error) {
        logError(error) // it stays in memory, on a full disk for instance
        await rm(part, { force: true })
      }
    }
  }

  /** @param before only those that were written before this time, milliseconds since the epoch */
  async #remove(which: (name: string) => boolean, before = Number.POSITIVE_INFINITY): Promise<void> {
    for (const folder of arrayFolders(this.#paths)) {
      const names = (await readdir(folder)).filter(name => idOf(name).length === ID_LENGTH && which(name))
      await Promise.all(names.map(name => removeFile(join(folder, name), before)))
    }
  }
}

async function removeFile(file: string, before: number): Promise<void> {
  if (before < Number.POSITIVE_INFINITY && (await stat(file)).mtimeMs >= before) return
  await rm(file, { force: true })
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

/** An array that a worker wrote. */
function isOutput(name: string): boolean {
  return isArrayFileName(name) && !isInputArrayFile(name)
}

function idOf(name: string): string {
  return name.slice(0, name.indexOf('.'))
}

function logError(error: unknown): void {
  console.error('A file of an array could not be moved or removed:', error)
}
