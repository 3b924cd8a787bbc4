// An event inside the service. A part that is made early emits it, so that it need not know the parts that are made
// later and listen.

export class Signal<T = void> {
  readonly #listeners: ((value: T) => void)[] = []

  on(listener: (value: T) => void): void {
    this.#listeners.push(listener)
  }

  emit(value: T): void {
    for (const listener of this.#listeners) listener(value)
  }
}
