// What the batch has cost whose details a page shows: all its jobs are looked at for it, so only while somebody looks.
import type { Disposable } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'

/** From one answer to the next request, at least; and how much longer than the answer took. */
const PAUSE_MS = 5000
const PAUSE_FACTOR = 50

export class WatchedCost implements Disposable {
  readonly #client: ServiceClient
  readonly #onCost: (batchId: string, coreHours: number) => void
  #id: string | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(client: ServiceClient, onCost: (batchId: string, coreHours: number) => void) {
    this.#client = client
    this.#onCost = onCost
  }

  /** @param id of the batch, or none */
  watch(id: string | undefined): void {
    if (id === this.#id) return
    clearTimeout(this.#timer)
    this.#id = id
    if (id !== undefined) void this.#read(id)
  }

  dispose(): void {
    this.watch(undefined)
  }

  async #read(id: string): Promise<void> {
    const askedAt = performance.now()
    const batch = this.#client.isConnected
      ? await this.#client.service.getBatch({ id, cost: true }).catch(() => undefined)
      : undefined
    if (id !== this.#id) return
    if (batch?.coreHours !== undefined) this.#onCost(id, batch.coreHours)
    const pauseMs = Math.max(PAUSE_MS, PAUSE_FACTOR * (performance.now() - askedAt))
    this.#timer = setTimeout(() => void this.#read(id), pauseMs)
  }
}
