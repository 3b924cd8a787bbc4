// Whether this window reaches the job service, and one sentence while something is wrong with it.
import type { Event } from '../../api'
import { Emitter } from '../base/emitter'

/** `silent`: there is a service, and it does not answer. */
export type ServiceState = 'none' | 'connecting' | 'connected' | 'silent' | 'failed'

export class StateHolder {
  #state: ServiceState = 'none'
  #message: string | undefined
  readonly #log: (message: string) => void
  readonly #emitter: Emitter<ServiceState>

  constructor(log: (message: string) => void, onError: (error: unknown) => void) {
    this.#log = log
    this.#emitter = new Emitter(onError)
  }

  get state(): ServiceState {
    return this.#state
  }

  get message(): string | undefined {
    return this.#message
  }

  get onDidChange(): Event<ServiceState> {
    return this.#emitter.event
  }

  set(state: ServiceState, message?: string): void {
    if (state === this.#state && message === this.#message) return
    this.#state = state
    this.#message = message
    if (message) this.#log(message)
    this.#emitter.fire(state)
  }
}
