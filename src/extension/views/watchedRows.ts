// The rows that a page shows: asks the job service for them, and again after a lost connection.
import { randomUUID } from 'node:crypto'
import type { Disposable } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import type { RowQuery, Rows } from '../../core/protocol/facts'
import type { ServiceEvent } from '../../core/protocol/protocol'

export class WatchedRows {
  readonly #client: ServiceClient
  readonly #onRows: (rows: Rows, isAnswer: boolean) => void
  readonly #disposables: Disposable[]
  /** Of its own for each page, so that the end of an old one does not end what a newer one watches. */
  readonly #id = randomUUID()
  #query: RowQuery | undefined
  /** Counts queries, so that a late answer to an earlier one is dropped. */
  #queryCount = 0

  /** @param onRows called with the answer to a query, and then with what has changed in it */
  constructor(client: ServiceClient, onRows: (rows: Rows, isAnswer: boolean) => void) {
    this.#client = client
    this.#onRows = onRows
    this.#disposables = [client.onDidChangeState(() => this.#send()), client.onEvents(events => this.#onEvents(events))]
  }

  /** Watches these rows from now on, or none. */
  watch(query: RowQuery | undefined): void {
    this.#query = query
    this.#send()
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose()
    this.watch(undefined)
  }

  #onEvents(events: readonly ServiceEvent[]): void {
    if (!this.#query) return
    if (events.some(event => event.type === 'resync')) this.#send() // rows may be among what was lost
    const last = events.filter(event => event.type === 'rows').findLast(({ id }) => id === this.#id)
    if (last) this.#onRows(last.rows, false)
  }

  /** Does nothing without a connection. */
  #send(): void {
    const count = ++this.#queryCount
    if (this.#client.state !== 'connected') return
    this.#client.service.watchRows({ id: this.#id, query: this.#query ?? null }).then(
      rows => {
        if (rows && count === this.#queryCount) this.#onRows(rows, true)
      },
      () => undefined, // the connection broke: the change of state that follows subscribes again
    )
  }
}
