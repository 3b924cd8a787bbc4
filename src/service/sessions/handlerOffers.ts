// Which windows have registered which named handlers, and which of them is asked first.
import type { OfferedHandlers } from '../../core/protocol/protocol'
import { Signal } from '../base/signal'
import type { Environments } from '../state/environments'
import type { Session } from './session'

/** Where something comes from: its own window is preferred, then one of its workspace. */
export interface Origin {
  session: string
  workspace: string | undefined
}

export function originOf(job: { session: string; environment?: string }, environments: Environments): Origin {
  const { environment, session } = job
  return { session, workspace: environment === undefined ? undefined : environments.workspaceOf(environment) }
}

type Kind = keyof OfferedHandlers
type Offered = Readonly<Record<Kind, ReadonlySet<string>>>

export class HandlerOffers {
  readonly #offers = new Map<Session, Offered>()
  /** A window has registered handlers or disposed of some. */
  readonly changed = new Signal<Session>()

  /** All handlers of a window: on each connection, and when they change. */
  set(session: Session, { inputs = [], results }: OfferedHandlers): void {
    this.#offers.set(session, { inputs: new Set(inputs), results: new Set(results) })
    this.changed.emit(session)
  }

  /** Its connection has closed. */
  remove(session: Session): void {
    this.#offers.delete(session)
  }

  /** The window that is to call a handler. */
  windowFor(kind: Kind, handler: string, origin: Origin): Session | undefined {
    const offering = this.windows.filter(session => this.isOfferedBy(session, kind, handler))
    return offering.find(({ id }) => id === origin.session) ?? nearest(offering, origin)[0]
  }

  isOfferedBy(session: Session, kind: Kind, handler: string): boolean {
    return this.#offers.get(session)?.[kind].has(handler) ?? false
  }

  isInputOffered(handler: string): boolean {
    for (const { inputs } of this.#offers.values()) if (inputs.has(handler)) return true
    return false
  }

  /** By any window; one that several have may come more than once. */
  get offeredInputs(): Iterable<string> {
    return [...this.#offers.values()].flatMap(({ inputs }) => [...inputs])
  }

  /** Windows that could activate an extension; those of the workspace, if there are any. */
  nearestWindows(origin: Origin): Session[] {
    return nearest(this.windows, origin)
  }

  get windows(): Session[] {
    return [...this.#offers.keys()]
  }
}

function nearest(sessions: Session[], { workspace }: Origin): Session[] {
  const same = sessions.filter(session => session.workspace === workspace)
  return same.length > 0 ? same : sessions
}
