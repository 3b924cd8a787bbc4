// What a runner that outlives its connections knows of its jobs, for a job service that has not heard of them: that which started
// them may have died.
import type { FromRunner, KnownRun, ToRunner } from '../base/runnerProtocol'

export class Journal {
  /** Jobs, not workers: what these have under way is lost with the service that gave it to them. */
  readonly #jobs = new Map<number, KnownRun>()
  readonly #workers = new Set<number>()
  /** The highest number that was given to one of them. */
  last = 0

  onRequest(message: ToRunner): void {
    if (message.type === 'start' || message.type === 'startWorker') this.last = Math.max(this.last, message.run)
    if (message.type === 'start') this.#jobs.set(message.run, { run: message.run, id: message.spec.id })
    else if (message.type === 'startWorker') this.#workers.add(message.run)
    else if (message.type === 'forget') this.#jobs.delete(message.run)
  }

  onMessage(message: FromRunner): void {
    const job = this.#jobs.get(message.run)
    if (job && message.type === 'started') job.started = message
    if (job && message.type === 'ended') job.ended = message
    if (message.type === 'ended') this.#workers.delete(message.run)
  }

  get jobs(): readonly KnownRun[] {
    return [...this.#jobs.values()]
  }

  get workers(): readonly number[] {
    return [...this.#workers]
  }

  /** Whether somebody may want what it has. */
  get isEmpty(): boolean {
    return this.#jobs.size === 0
  }
}
