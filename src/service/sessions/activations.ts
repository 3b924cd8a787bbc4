// Windows are asked to activate an extension whose handler is wanted and offered by none: one that has it may not have activated
// it yet.
import { extensionOf } from '../../core/jobs/job'
import type { HandlerOffers, Origin } from './handlerOffers'
import type { Session } from './session'

/** How long the windows of the same workspace have to activate an extension before all others are asked. */
const OTHERS_AFTER_MS = 3000

export class Activations {
  readonly #offers: HandlerOffers
  /** Extensions that a window has been asked to activate, on its present connection. */
  readonly #requested = new WeakMap<Session, Set<string>>()
  /** Handlers for which the windows of other workspaces are asked later. */
  readonly #waiting = new Set<string>()

  constructor(offers: HandlerOffers) {
    this.#offers = offers
  }

  /** @param isWanted asked after a while, before the windows of other workspaces are */
  request(handler: string, origin: Origin, isWanted: () => boolean): void {
    const extension = extensionOf(handler)
    for (const session of this.#offers.nearestWindows(origin)) this.#ask(session, extension)
    const areAllAsked = this.#offers.windows.every(session => this.#requested.get(session)?.has(extension))
    if (areAllAsked || this.#waiting.has(handler)) return
    this.#waiting.add(handler)
    setTimeout(() => {
      this.#waiting.delete(handler)
      if (isWanted()) for (const session of this.#offers.windows) this.#ask(session, extension)
    }, OTHERS_AFTER_MS).unref()
  }

  connectionClosed(session: Session): void {
    this.#requested.delete(session)
  }

  #ask(session: Session, extension: string): void {
    const requested = this.#requested.get(session) ?? new Set()
    this.#requested.set(session, requested)
    if (requested.has(extension)) return
    requested.add(extension)
    session.send({ type: 'handlersWanted', extensions: [extension] })
  }
}
