// The named handlers of this window: the service knows all of them, and has an extension activated whose handlers it
// lacks.
import { t } from '@vscode/l10n'
import type { BatchResultHandler, Disposable, InputHandler, ResultHandler } from '../../api'
import { extensionOf } from '../../core/jobs/job'
import type { ServiceEvent } from '../../core/protocol/protocol'
import type { ServiceClient } from '../connection/serviceClient'
import { reasonOf } from '../values/reasonOf'

/** By what they are for. */
interface Handlers {
  results: ResultHandler & BatchResultHandler
  inputs: InputHandler
}

/** What registers them. */
const registeredBy: Readonly<Record<keyof Handlers, string>> = {
  results: 'registerResultHandler',
  inputs: 'registerInputHandler',
}

export interface WindowHandlersHost {
  readonly client: ServiceClient
  /** Activates an extension, if this window has it. */
  activate(extension: string): Promise<unknown>
  log(message: string): void
}

export class WindowHandlers {
  readonly #host: WindowHandlersHost
  readonly #handlers: { readonly [K in keyof Handlers]: Map<string, Handlers[K]> } = {
    results: new Map(),
    inputs: new Map(),
  }
  #offerTimer: NodeJS.Immediate | undefined

  constructor(host: WindowHandlersHost) {
    this.#host = host
    host.client.onDidConnect(() => this.#offer())
    host.client.onEvents(events => this.#receive(events))
  }

  get<K extends keyof Handlers>(kind: K, id: string): Handlers[K] | undefined {
    return this.#handlers[kind].get(id)
  }

  /** @throws Error when this window has a handler of this kind and id already */
  register<K extends keyof Handlers>(kind: K, id: string, handler: Handlers[K]): Disposable {
    const handlers: Map<string, Handlers[K]> = this.#handlers[kind]
    if (handlers.has(id))
      throw new Error(t`${registeredBy[kind]}: "${id}" is registered already; dispose of that handler first.`)
    handlers.set(id, handler)
    this.#offerSoon()
    return {
      dispose: () => {
        if (handlers.get(id) !== handler) return
        handlers.delete(id)
        this.#offerSoon()
      },
    }
  }

  /** Whether there is one of this extension. */
  areOf(extension: string): boolean {
    const { inputs, results } = this.#handlers
    return [...results.keys(), ...inputs.keys()].some(id => extensionOf(id) === extension)
  }

  /** Handlers are mostly registered one after the other. Without a connection the next one brings them. */
  #offerSoon(): void {
    this.#offerTimer ??= setImmediate(() => {
      this.#offerTimer = undefined
      const { client } = this.#host
      if (client.isConnected) this.#offer()
      else void client.connect({ start: false }).catch(() => undefined) // something may wait in the store
    })
  }

  #offer(): void {
    const { client, log } = this.#host
    const { inputs, results } = this.#handlers
    const offered = client.service.offerHandlers({ results: [...results.keys()], inputs: [...inputs.keys()] })
    offered.catch((error: Error) =>
      log(`The handlers of this window are not known to the job service: ${error.message}`),
    )
  }

  #receive(events: readonly ServiceEvent[]): void {
    for (const event of events)
      if (event.type === 'handlersWanted') for (const extension of event.extensions) void this.#activate(extension)
  }

  async #activate(extension: string): Promise<void> {
    try {
      await this.#host.activate(extension)
    } catch (error) {
      this.#host.log(`Handlers of ${extension} are wanted, but it could not be activated: ${reasonOf(error)}`)
    }
  }
}
