// A task that a worker has been given: when it was sent, which of its limits comes next, and who stopped it.
import type { EndedBy, JobError } from '../../api'
import { type Deadline, now, unwatch, watch } from '../base/deadlines'
import { silenceError, timeoutError } from '../base/limitErrors'
import type { Source } from '../output/capture'
import { Task, type TaskContext, type TaskSpec } from './task'

/** Who ended a task, and why. */
export interface Stopped {
  endedBy: EndedBy
  error?: JobError
}

export interface AssignedTaskEvents {
  source(): Source | undefined
  onChange(task: AssignedTask): void
  onLimit(task: AssignedTask, error: JobError): void
  /** A limit may have been reached, or the grace time of a stopped task is over. */
  onDue(task: AssignedTask, at: number): void
}

export class AssignedTask extends Task implements Deadline {
  dueAt = Number.POSITIVE_INFINITY
  startedAt: number | undefined
  /** When its answer came; what follows on the same worker starts no earlier. */
  endedAt: number | undefined
  /** Set when its answer is not wanted any more. */
  stopped: Stopped | undefined
  /** How long the worker had it, milliseconds. */
  durationMs = 0
  /** On the clock of `now()`. */
  sentAt = 0
  #activeAt = 0

  constructor(
    readonly number: number,
    spec: TaskSpec,
    context: TaskContext,
    private readonly events: AssignedTaskEvents,
  ) {
    super(spec, context, {
      source: events.source,
      onChange: () => this.events.onChange(this),
      onLimit: error => this.events.onLimit(this, error),
    })
  }

  onDue(at: number): void {
    this.dueAt = Number.POSITIVE_INFINITY
    this.events.onDue(this, at)
  }

  markSent(): void {
    this.startedAt = Date.now()
    this.sentAt = now()
    this.#activeAt = this.sentAt
    this.watchLimits()
  }

  /** The worker has written something about it. */
  markActive(at = now()): void {
    this.#activeAt = at
  }

  /** It has been answered or given up. */
  markEnded(): void {
    unwatch(this)
    this.endedAt = Date.now()
    this.durationMs = now() - this.sentAt
  }

  watchLimits(): void {
    const { timeoutMs, noOutputTimeoutMs } = this.spec
    this.dueAt = Math.min(
      timeoutMs === undefined ? Number.POSITIVE_INFINITY : this.sentAt + timeoutMs,
      noOutputTimeoutMs === undefined ? Number.POSITIVE_INFINITY : this.#activeAt + noOutputTimeoutMs,
    )
    if (this.dueAt < Number.POSITIVE_INFINITY) watch(this)
  }

  watchGrace(graceMs: number): void {
    this.dueAt = now() + graceMs
    watch(this)
  }

  /** The limit that it has reached. */
  exceededLimit(at: number): JobError | undefined {
    const { timeoutMs, noOutputTimeoutMs } = this.spec
    if (timeoutMs !== undefined && at >= this.sentAt + timeoutMs) return timeoutError(timeoutMs)
    if (noOutputTimeoutMs !== undefined && at >= this.#activeAt + noOutputTimeoutMs)
      return silenceError(noOutputTimeoutMs)
    return undefined
  }
}
