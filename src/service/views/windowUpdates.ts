// Keeps what windows show up to date: the summary, and the rows of each of their views.
import type { RowQuery, Rows, Summary } from '../../core/protocol/facts'
import { UPDATE_INTERVAL_MS } from '../../core/protocol/limits'
import type { Signal } from '../base/signal'
import type { Session } from '../sessions/session'
import type { Sessions } from '../sessions/sessions'
import { RowsWatch, type RowsWatchParts } from './rowsWatch'

export interface WindowUpdatesParts extends RowsWatchParts {
  readonly sessions: Sessions
  readonly viewChanged: Signal
  summary(): Summary
}

export class WindowUpdates {
  readonly #parts: WindowUpdatesParts
  /** Of each window by the id that the window has given to its view. */
  readonly #watches = new Map<Session, Map<string, RowsWatch>>()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: WindowUpdatesParts) {
    this.#parts = parts
    parts.viewChanged.on(() => this.#sendSoon())
  }

  get summary(): Summary {
    return this.#parts.summary()
  }

  /** Begins or changes what one view of a window shows. */
  watch(session: Session, id: string, query: RowQuery): Rows {
    const watch = new RowsWatch(this.#parts, session, query)
    const watches = this.#watches.get(session) ?? new Map<string, RowsWatch>()
    this.#watches.set(session, watches.set(id, watch))
    return watch.read()
  }

  unwatch(session: Session, id: string): void {
    const watches = this.#watches.get(session)
    watches?.delete(id)
    if (watches?.size === 0) this.#watches.delete(session)
  }

  unwatchAll(session: Session): void {
    this.#watches.delete(session)
  }

  #sendSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const { summary } = this
      for (const session of this.#parts.sessions.connected) {
        session.summarise(summary)
        for (const [id, watch] of this.#watches.get(session) ?? []) {
          const rows = watch.readChanged()
          if (rows) session.showRows(id, rows)
        }
      }
    }, UPDATE_INTERVAL_MS)
  }

  /** The last summary, by which windows know whether jobs are left. */
  close(): void {
    clearTimeout(this.#timer)
    const { summary } = this
    for (const session of this.#parts.sessions.connected) session.send({ type: 'summary', summary })
  }
}
