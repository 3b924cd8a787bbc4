// An array of jobs of Slurm, as its file has them: written before Slurm is given it, and kept until nothing has to be known of any.
import { randomBytes } from 'node:crypto'
import {
  ARRAY_ENDING,
  ARRAY_OFFSET,
  arrayRecord,
  NO_RECORD,
  recordOffset,
  statusFile,
  type Task,
  writeArray,
} from '../../run/base/taskFiles'
import type { ClusterFolder } from './clusterFolder'
import type { SlurmTask } from './slurmTask'

/** Those that are made later come later in the order of their names. */
export function newArrayName(): string {
  return Date.now().toString(16).padStart(12, '0') + randomBytes(3).toString('hex')
}

export class TaskArray {
  /** That of its file, and its comment in Slurm. */
  readonly name: string
  /** By their places in it; absent where nothing has to be known any more. */
  readonly tasks: (SlurmTask | undefined)[]
  readonly #folder: ClusterFolder
  /** In Slurm; absent until it has answered. */
  id: string | undefined
  /** Since when Slurm has it, or may have it, by `performance.now()`. */
  since = performance.now()
  /** Its request is under way. */
  isBeingSubmitted = false
  #isRemoved = false

  constructor(name: string, tasks: (SlurmTask | undefined)[], folder: ClusterFolder, id?: string) {
    this.name = name
    this.tasks = tasks
    this.#folder = folder
    this.id = id
  }

  /** It has one job, which is no array in Slurm. */
  get isAlone(): boolean {
    return this.tasks.length === 1
  }

  get isOver(): boolean {
    return this.tasks.every(task => task === undefined)
  }

  get #file(): string {
    return `${this.#folder.path}/${this.name}${ARRAY_ENDING}`
  }

  /** What Slurm is asked later says whether it has it. */
  submitted(): void {
    this.isBeingSubmitted = false
    this.since = performance.now()
  }

  async write(tasks: readonly Task[]): Promise<void> {
    const { files, path } = this.#folder
    await files.makeFolder(path) // somebody may have removed it
    await files.write(this.#file, writeArray(tasks))
  }

  /** What Slurm calls it: the next job service may have to know. */
  async named(id: string): Promise<void> {
    await this.#folder.files.write(this.#file, arrayRecord(this.tasks.length, id), ARRAY_OFFSET)
  }

  /** What has not begun does not begin any more. */
  async takeBack(index: number): Promise<void> {
    if (this.#isRemoved) return
    try {
      await this.#folder.files.write(this.#file, NO_RECORD, recordOffset(index))
    } catch (error) {
      const { files, path } = this.#folder
      this.#isRemoved = (await files.find(path, [this.name + ARRAY_ENDING])).length === 0 // by somebody else
      if (!this.#isRemoved) throw error
    }
  }

  /** The same for all of it. */
  async remove(): Promise<void> {
    this.#isRemoved = true
    await this.#folder.files.remove(this.#file)
  }

  /** Nothing has to be known of these any more. */
  async forget(indexes: readonly number[]): Promise<void> {
    const { files, path } = this.#folder
    for (const index of indexes) this.tasks[index] = undefined
    if (this.isOver) await this.remove()
    else await Promise.all(indexes.map(index => this.takeBack(index)))
    await Promise.all(indexes.map(index => files.remove(`${path}/${statusFile(this.name, index)}`)))
  }
}
