// The named handlers of this window: takes the results that the service delivers, also those of jobs of earlier windows, one
// after the other for each handler, and reports what became of each.
import type { BatchResult, BatchResultHandler, Disposable, JobResult, ResultHandler } from '../../api'
import { extensionOf } from '../../core/jobs/job'
import type { Delivery, DeliveryAnswer, ServiceEvent } from '../../core/protocol/protocol'
import type { ServiceClient } from '../connection/serviceClient'
import { untilKnown } from '../connection/untilKnown'
import { reasonOf } from './jobResults'

type AnyHandler = ResultHandler & BatchResultHandler
type Result = JobResult<unknown> & BatchResult<unknown>

/** Results whose handlers have returned and that the service may deliver once more, since it had not heard of it. */
const MAX_REMEMBERED = 10_000

export interface ResultHandlersHost {
  readonly client: ServiceClient
  /** The result as the handler gets it. */
  resultOf(delivery: Delivery): Promise<JobResult<unknown> | BatchResult<unknown>>
  /** Activates an extension, if this window has it. */
  activate(extension: string): Promise<unknown>
  log(message: string): void
}

export class ResultHandlers {
  readonly #host: ResultHandlersHost
  readonly #handlers = new Map<string, AnyHandler>()
  /** By handler: what it takes now, and what it takes after that. */
  readonly #running = new Map<string, Promise<void>>()
  /** Keys of what was taken, the oldest first. */
  readonly #taken = new Set<string>()
  #answers: DeliveryAnswer[] = []
  #isAnswering = false
  #offerTimer: NodeJS.Immediate | undefined
  /** Of which connection a delivery is: what an earlier one brought comes again. */
  #connection = 0

  constructor(host: ResultHandlersHost) {
    this.#host = host
    host.client.onDidConnect(() => {
      this.#connection++
      this.#offer()
    })
    host.client.onEvents(events => this.#receive(events))
  }

  /** @throws Error when this window has a handler of this id already */
  register(id: string, handler: ResultHandler | BatchResultHandler): Disposable {
    if (this.#handlers.has(id))
      throw new Error(`registerResultHandler: "${id}" is registered already; dispose of that handler first.`)
    this.#handlers.set(id, handler as AnyHandler)
    this.#offerSoon()
    return {
      dispose: () => {
        if (this.#handlers.get(id) !== handler) return
        this.#handlers.delete(id)
        this.#offerSoon()
      },
    }
  }

  /** Whether there is one of this extension. */
  areOf(extension: string): boolean {
    return [...this.#handlers.keys()].some(id => extensionOf(id) === extension)
  }

  /** Handlers are mostly registered one after the other. Without a connection the next one brings them. */
  #offerSoon(): void {
    this.#offerTimer ??= setImmediate(() => {
      this.#offerTimer = undefined
      const { client } = this.#host
      if (client.isConnected) this.#offer()
      else void client.connect({ start: false }).catch(() => undefined) // results may wait in the store
    })
  }

  #offer(): void {
    const { client, log } = this.#host
    const offered = client.service.offerHandlers({ results: [...this.#handlers.keys()] })
    offered.catch((error: Error) =>
      log(`The handlers of this window are not known to the job service: ${error.message}`),
    )
  }

  #receive(events: readonly ServiceEvent[]): void {
    for (const event of events) {
      if (event.type === 'deliver') this.#deliver(event.handler, event.results)
      else if (event.type === 'resultsWait') for (const extension of event.extensions) void this.#activate(extension)
    }
  }

  async #activate(extension: string): Promise<void> {
    try {
      await this.#host.activate(extension)
    } catch (error) {
      this.#host.log(`Results wait for ${extension}, which could not be activated: ${reasonOf(error)}`)
    }
  }

  #deliver(id: string, results: readonly Delivery[]): void {
    const connection = this.#connection
    const before = this.#running.get(id) ?? Promise.resolve()
    const after = before.then(() => this.#takeAll(id, results, connection))
    this.#running.set(id, after)
    void after.finally(() => {
      if (this.#running.get(id) === after) this.#running.delete(id)
    })
  }

  /** Stops at the first that is not taken: the service delivers it and those behind it again. */
  async #takeAll(id: string, results: readonly Delivery[], connection: number): Promise<void> {
    for (const delivery of results) {
      if (connection !== this.#connection) return
      const answer = await this.#take(id, delivery)
      this.#answer(answer)
      if (answer.error !== undefined || answer.returned) return
    }
  }

  async #take(id: string, delivery: Delivery): Promise<DeliveryAnswer> {
    const subject = subjectOf(delivery)
    const key = `${subject.id} ${subject.round ?? ''}`
    if (this.#taken.has(key)) return subject
    const handler = this.#handlers.get(id)
    if (!handler) return { ...subject, returned: true }
    try {
      await handler((await this.#host.resultOf(delivery)) as Result, delivery.context)
    } catch (error) {
      this.#host.log(`The handler ${id} threw: ${error instanceof Error ? error.stack : String(error)}`)
      return { ...subject, error: reasonOf(error) }
    }
    this.#remember(key)
    return subject
  }

  #remember(key: string): void {
    this.#taken.add(key)
    const [oldest] = this.#taken
    if (this.#taken.size > MAX_REMEMBERED) this.#taken.delete(oldest as string)
  }

  /** Those of one turn together, and again until the service has them. */
  #answer(answer: DeliveryAnswer): void {
    this.#answers.push(answer)
    if (this.#isAnswering) return
    this.#isAnswering = true
    setImmediate(() => void this.#sendAnswers())
  }

  async #sendAnswers(): Promise<void> {
    const { client, log } = this.#host
    while (this.#answers.length > 0) {
      const answers = this.#answers
      this.#answers = []
      try {
        await untilKnown(client, () => client.service.delivered({ answers }))
      } catch (error) {
        if (!client.isDisposed)
          log(`The job service does not know that results have been taken: ${(error as Error).message}`)
      }
    }
    this.#isAnswering = false
  }
}

function subjectOf(delivery: Delivery): DeliveryAnswer {
  if ('job' in delivery) return { id: delivery.job.ended.info.id }
  return { id: delivery.batch.id, round: delivery.round }
}
