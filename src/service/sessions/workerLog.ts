// The log of a worker on its way to its window. A window that does not read what it is sent (at a breakpoint, for
// instance) learns afterwards how much was left out, so that nothing piles up.
import { groupDigits } from '../../core/protocol/format'
import { MAX_PENDING_BYTES } from '../../core/protocol/limits'
import type { Session } from './session'

export class WorkerLog {
  readonly #session: Session
  readonly #worker: string
  #leftOut = 0

  constructor(session: Session, worker: string) {
    this.#session = session
    this.#worker = worker
  }

  write(text: string): void {
    if (this.#leftOut === 0 && this.#session.pendingBytes <= MAX_PENDING_BYTES) {
      this.#session.send({ type: 'workerLog', worker: this.#worker, text })
      return
    }
    if (this.#leftOut === 0) this.#session.whenDrained(() => this.flush())
    this.#leftOut += Buffer.byteLength(text)
  }

  /** Sends how much was left out, if anything was. */
  flush(): void {
    if (this.#leftOut === 0) return
    const text = `[${groupDigits(this.#leftOut)} bytes left out: the window did not take them]\n`
    this.#leftOut = 0
    this.#session.send({ type: 'workerLog', worker: this.#worker, text })
  }
}
