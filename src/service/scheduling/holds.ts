// Why nothing may start although slots are free: the queue is paused or drained, processes of an earlier service are
// being ended, or nothing can be written.
import type { WaitCause } from '../jobs/queuePlace'
import type { Crash } from './crashSentence'

export class Holds {
  readonly #store: { readonly mayNotStart: boolean }
  readonly #onChange: () => void
  #isPaused = false
  #drainReason: string | undefined
  #makesWay = false
  #isRecovering = false
  #crash: Crash | undefined

  /** @param onChange something may start now, and the view shows something else */
  constructor(store: { readonly mayNotStart: boolean }, onChange: () => void) {
    this.#store = store
    this.#onChange = onChange
  }

  /** Shown before what a job lacks: the service itself does not start anything. */
  readonly ofService: WaitCause = {
    reasonOf: () => (this.isDraining || this.#store.mayNotStart ? 'service' : undefined),
  }

  /** Shown after what a job lacks: that does not come by resuming. */
  readonly ofPause: WaitCause = { reasonOf: () => (this.#isPaused ? 'paused' : undefined) }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** How the service before this one ended, while the queue is paused for that. */
  get crash(): Crash | undefined {
    return this.#crash
  }

  get isDraining(): boolean {
    return this.#drainReason !== undefined
  }

  /** Why nothing more is started. */
  get drainReason(): string | undefined {
    return this.#drainReason
  }

  get isRecovering(): boolean {
    return this.#isRecovering
  }

  /** By request: a service without windows does not stay for queued jobs. */
  get isStopped(): boolean {
    return this.#isPaused || this.isDraining
  }

  get mayStart(): boolean {
    return !this.isStopped && !this.#isRecovering && !this.#store.mayNotStart
  }

  pause(isPaused: boolean): void {
    this.#crash = undefined
    this.#isPaused = isPaused
    this.#onChange()
  }

  pauseAfterCrash(crash: Crash): void {
    this.pause(true)
    this.#crash = crash
  }

  /** Whether a window of a newer version has asked for it: then that window starts the next service. */
  get makesWay(): boolean {
    return this.#makesWay
  }

  /** Nothing more is started; another service takes over when what runs has ended. */
  drain(why = 'a newer version takes over'): void {
    this.#drainReason ??= why
  }

  makeWay(): void {
    this.#makesWay = true
    this.drain()
  }

  /** Nothing is started until the processes of an earlier service have ended. */
  recoverUntil(settled: Promise<unknown>): void {
    this.#isRecovering = true
    void settled.then(() => {
      this.#isRecovering = false
      this.#onChange()
    })
  }
}
