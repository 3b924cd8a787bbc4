// Which windows have registered which named handlers, and which of them is asked first.
import type { Session } from './session'

/** Where something comes from: its own window is preferred, then one of its workspace. */
export interface Origin {
  session: string
  workspace: string | undefined
}

export class HandlerOffers {
  readonly #offers = new Map<Session, ReadonlySet<string>>()

  /** All handlers of a window. */
  set(session: Session, handlers: readonly string[]): void {
    this.#offers.set(session, new Set(handlers))
  }

  /** Its connection has closed. */
  remove(session: Session): void {
    this.#offers.delete(session)
  }

  /** The window that is to call a handler. */
  windowFor(handler: string, origin: Origin): Session | undefined {
    const offering = [...this.#offers].filter(([, handlers]) => handlers.has(handler)).map(([session]) => session)
    return offering.find(({ id }) => id === origin.session) ?? nearest(offering, origin)[0]
  }

  /** Windows that could activate an extension; those of the workspace, if there are any. */
  nearestWindows(origin: Origin): Session[] {
    return nearest([...this.#offers.keys()], origin)
  }

  get windows(): Session[] {
    return [...this.#offers.keys()]
  }
}

function nearest(sessions: Session[], { workspace }: Origin): Session[] {
  const same = sessions.filter(session => session.workspace === workspace)
  return same.length > 0 ? same : sessions
}
