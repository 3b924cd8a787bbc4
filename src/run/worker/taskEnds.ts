// The ends of a worker's tasks: a task has ended when it was answered or given up, what it printed has been read, and what
// is large is on disk.
import type { JobError } from '../../api'
import { unwatch } from '../base/deadlines'
import type { RunEnd } from '../base/runTypes'
import { reasonOf } from '../base/startError'
import type { AssignedTask, Stopped } from './assignedTask'

/** How the process ended, for a task that ended with it. */
export type ProcessEnd = Pick<RunEnd, 'exitCode' | 'signal' | 'stderr' | 'notEnded'>

export interface TaskEndsOptions {
  readonly isConcurrent: boolean
  /** How much the process has printed so far. */
  printedBytes(): number
  peakMemoryBytes(): number | undefined
  /** Calls back when everything has been read that was printed before. */
  whenDrained(callback: () => void): void
  /** What was printed before the answers has been read, so that the next task may be sent. */
  onDrained(): void
  onEnd(task: AssignedTask, end: RunEnd): void
}

export class TaskEnds {
  readonly #options: TaskEndsOptions
  /** What was printed before these answers may still be unread. */
  #answered: AssignedTask[] = []
  #isDraining = false
  #hasAnswered = false
  /** Ends that wait for the disk. */
  readonly #settling = new Set<Promise<void>>()

  constructor(options: TaskEndsOptions) {
    this.#options = options
  }

  /** While what was printed before the last answer is read, the next task waits: the output would be attributed to it. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** The last of those whose output may still be unread. */
  get lastAnswered(): AssignedTask | undefined {
    return this.#answered.at(-1)
  }

  findAnswered(number: number): AssignedTask | undefined {
    return this.#answered.find(task => task.number === number)
  }

  /** Its end follows in this turn of the event loop, or when what it printed has been read. */
  addAnswered(task: AssignedTask): void {
    task.markEnded()
    const isFirst = this.#answered.push(task) === 1
    if (this.#mayHavePrinted) {
      this.#isDraining = true
      this.#options.whenDrained(() => this.#onDrained())
    } else if (isFirst) setImmediate(() => this.#isDraining || this.settleAnswered())
    this.#hasAnswered = true
  }

  /** A process that has never printed is not expected to begin with it: then the next task need not wait for a turn. */
  get #mayHavePrinted(): boolean {
    return !this.#options.isConcurrent && (this.#options.printedBytes() !== 0 || !this.#hasAnswered)
  }

  #onDrained(): void {
    this.#isDraining = false
    this.settleAnswered()
    this.#options.onDrained()
  }

  settleAnswered(): void {
    const tasks = this.#answered
    this.#answered = []
    for (const task of tasks)
      this.settle(task, task.stopped ?? { endedBy: 'self', ...(task.error && { error: task.error }) })
  }

  /** @param exit how the process ended, when the task ended with it */
  settle(task: AssignedTask, stopped: Stopped, exit?: ProcessEnd): void {
    const settling = this.#settle(task, stopped, exit).finally(() => this.#settling.delete(settling))
    this.#settling.add(settling)
  }

  async allSettled(): Promise<void> {
    await Promise.all(this.#settling)
  }

  async #settle(task: AssignedTask, { endedBy, error }: Stopped, exit?: ProcessEnd): Promise<void> {
    unwatch(task)
    const closing = task.isInMemory ? undefined : task.close()
    const problem = await closing?.catch((fault): JobError => ({ kind: 'service', message: reasonOf(fault) }))
    const why = error ?? problem
    const peakMemoryBytes = this.#options.peakMemoryBytes()
    this.#options.onEnd(task, {
      exitCode: exit?.exitCode ?? null,
      signal: exit?.signal ?? null,
      endedBy,
      ...(task.isAnswered && { answered: true }),
      ...(why && { error: why }),
      ...(task.startedAt !== undefined && { startedAt: task.startedAt }),
      endedAt: task.endedAt ?? Date.now(),
      leftovers: 0,
      ...task.result(),
      ...(exit && this.#options.isConcurrent && { stderr: exit.stderr }),
      ...(exit?.notEnded !== undefined && { notEnded: exit.notEnded }),
      ...(peakMemoryBytes !== undefined && { peakMemoryBytes }),
    })
  }
}
