// Calls of an extension's callbacks: what one throws is logged and changes nothing else.
import type { JobInfo } from '../../api'

type Subject = { info: JobInfo } | undefined

export class Callbacks {
  readonly #log: (message: string) => void

  constructor(log: (message: string) => void) {
    this.#log = log
  }

  /** @param name of the callback, for the log */
  call<A>(name: string, job: Subject, callback: ((argument: A) => unknown) | undefined, argument: A): void {
    if (!callback) return
    try {
      const returned = callback(argument)
      if (returned instanceof Promise) returned.catch((error: unknown) => this.logError(name, job, error))
    } catch (error) {
      this.logError(name, job, error)
    }
  }

  logError(name: string, job: Subject, error: unknown): void {
    const ofJob = job ? ` of job ${job.info.name}` : ''
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#log(`The callback ${name}${ofJob} threw: ${text}`)
  }
}
