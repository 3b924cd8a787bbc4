// How many jobs run at once on a runner that is given some ahead: the others wait here, in the order in which they came.
import type { EndedBy, JobError } from '../../api'
import { sendEnd } from '../base/runnerProtocol'
import type { RunEnd, RunSpec } from '../base/runTypes'
import { unobservedEnd } from '../base/unobservedEnd'
import type { RunnerHost, RunnerRun } from './runnerRun'

export class Slots {
  /** All together; without a limit until it is set, and 0 while nothing may begin. */
  #all = Number.POSITIVE_INFINITY
  #used = 0
  readonly #waiting = new Set<WaitingJob>()

  set(all: number): void {
    this.#all = all
    this.#beginNext()
  }

  /** It begins at once, or when it is its turn. */
  add(job: WaitingJob): void {
    this.#waiting.add(job)
    this.#beginNext()
  }

  #beginNext(): void {
    for (const job of this.#waiting) {
      if (job.hasEnded) this.#waiting.delete(job)
      else {
        const cores = Math.min(job.spec.cores, Math.max(1, this.#all))
        if (this.#used + cores > this.#all) return
        this.#waiting.delete(job)
        this.#used += cores
        void job.begin().then(() => {
          this.#used -= cores
          this.#beginNext()
        })
      }
    }
  }
}

/** A job whose turn has not come. */
export class WaitingJob implements RunnerRun {
  readonly #end = Promise.withResolvers<void>()
  hasEnded = false

  constructor(
    private readonly id: number,
    readonly spec: RunSpec,
    private readonly host: RunnerHost,
    /** Resolves when its slots are free again. */
    readonly begin: () => Promise<unknown>,
  ) {}

  get ended(): Promise<unknown> {
    return this.#end.promise
  }

  stop(endedBy: EndedBy, error?: JobError): void {
    this.#finish(unobservedEnd(error, endedBy))
  }

  /** Another runner may begin it. */
  return(): void {
    this.#finish({ ...unobservedEnd(undefined), neverBegun: true })
  }

  #finish(end: RunEnd): void {
    this.hasEnded = true
    this.#end.resolve()
    this.host.end({ type: 'ended', run: this.id, command: this.spec.command, end: sendEnd(end) })
  }

  read(): undefined {
    return undefined
  }

  report(): void {}
}
