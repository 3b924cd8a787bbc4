// The workers of a queue elsewhere: those of a pool begin on the connection that is there, those that windows hold wait for one.
import type { RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import { type AttemptFiles, onceStored } from '../files/leftFiles'
import { sendHelperOnce } from '../files/remoteArrays'
import { WorkerProxy, type WorkerProxyEvents } from '../runners/workerProxy'
import type { Connection, Connections } from './remoteConnection'
import { RemoteJob } from './remoteJob'
import { RemoteWorker } from './remoteWorker'

interface WaitingWorker {
  readonly spec: RunSpec
  readonly worker: WorkerProxy
  /** Filled in when it is known. */
  readonly place: { host: string; lost: string }
}

export class RemoteWorkers {
  readonly #connections: Connections
  readonly #waiting = new Set<WaitingWorker>()

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /** For the jobs of a pool: each comes when the one before it has ended. */
  start(connection: Connection | undefined, spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    if (!connection) {
      const worker = new WorkerProxy(spec, false, events)
      queueMicrotask(() => worker.finish()) // its jobs return
      return worker
    }
    const { host } = connection.hello
    const lost = `The connection to ${host} was lost while this job ran`
    const worker = new WorkerProxy(spec, false, events, { host, lost })
    void this.#begin(connection, spec, worker)
    return worker
  }

  /** For the requests of a window: begins when there is a connection, and ends with what is wrong when there will be none. */
  startLater(connection: Connection | undefined, spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    const place = { host: '', lost: '' }
    const waiting = { spec, worker: new WorkerProxy(spec, true, events, place), place }
    this.#waiting.add(waiting)
    if (connection) queueMicrotask(() => this.onConnected(connection))
    return waiting.worker
  }

  onConnected(connection: Connection): void {
    const { host } = connection.hello
    for (const { place, spec, worker } of this.#waiting) {
      place.host = host
      place.lost = `The connection to ${host} was lost, and the worker with it`
      if (!worker.hasEnded) void this.#begin(connection, spec, worker)
    }
    this.#waiting.clear()
  }

  onProblem(message: string): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const { worker } of waiting) if (!worker.hasEnded) worker.stop('self', { kind: 'start', message })
  }

  async #begin(connection: Connection, local: RunSpec, worker: WorkerProxy): Promise<void> {
    const { files, hello, kept, left, runner } = connection
    const place = { files, left, folder: hello.folder, host: hello.host }
    const job = new RemoteJob(local, this.#connections.host.config, place)
    try {
      const spec = await job.prepare()
      await sendHelperOnce(local.protocol, connection.files, connection.hello.folder)
      if (worker.hasEnded || !this.#connections.isPresent(connection)) {
        job.clean()
        if (!worker.hasEnded) worker.finish()
        return
      }
      const ends = new WorkerEnds({
        isKept: kept !== undefined && !worker.isConcurrent,
        isStored: () => this.#connections.host.isStored(),
        forget: count => runner.forgetTasks(id, count),
      })
      const id: number = runner.start(
        new RemoteWorker(worker, spec, local, place, {
          onTasksEnded: left => ends.add(left),
          onEnd: () => job.clean(),
        }),
      )
    } catch (error) {
      job.clean()
      if (worker.isConcurrent || this.#connections.isPresent(connection))
        worker.stop('self', { kind: 'start', message: reasonOf(error) })
      else worker.finish() // the connection was lost: its jobs return
    }
  }
}

interface WorkerEndsHost {
  /** Its jobs outlive the job service. */
  readonly isKept: boolean
  isStored(): boolean
  /** The first so many. */
  forget(count: number): void
}

/** The jobs that a worker has ended, until that is on disk. */
class WorkerEnds {
  readonly #host: WorkerEndsHost
  #forgotten = 0
  #fresh: AttemptFiles[] = []
  #isWaiting = false

  constructor(host: WorkerEndsHost) {
    this.#host = host
  }

  /** @param left what each has left there */
  add(left: readonly AttemptFiles[]): void {
    if (this.#host.isKept) this.#fresh.push(...left)
    else for (const files of left) void files.remove()
    if (!this.#isWaiting) this.#wait()
  }

  #wait(): void {
    const due = this.#fresh
    this.#fresh = []
    this.#isWaiting = due.length > 0
    if (!this.#isWaiting) return
    onceStored(this.#host.isStored, () => {
      this.#forgotten += due.length
      this.#host.forget(this.#forgotten)
      for (const files of due) void files.remove()
      this.#wait()
    })
  }
}
