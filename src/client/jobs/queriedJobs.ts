// What has become of the jobs of a window, where no event says it: after a new connection, or when events were lost.
import { MAX_LIST_ITEMS } from '../../core/protocol/limits'
import { inLists } from '../../core/protocol/lists'
import type { SyncReply } from '../../core/protocol/protocol'
import type { ServiceClient } from '../connection/serviceClient'
import { RefusedError } from '../connection/serviceConnection'
import { orLate } from '../connection/untilKnown'

/** Until what the service has refused is queried again: nothing else would bring it. */
const PAUSE_MS = 2000

export interface QueriedJobsHost {
  readonly client: ServiceClient
  /** The ids of all that have not settled. */
  unsettled(): readonly string[]
  onAnswer(id: string, answer: SyncReply['jobs'][number]): void
  log(message: string): void
}

export class QueriedJobs {
  readonly #host: QueriedJobsHost
  #timer: NodeJS.Timeout | undefined

  constructor(host: QueriedJobsHost) {
    this.#host = host
  }

  /** Queries all that have not settled. */
  async sync(): Promise<void> {
    let isRefused = false
    for (const ids of inLists(this.#host.unsettled(), () => 40)) {
      try {
        await this.query(ids)
      } catch (error) {
        this.logFailure(error)
        if (!(error instanceof RefusedError)) return // the next connection brings the answers
        isRefused = true
      }
    }
    clearTimeout(this.#timer)
    if (isRefused) this.#timer = setTimeout(() => this.#host.client.isConnected && void this.sync(), PAUSE_MS)
  }

  async query(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; ) {
      const some = ids.slice(from, from + MAX_LIST_ITEMS)
      const { jobs } = await orLate(this.#host.client.service.sync({ ids: some }))
      for (const [i, answer] of jobs.entries()) this.#host.onAnswer(some[i] as string, answer)
      if (jobs.length === 0) return
      from += jobs.length
    }
  }

  logFailure(error: unknown): void {
    this.#host.log(`The state of jobs could not be queried: ${(error as Error).message}`)
  }
}
