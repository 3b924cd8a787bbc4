// The windows that the service knows, and how long it waits for one that has disconnected.
import { Signal } from '../base/signal'
import { Session } from './session'

/**
 * How long a window may be away (a reload, a dropped connection) before its functions count as gone;
 * `HEADLESS_JOBS_SESSION_GRACE_SECONDS` shortens it in tests.
 */
const SESSION_GRACE_MS = Number(process.env.HEADLESS_JOBS_SESSION_GRACE_SECONDS ?? 10) * 1000

export class Sessions {
  readonly #sessions = new Map<string, { session: Session; timer: NodeJS.Timeout | undefined }>()
  /** A window has been away for so long that its functions count as gone. */
  readonly gone = new Signal<string>()
  /** When the last window disconnected; `undefined` while one is connected. */
  emptySince: number | undefined = Date.now()

  get(id: string): Session | undefined {
    return this.#sessions.get(id)?.session
  }

  get connected(): Session[] {
    return [...this.#sessions.values()].map(({ session }) => session).filter(session => session.connected)
  }

  open(id: string): Session {
    const known = this.#sessions.get(id)
    clearTimeout(known?.timer)
    const session = known?.session ?? new Session(id)
    this.#sessions.set(id, { session, timer: undefined })
    this.emptySince = undefined
    return session
  }

  /** A window that an earlier service knew may come back: the service waits as for one that has just disconnected. */
  expect(id: string): void {
    if (!this.#sessions.has(id)) this.close(new Session(id))
  }

  /** Its connection has closed; it may come back for a while. */
  close(session: Session): void {
    const timer = setTimeout(() => {
      this.#sessions.delete(session.id)
      this.gone.emit(session.id)
    }, SESSION_GRACE_MS)
    this.#sessions.set(session.id, { session, timer })
    if (this.connected.length === 0) this.emptySince = Date.now()
  }
}
