// Jobs that an earlier service has begun elsewhere, where their runner outlives connections: they are awaited until it says what has
// become of them, or it must have ended.

import type { Signal } from '../base/signal'
import type { KnownJob, RemoteQueues } from '../elsewhere/remoteQueues'
import type { Queues } from '../jobs/queues'
import { RunProxy } from '../runners/runProxy'
import type { JobRecord } from '../store/records'
import type { ActiveJobs } from './activeJobs'

/** After the time for which a runner waits: to be connected takes some. */
const MARGIN_MS = 90_000

export interface AwaitedJobsParts {
  readonly activeJobs: ActiveJobs
  readonly queues: Queues
  readonly remotes: RemoteQueues
  /** What has come back into the queue may start. */
  readonly mayStart: Signal
}

export class AwaitedJobs {
  readonly #parts: AwaitedJobsParts
  /** By their ids. */
  readonly #awaited = new Map<string, { job: JobRecord; timer: NodeJS.Timeout | undefined }>()
  #isStartDue = false

  constructor(parts: AwaitedJobsParts) {
    this.#parts = parts
    parts.remotes.onKnownJobs = (queue, jobs, isSame) => this.#onKnownJobs(queue, jobs, isSame)
  }

  /** @returns whether it may still run, and is awaited */
  await(job: JobRecord): boolean {
    const { activeJobs, queues, remotes } = this.#parts
    const { queue } = job.spec
    const runner = remotes.of(queue)
    if (!runner || runner.keepSeconds === 0) return false
    activeJobs.resume(job)
    queues.jobAdded(job)
    const lose = () => this.#lose(job, `The queue “${queue}” was not reached again in time`)
    const isLimited = Number.isFinite(runner.keepSeconds)
    const timer = isLimited ? setTimeout(lose, runner.keepSeconds * 1000 + MARGIN_MS) : undefined
    this.#awaited.set(job.id, { job, timer })
    runner.want()
    return true
  }

  /** What the runner of a queue has. What it has not never came there, or is lost with the one before it. */
  #onKnownJobs(queue: string, jobs: readonly KnownJob[], isSame: boolean | undefined): void {
    for (const known of jobs) {
      const awaited = this.#take(known.id)
      if (awaited) void this.#adopt(awaited, known.adopt)
      else known.abandon()
    }
    if (isSame === undefined) return // others may have them
    for (const { job } of [...this.#awaited.values()]) {
      if (job.spec.queue !== queue) continue
      if (isSame && job.state === 'starting') this.#giveBack(job)
      else if (isSame && job.state === 'stopping') this.#parts.activeJobs.lose(this.#take(job.id) ?? job)
      else this.#lose(job, `The runner of the queue “${queue}” has ended`)
    }
  }

  #take(id: string): JobRecord | undefined {
    const awaited = this.#awaited.get(id)
    clearTimeout(awaited?.timer)
    this.#awaited.delete(id)
    return awaited?.job
  }

  /** To wait for a slot again. */
  #giveBack(job: JobRecord): void {
    this.#take(job.id)
    void this.#adopt(job, (spec, events) => {
      const run = new RunProxy(spec, events)
      run.return()
      return run
    })
  }

  /** It may come back into the queue, at once or later: nobody else looks then whether it may start. */
  async #adopt(job: JobRecord, take: KnownJob['adopt']): Promise<void> {
    await this.#parts.activeJobs.adopt(job, take)
    if (this.#isStartDue) return
    this.#isStartDue = true // once for all that come in one turn
    setImmediate(() => {
      this.#isStartDue = false
      this.#parts.mayStart.emit()
    })
  }

  #lose(job: JobRecord, what: string): void {
    this.#take(job.id)
    const message = `${what} while this job ran, so its outcome is unknown. Rerun it if its result is needed.`
    this.#parts.activeJobs.lose(job, { kind: 'lost', message })
  }
}
