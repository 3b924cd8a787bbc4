// What a runner that outlives its connections knows of its jobs, for a job service that has not heard of them: that which started
// them may have died.
import type { FromRunner, KnownRun, SentEnd, ToRunner } from '../base/runnerProtocol'

type Started = Extract<FromRunner, { type: 'started' }>

/** A worker that serves the jobs of a pool. */
interface KeptWorker {
  hasEnded: boolean
  command: readonly string[]
  pid?: number
  /** Jobs that it has, by their numbers. */
  readonly open: Map<number, { id: string; startedAt?: number }>
  /** Jobs that have ended, until that is on disk, in the order of their ends. */
  readonly ended: Map<number, { id: string; end: SentEnd }>
  /** How many of those that have ended are on disk. */
  forgotten: number
}

/** A job that a worker had when another job service took it over: a run of its own since. */
export interface TakenTask {
  readonly worker: number
  readonly task: number
  readonly run: number
  readonly command: readonly string[]
  readonly pid?: number
}

export class Journal {
  readonly #jobs = new Map<number, KnownRun>()
  readonly #workers = new Map<number, KeptWorker>()
  /** Those of windows. */
  readonly #requestWorkers = new Set<number>()
  /** The highest number that was given to one of them. */
  last = 0

  onRequest(message: ToRunner): void {
    if (message.type === 'start' || message.type === 'startWorker') this.last = Math.max(this.last, message.run)
    if (message.type === 'start') this.#jobs.set(message.run, { run: message.run, id: message.spec.id })
    else if (message.type === 'startWorker') this.#workerBegins(message)
    else if (message.type === 'tasks') {
      const worker = this.#workers.get(message.run)
      for (const { id, task } of message.tasks) worker?.open.set(task, { id })
    } else if (message.type === 'forget') this.#jobs.delete(message.run)
    else if (message.type === 'forgetTasks') this.#forgetTasks(message.run, message.ends)
  }

  #workerBegins({ isConcurrent, run, spec: { command } }: Extract<ToRunner, { type: 'startWorker' }>): void {
    if (isConcurrent) this.#requestWorkers.add(run)
    else this.#workers.set(run, { hasEnded: false, command, open: new Map(), ended: new Map(), forgotten: 0 })
  }

  #forgetTasks(run: number, ends: number): void {
    const worker = this.#workers.get(run)
    if (!worker) return
    for (const task of worker.ended.keys()) {
      if (worker.forgotten === ends) break
      worker.ended.delete(task)
      worker.forgotten++
    }
    this.#dropIfOver(run, worker)
  }

  #dropIfOver(run: number, { ended, hasEnded }: KeptWorker): void {
    if (hasEnded && ended.size === 0) this.#workers.delete(run)
  }

  onMessage(message: FromRunner): void {
    const job = this.#jobs.get(message.run)
    if (job && message.type === 'started') job.started = message
    if (job && message.type === 'ended') job.ended = message
    if (message.type === 'ended') this.#requestWorkers.delete(message.run)
    const worker = this.#workers.get(message.run)
    if (worker) this.#onWorker(worker, message)
  }

  #onWorker(worker: KeptWorker, message: FromRunner): void {
    if (message.type === 'started') Object.assign(worker, { command: message.command, pid: message.pid })
    else if (message.type === 'taskChanged') {
      const open = worker.open.get(message.task)
      if (open && message.startedAt !== undefined) open.startedAt = message.startedAt
    } else if (message.type === 'tasksEnded') {
      for (const { end, task } of message.ends) {
        worker.ended.set(task, { id: worker.open.get(task)?.id ?? '', end })
        worker.open.delete(task)
      }
    } else if (message.type === 'returned') for (const task of message.tasks) worker.open.delete(task)
    else if (message.type === 'ended') {
      worker.hasEnded = true
      worker.open.clear() // it never began them
      this.#dropIfOver(message.run, worker)
    }
  }

  /** Makes runs of all jobs that workers have or had. @returns those that have not ended */
  takeTasks(): readonly TakenTask[] {
    const taken: TakenTask[] = []
    for (const [number, worker] of this.#workers) {
      const { command, ended, open, pid } = worker
      const process = { command, ...(pid !== undefined && { pid }) }
      for (const { end, id } of ended.values()) {
        const run = ++this.last
        this.#jobs.set(run, { run, id, ended: { type: 'ended', run, ...process, end } })
      }
      for (const [task, { id, startedAt }] of open) {
        const run = ++this.last
        const started: Started | undefined =
          startedAt === undefined || pid === undefined ? undefined : { type: 'started', run, pid, command, startedAt }
        this.#jobs.set(run, { run, id, ...(started && { started }) })
        taken.push({ worker: number, task, run, ...process })
      }
      worker.forgotten += ended.size
      ended.clear()
      open.clear()
      this.#dropIfOver(number, worker)
    }
    return taken
  }

  get jobs(): readonly KnownRun[] {
    return [...this.#jobs.values()]
  }

  /** Those of pools that have not ended. */
  get workers(): readonly number[] {
    return [...this.#workers].filter(([, { hasEnded }]) => !hasEnded).map(([run]) => run)
  }

  get requestWorkers(): readonly number[] {
    return [...this.#requestWorkers]
  }

  /** Whether somebody may want what it has. */
  get isEmpty(): boolean {
    return this.#jobs.size === 0 && [...this.#workers.values()].every(({ ended, open }) => ended.size + open.size === 0)
  }
}
