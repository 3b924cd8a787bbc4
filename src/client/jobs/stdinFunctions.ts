// Calls the stdin functions of this window's jobs shortly before these start, and sends the service what they return.
import { t } from '@vscode/l10n'
import { makerName } from '../../core/jobs/job'
import type { InputAnswer } from '../../core/protocol/protocol'
import type { ServiceClient } from '../connection/serviceClient'
import { makeAnswer, sendAnswer } from '../handlers/inputAnswers'
import type { JobHandle } from './jobHandle'

const MAKER = makerName(undefined)

export class StdinFunctions {
  readonly #client: ServiceClient
  readonly #log: (message: string) => void
  /** Inputs that functions make or have made, until the service has them. */
  readonly #answers = new Map<string, Promise<InputAnswer>>()

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
      await sendAnswer(this.#client, answer, MAKER)
      this.#answers.delete(id)
    } catch (error) {
      this.#log((error as Error).message) // the service requests it again after a reconnect
    }
  }

  /** The job has ended. */
  forget(id: string): void {
    this.#answers.delete(id)
  }

  async #prepare(id: string, job: JobHandle<unknown> | undefined): Promise<InputAnswer> {
    const gone = { id, error: t('The window whose function makes its stdin was closed.') }
    const stdin = job?.spec.stdin
    if (!job || typeof stdin !== 'function') return gone
    const { protocol } = job.spec
    const order = { job: { id, protocol }, maker: MAKER, make: stdin, isWanted: () => true }
    return (await makeAnswer(order, this.#client.folders)) ?? gone
  }
}
