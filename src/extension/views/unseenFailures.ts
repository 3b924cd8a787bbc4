// Failures that nobody has seen yet: those since the view was last shown in this window. They are marked until it is shown.
import * as vscode from 'vscode'
import type { Disposable } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { tally } from '../../core/protocol/format'

/** In what is kept for the workspace: how many failed jobs there were when they were last seen. */
const SEEN_KEY = 'seenFailures'

export class UnseenFailures implements Disposable {
  readonly #client: ServiceClient
  readonly #kept: vscode.Memento
  readonly #changed = new vscode.EventEmitter<number>()
  readonly #listener: Disposable
  #isShown = false
  #count = 0

  constructor(client: ServiceClient, kept: vscode.Memento) {
    this.#client = client
    this.#kept = kept
    this.#listener = client.onDidChangeSummary(() => this.#update())
  }

  /** Called with the new number. */
  readonly onDidChange = this.#changed.event

  get count(): number {
    return this.#count
  }

  /** The view is shown, or is not any more. */
  setShown(isShown: boolean): void {
    this.#isShown = isShown
    this.#update()
  }

  dispose(): void {
    this.#listener.dispose()
    this.#changed.dispose()
  }

  #update(): void {
    const { summary } = this.#client
    if (!summary) return
    const { failed } = tally(summary.counts)
    const seen = this.#kept.get<number>(SEEN_KEY)
    // what was there before this workspace knew of it is old news, and what was cleared or run again counts no more
    const known = this.#isShown || seen === undefined ? failed : Math.min(seen, failed)
    if (known !== seen) void this.#kept.update(SEEN_KEY, known)
    const count = failed - known
    if (count === this.#count) return
    this.#count = count
    this.#changed.fire(count)
  }
}
