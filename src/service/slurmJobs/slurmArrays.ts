// All jobs that Slurm has of a queue: what it and their runners say of them, which of them are cancelled, and which are lost.
import type { AllocationInfo } from '../../core/protocol/facts'
import { reasonOf } from '../../run/base/startError'
import { readStatusName, type TaskStatus } from '../../run/base/taskFiles'
import { forEachAtOnce } from '../base/atOnce'
import { onceStored } from '../files/leftFiles'
import { hasEnded } from '../slurm/slurmCommands'
import type { ClusterFolder } from './clusterFolder'
import type { SlurmTask } from './slurmTask'
import type { TaskArray } from './taskArray'
import { type TaskState, writeIndexes } from './taskCommands'

/** Files that are read at once. */
const READ_AT_ONCE = 16
/** In the state of a queue, which each window is sent. */
const MAX_INFOS = 200
/** Until a job that Slurm was asked to end is asked to end once more. */
const CANCEL_AGAIN_MS = 15_000

export interface Placed {
  readonly array: TaskArray
  readonly index: number
  readonly task: SlurmTask
}

export class SlurmArrays {
  readonly #folder: ClusterFolder
  readonly #isStored: () => boolean
  readonly #byName = new Map<string, TaskArray>()
  readonly #places = new Map<SlurmTask, Placed>()
  /** Whose end is on disk. */
  readonly #over = new Set<Placed>()
  readonly #cancelledAt = new Map<SlurmTask, number>()
  #cores = 0

  constructor(folder: ClusterFolder, isStored: () => boolean) {
    this.#folder = folder
    this.#isStored = isStored
  }

  get size(): number {
    return this.#places.size
  }

  get all(): Iterable<Placed> {
    return this.#places.values()
  }

  /** Those that all of them ask for. */
  get cores(): number {
    return this.#cores
  }

  add(array: TaskArray): void {
    this.#byName.set(array.name, array)
    for (const [index, task] of array.tasks.entries()) if (task) this.place({ array, index, task })
  }

  place(placed: Placed): void {
    const { array, index, task } = placed
    array.tasks[index] = task
    if (!this.has(task)) this.#cores += task.spec.cores
    this.#places.set(task, placed)
    void task.run.ended.then(() => this.#forgetSoon(placed))
  }

  /** Of which nothing has to be known: an earlier service had no time to remove them. */
  async removeEmpty(): Promise<void> {
    const empty = [...this.#byName.values()].filter(array => array.isOver)
    for (const { name } of empty) this.#byName.delete(name)
    await Promise.all(empty.map(array => array.remove()))
  }

  has(task: SlurmTask): boolean {
    return this.#places.has(task)
  }

  /** It was not submitted, or is to be no longer. */
  remove({ array, index, task }: Placed): void {
    array.tasks[index] = undefined
    if (this.#places.delete(task)) this.#cores -= task.spec.cores
    this.#cancelledAt.delete(task)
    if (array.isOver) this.#byName.delete(array.name)
  }

  /** Once its end is on disk: what is not there any more, the next job service takes for a job that was never submitted. */
  #forgetSoon(placed: Placed): void {
    if (this.has(placed.task)) onceStored(this.#isStored, () => this.#over.add(placed))
  }

  /** Removes what is left of jobs that have ended. */
  async forget(): Promise<void> {
    for (const [array, due] of Map.groupBy(this.#over, placed => placed.array)) {
      for (const { task } of due) task.clean()
      try {
        await array.forget(due.map(({ index }) => index))
      } catch (error) {
        console.error(`Jobs of ${array.name} are not removed yet: ${reasonOf(error)}`)
        continue
      }
      for (const placed of due) {
        this.#over.delete(placed)
        this.remove(placed)
      }
    }
  }

  /** @returns how many are not as they were, and what Slurm has and nobody wants, as words for `scancel` */
  onStates(states: readonly TaskState[], askedAt: number): { changed: number; unwanted: string[] } {
    const unwanted: string[] = []
    const seen = new Set<SlurmTask>()
    let changed = 0
    for (const state of states) {
      const array = this.#byName.get(state.array)
      if (array) array.id ??= state.id
      const unknown: number[] = []
      for (const index of state.indexes) {
        const task = array?.tasks[index]
        if (!task) unknown.push(index)
        else {
          seen.add(task)
          if (task.onState(state, index)) changed++
        }
      }
      if (unknown.length > 0 && !hasEnded(state)) unwanted.push(cancelWord(state, unknown))
    }
    for (const { array, task } of this.all)
      if (!seen.has(task) && !array.isBeingSubmitted && array.since < askedAt) task.onUnknown()
    return { changed, unwanted }
  }

  /**
   * Reads what their runners have left.
   * @param isSilent Slurm does not answer: what has ended is not waited for
   * @returns how many there were
   */
  async readStatuses(isSilent: boolean): Promise<number> {
    const { files, path } = this.#folder
    const found = await files.find(path, ['*.json'])
    const left = found.flatMap(({ path: name, bytes, changedAt }) => {
      const parts = readStatusName(name)
      const array = parts && this.#byName.get(parts.array)
      const task = array?.tasks[parts?.index ?? -1]
      const version = `${changedAt} ${bytes}`
      if (parts && !array) void files.remove(`${path}/${name}`) // that of an array which is over
      return task && !task.isKnownAs(version) ? [{ name, bytes, task, version }] : []
    })
    await forEachAtOnce(left, READ_AT_ONCE, async ({ name, bytes, task, version }) => {
      try {
        const status = readStatus(await files.readPart(`${path}/${name}`, 0, bytes))
        const isHeld = status?.ended && task.isStopped && !task.isGone && !isSilent
        if (status && !isHeld) task.onStatus(status, version)
      } catch (error) {
        console.error(`${name} could not be read:`, error) // the others are
      }
    })
    return left.length
  }

  /** What is to end, as words for `scancel`; each once in a while. What has not begun will not, whatever Slurm does. */
  async cancelWords(): Promise<string[]> {
    const now = performance.now()
    const isDue = ({ array, task }: Placed) =>
      task.isStopped &&
      !task.run.hasEnded &&
      !task.isGone &&
      array.id !== undefined &&
      now - (this.#cancelledAt.get(task) ?? Number.NEGATIVE_INFINITY) > CANCEL_AGAIN_MS
    const due = Map.groupBy([...this.all].filter(isDue), ({ array }) => array)
    const words: string[] = []
    for (const [array, placed] of due) {
      for (const { task } of placed) this.#cancelledAt.set(task, now)
      const indexes = placed.map(({ index }) => index)
      const isAll = array.tasks.every(task => !task || task.isStopped || task.run.hasEnded) // which is cheaper for Slurm
      words.push(cancelWord({ id: array.id ?? '', isAlone: isAll || array.isAlone }, indexes))
      const waiting = placed.filter(({ task }) => !task.hasBegun)
      const isTaken =
        waiting.length === array.tasks.length
          ? array.remove()
          : Promise.all(waiting.map(({ index }) => array.takeBack(index)))
      // what cannot be written there, as with a full disk, must not keep Slurm from ending them
      await isTaken.catch(error => console.error(`Jobs of ${array.name} are not taken back: ${reasonOf(error)}`))
    }
    return words
  }

  /** As it is listed. */
  get infos(): AllocationInfo[] {
    const byArray = Map.groupBy(
      [...this.all].filter(({ task }) => !task.run.hasEnded),
      ({ array }) => array,
    )
    return [...byArray].slice(0, MAX_INFOS).map(([{ id }, placed]) => {
      const running = placed.filter(({ task }) => task.isRunning).length
      const reason = placed.find(({ task }) => task.isWaiting)?.task.state?.reason
      return {
        ...(id !== undefined && { id }),
        ofJobs: true,
        state: id === undefined ? 'REQUESTED' : running > 0 ? 'RUNNING' : 'PENDING',
        ...(reason !== undefined && { reason }),
        slots: placed.length,
        used: running,
      }
    })
  }
}

function cancelWord({ id, isAlone }: Pick<TaskState, 'id' | 'isAlone'>, indexes: readonly number[]): string {
  return isAlone ? id : `${id}_[${writeIndexes(indexes)}]`
}

/** One that is being written when it is read first is read again. */
function readStatus(bytes: Uint8Array): TaskStatus | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined
  }
}
