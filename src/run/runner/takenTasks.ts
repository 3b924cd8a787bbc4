// Jobs that the workers of a pool had when another job service took their runner over: to that one each is a run of its own, of which
// it hears and asks as of any other.
import { type FromRunner, type SentEnd, sendEnd, type ToRun, type ToRunner } from '../base/runnerProtocol'
import { unobservedEnd } from '../base/unobservedEnd'
import type { TakenTask } from './journal'

type Read = Extract<ToRun, { type: 'read' }>

export class TakenTasks {
  readonly #byRun = new Map<number, TakenTask>()
  /** By worker and task. */
  readonly #byTask = new Map<number, Map<number, TakenTask>>()
  readonly #hasStarted = new Set<number>()
  /** What was asked, by the number under which it was passed on. */
  readonly #reads = new Map<number, Pick<Read, 'run' | 'request'>>()
  #lastRead = 0

  add(tasks: readonly TakenTask[]): void {
    for (const taken of tasks) {
      this.#byRun.set(taken.run, taken)
      const ofWorker = this.#byTask.get(taken.worker) ?? new Map<number, TakenTask>()
      this.#byTask.set(taken.worker, ofWorker.set(taken.task, taken))
    }
  }

  /** @returns what the runner is asked instead */
  request(message: ToRunner): ToRunner {
    if (message.type !== 'stop' && message.type !== 'read') return message
    const taken = this.#byRun.get(message.run)
    if (!taken) return message
    const { task, worker } = taken
    if (message.type === 'stop') return { ...message, type: 'stopTask', run: worker, task }
    const request = ++this.#lastRead
    this.#reads.set(request, { run: message.run, request: message.request })
    return { ...message, run: worker, task, request }
  }

  /** @returns what the job service gets instead */
  message(message: FromRunner): readonly FromRunner[] {
    const tasks = this.#byTask.get(message.run)
    if (!tasks) return [message]
    if (message.type === 'taskChanged') return this.#changed(message, tasks.get(message.task))
    if (message.type === 'tasksEnded') return message.ends.flatMap(({ task, end }) => this.#ended(tasks.get(task), end))
    if (message.type === 'returned') return message.tasks.flatMap(task => this.#neverBegun(tasks.get(task)))
    if (message.type === 'bytes') return this.#bytes(message)
    if (message.type !== 'ended') return [message]
    const left = [...tasks.values()].flatMap(task => this.#neverBegun(task))
    this.#byTask.delete(message.run)
    return [...left, message]
  }

  #changed(message: Extract<FromRunner, { type: 'taskChanged' }>, taken: TakenTask | undefined): FromRunner[] {
    if (!taken) return []
    const { command, pid, run } = taken
    const { progress, startedAt } = message
    const isStart = startedAt !== undefined && pid !== undefined && !this.#hasStarted.has(run)
    if (isStart) this.#hasStarted.add(run)
    return [
      ...(isStart ? [{ type: 'started', run, pid, command, startedAt } as const] : []),
      { type: 'changed', run, progress },
    ]
  }

  #ended(taken: TakenTask | undefined, end: SentEnd): FromRunner[] {
    if (!taken) return []
    const { command, pid, run, task, worker } = taken
    this.#byRun.delete(run)
    this.#byTask.get(worker)?.delete(task)
    this.#hasStarted.delete(run)
    return [{ type: 'ended', run, ...(pid !== undefined && { pid }), command, end }]
  }

  #neverBegun(taken: TakenTask | undefined): FromRunner[] {
    return this.#ended(taken, sendEnd({ ...unobservedEnd(undefined), neverBegun: true }))
  }

  #bytes(message: Extract<FromRunner, { type: 'bytes' }>): FromRunner[] {
    const asked = this.#reads.get(message.request)
    this.#reads.delete(message.request)
    return asked ? [{ ...message, ...asked }] : []
  }
}
