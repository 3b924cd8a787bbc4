// All workers of a runner: passes on what the service sends to them, and decides when their reports are sent.
import { UPDATE_INTERVAL_MS } from '../../core/protocol/limits'
import type { FromRunner, ToRunner } from '../base/runnerProtocol'
import type { ProtocolRunSpec } from './oneShot'
import { RunnerWorker, type WorkerHost } from './runnerWorker'

/** How long ends may be gathered while the worker has enough to do: a message costs more than an end. */
const GATHER_MS = 5

export class RunnerWorkers implements WorkerHost {
  readonly #workers = new Map<number, RunnerWorker>()
  #changeTimer: NodeJS.Timeout | undefined
  #endTimer: NodeJS.Timeout | undefined

  /** @param pendingBytes that were sent and have not been read yet */
  constructor(
    readonly send: (message: FromRunner) => void,
    readonly pendingBytes: () => number,
  ) {}

  start(run: number, spec: ProtocolRunSpec, isConcurrent: boolean): void {
    this.#workers.set(run, new RunnerWorker(run, spec, isConcurrent, this))
  }

  /** @returns whether it was for a worker */
  onMessage(message: ToRunner): boolean {
    if (!('run' in message)) return false
    const found = this.#workers.get(message.run)
    if (!found) return message.type === 'tasks' // its worker has ended: the service knows or will, and keeps the tasks
    const { worker } = found
    if (message.type === 'tasks') found.assign(message)
    else if (message.type === 'stopTask') worker.stopTask(message.task, message.endedBy, message.error)
    else if (message.type === 'finish') worker.finish()
    else if (message.type === 'stop') worker.stop(message.endedBy, message.error)
    else if (message.type === 'read') void found.read(message)
    return true
  }

  /** The service has gone. */
  async stopAll(): Promise<void> {
    const workers = [...this.#workers.values()].map(({ worker }) => worker)
    for (const worker of workers) worker.stop('shutdown')
    await Promise.all(workers.map(worker => worker.ended))
  }

  /** For every message and every byte: sent at most 10 times a second. */
  onChange(): void {
    this.#changeTimer ??= setTimeout(() => {
      this.#changeTimer = undefined
      for (const worker of this.#workers.values()) worker.sendChanges()
    }, UPDATE_INTERVAL_MS)
  }

  onTaskEnd(): void {
    this.#endTimer ??= setTimeout(() => {
      this.#endTimer = undefined
      for (const worker of this.#workers.values()) worker.sendEnds()
    }, GATHER_MS)
  }

  onEnd(run: number): void {
    this.#workers.delete(run)
  }
}
