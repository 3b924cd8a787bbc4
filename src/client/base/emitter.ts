// The `Event` of the public API: the shape of `vscode.Event` without VS Code. A listener that throws is reported;
// the others are called nevertheless.
import type { Disposable, Event } from '../../api'

export class Emitter<T> {
  readonly #listeners = new Set<(event: T) => unknown>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  readonly event: Event<T> = (listener, thisArgs, disposables) => {
    const bound = (event: T) => listener.call(thisArgs, event)
    this.#listeners.add(bound)
    const disposable: Disposable = { dispose: () => void this.#listeners.delete(bound) }
    disposables?.push(disposable)
    return disposable
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }

  fire(event: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event)
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}
