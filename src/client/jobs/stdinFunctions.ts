// Calls the stdin functions of this window's jobs shortly before these start, and sends the service what they return.
import type { JobInput } from '../../api'
import type { StoredInput } from '../../core/jobs/job'
import type { ServiceClient } from '../connection/serviceClient'
import { TooLargeError } from '../connection/serviceConnection'
import { orLate } from '../connection/untilKnown'
import { checkInput } from '../values/checkSpec'
import type { JobHandle } from './jobHandle'
import { reasonOf } from './jobResults'
import { storeJobInput } from './storedSpec'

type Answer = { id: string; input: StoredInput } | { id: string; error: string }

export class StdinFunctions {
  readonly #client: ServiceClient
  readonly #log: (message: string) => void
  /** Inputs that functions make or have made, until the service has them. */
  readonly #answers = new Map<string, Promise<Answer>>()

  constructor(client: ServiceClient, log: (message: string) => void) {
    this.#client = client
    this.#log = log
  }

  /** Calls the function once, however often the service requests its input, until that has arrived. */
  async provide(id: string, job: JobHandle<unknown> | undefined): Promise<void> {
    const prepared = this.#answers.get(id) ?? this.#prepare(id, job)
    this.#answers.set(id, prepared)
    const answer = await prepared
    try {
      await orLate(this.#send(answer))
      this.#answers.delete(id)
    } catch (error) {
      this.#log((error as Error).message) // the service requests it again after a reconnect
    }
  }

  #send(answer: Answer): Promise<void> {
    const { service } = this.#client
    return service.provideInput({ answers: [answer] }).catch((error: Error) => {
      if (!(error instanceof TooLargeError)) throw error
      const why = `What the stdin function returned cannot be sent: ${error.message}`
      return service.provideInput({ answers: [{ id: answer.id, error: why }] })
    })
  }

  /** The job has ended. */
  forget(id: string): void {
    this.#answers.delete(id)
  }

  async #prepare(id: string, job: JobHandle<unknown> | undefined): Promise<Answer> {
    const stdin = job?.spec.stdin
    if (!job || typeof stdin !== 'function')
      return { id, error: 'The window whose function makes its stdin was closed.' }
    let input: JobInput
    try {
      input = await stdin()
    } catch (error) {
      return { id, error: `The stdin function threw: ${reasonOf(error)}` }
    }
    try {
      checkInput(input, job.spec.protocol)
      return { id, input: await storeJobInput(input, job, this.#client) }
    } catch (error) {
      return { id, error: `What the stdin function returned cannot be sent: ${reasonOf(error)}` }
    }
  }
}
