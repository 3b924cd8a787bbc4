// Keeps the number of used slots at the limit. It is given only jobs that may start now.
import PQueue from 'p-queue'

export class Gate {
  readonly #queue: PQueue

  /** @param onFree called when a slot has become free */
  constructor(slots: number, onFree: () => void) {
    this.#queue = new PQueue({ concurrency: slots })
    this.#queue.on('next', onFree)
  }

  get slots(): number {
    return this.#queue.concurrency
  }

  /** Takes effect at once: more may start, and fewer than run means that none starts until enough have ended. */
  set slots(slots: number) {
    this.#queue.concurrency = slots
  }

  get used(): number {
    return this.#queue.pending
  }

  get free(): number {
    return this.slots - this.used
  }

  /** Runs a job that holds `slots` slots until its promise settles; the caller has checked that they are free. */
  run(slots: number, job: () => Promise<void>): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    const onError = (error: unknown) => console.error('A job could not be run:', error)
    void this.#queue.add(() => job().catch(onError).finally(resolve))
    for (let held = 1; held < slots; held++) void this.#queue.add(() => promise)
  }
}
