// The runners of the job service: starts them when they are needed, and assigns each run to the one with the fewest.
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import type { LivingWorkers } from '../state/livingWorkers'
import { startRunner } from './localRunner'
import { Runner } from './runner'
import { type ProcessProxy, RunProxy } from './runProxy'
import { WorkerProxy, type WorkerProxyEvents } from './workerProxy'

/** Runners start jobs in parallel; more of them are no faster, and each uses 40 MB. */
const MAX_RUNNERS = 4
/** The pause after a runner could not be started. */
const ADD_AGAIN_MS = 1000

export interface RunnersHost {
  /** Where a runner prints. */
  readonly output: number | 'inherit'
  /** Restores the files from which a runner is started. */
  keepProgram(): void
}

export class Runners {
  readonly #runners = new Set<Runner>()
  readonly #host: RunnersHost
  readonly #workers: LivingWorkers
  readonly #most: number
  #addAgainAt = 0

  constructor(cores: number, workers: LivingWorkers, host: RunnersHost) {
    this.#host = host
    this.#workers = workers
    this.#most = Math.max(1, Math.min(MAX_RUNNERS, cores))
    this.#add() // at once: an update may remove the editor's runtime later
  }

  start(spec: RunSpec, events: RunEvents): Run {
    const run = new RunProxy(spec, events)
    this.#assign(run)
    return run
  }

  /** @param isConcurrent whether it gets requests as they come; else jobs one after the other */
  startWorker(spec: RunSpec, isConcurrent: boolean, events: WorkerProxyEvents): WorkerProxy {
    const { id } = spec
    const workers = this.#workers
    workers.starts(id)
    const worker: WorkerProxy = new WorkerProxy(spec, isConcurrent, {
      ...events,
      onChange: () => {
        workers.hasProcess(id, worker.pid, worker.progress.processStartTime)
        events.onChange()
      },
      onEnd: end => {
        workers.ended(id)
        events.onEnd(end)
      },
    })
    this.#assign(worker)
    return worker
  }

  /** Gives a run to the least busy runner; a new runner is started when all are busy. */
  #assign(run: ProcessProxy): void {
    let best: Runner | undefined
    for (const runner of this.#runners) if (!best || runner.busy < best.busy) best = runner
    const mayAdd = this.#runners.size < this.#most && performance.now() >= this.#addAgainAt
    if (!best || (best.busy > 0 && mayAdd)) best = this.#add()
    best.start(run)
  }

  #add(): Runner {
    this.#host.keepProgram()
    const started = startRunner(this.#runners.size + 1, this.#host.output)
    const runner = new Runner(started, { onGone: () => this.#runners.delete(runner) })
    this.#runners.add(runner)
    runner.failed.then(runs => {
      // short of processes, memory or files: no fault of its jobs, which wait and try again
      this.#runners.delete(runner)
      this.#addAgainAt = performance.now() + ADD_AGAIN_MS
      for (const run of runs) run.detach()
      setTimeout(() => {
        for (const run of runs) if (!run.hasEnded) this.#assign(run)
      }, ADD_AGAIN_MS)
    })
    return runner
  }

  /** Closes the channels; a runner without runs ends at once. */
  close(): void {
    for (const runner of this.#runners) runner.close()
  }
}
