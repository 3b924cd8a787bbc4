// Inputs that the named handlers of this window make, also for jobs of other and of earlier windows.
import type { InputHandler } from '../../api'
import { makerName } from '../../core/jobs/job'
import type { InputAnswer, InputCall, ServiceEvent } from '../../core/protocol/protocol'
import type { ServiceClient } from '../connection/serviceClient'
import { makeAnswer, sendAnswer } from './inputAnswers'
import type { WindowHandlers } from './windowHandlers'

export interface InputHandlersHost {
  readonly client: ServiceClient
  readonly handlers: WindowHandlers
  log(message: string): void
}

/** A handler that makes the input of a job. */
interface Running {
  readonly handler: InputHandler
  answer: Promise<InputAnswer | undefined>
  /** The connection on which it was requested last: what an earlier one requested is requested again, here or elsewhere. */
  connection: number
}

export class InputHandlers {
  readonly #host: InputHandlersHost
  /** By the id of the job. */
  readonly #running = new Map<string, Running>()
  #connection = 0

  constructor(host: InputHandlersHost) {
    this.#host = host
    host.client.onDidConnect(() => void this.#connection++)
    host.client.onEvents(events => this.#receive(events))
  }

  #receive(events: readonly ServiceEvent[]): void {
    for (const event of events)
      if (event.type === 'callInputHandlers') for (const call of event.jobs) void this.#provide(call)
  }

  async #provide(call: InputCall): Promise<void> {
    const connection = this.#connection
    const { client, handlers, log } = this.#host
    const handler = handlers.get('inputs', call.handler.id)
    let answer: InputAnswer | undefined
    if (handler) {
      const running = this.#runningOf(call, handler)
      running.connection = connection
      answer = await running.answer
    }
    if (connection !== this.#connection) return
    try {
      await sendAnswer(client, answer ?? { id: call.id, returned: true }, makerName(call.handler))
    } catch (error) {
      if (!client.isDisposed) log((error as Error).message) // the service requests it again after a reconnect
    }
  }

  /** The handler is called once, however often it is requested until it has returned. */
  #runningOf(call: InputCall, handler: InputHandler): Running {
    const known = this.#running.get(call.id)
    if (known?.handler === handler) return known
    const running: Running = { handler, answer: Promise.resolve(undefined), connection: this.#connection }
    this.#running.set(call.id, running)
    running.answer = this.#call(call, running).finally(() => {
      if (this.#running.get(call.id) === running) this.#running.delete(call.id)
    })
    return running
  }

  #call({ id, handler, protocol }: InputCall, running: Running): Promise<InputAnswer | undefined> {
    const order = {
      job: { id, protocol },
      maker: makerName(handler),
      make: () => running.handler(handler.context),
      isWanted: () =>
        running.connection === this.#connection && this.#host.handlers.get('inputs', handler.id) === running.handler,
    }
    return makeAnswer(order, this.#host.client.folders)
  }
}
