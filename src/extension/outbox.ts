// Jobs on their way to the service: in lists, sent again until they are acknowledged, failed when there is no service.
// Runs in the window.
import type { StoredSpec } from '../core/job'
import { inLists, yieldTurn } from '../core/lists'
import { type BatchHeader, SERVICE_TIMEOUT_MS } from '../core/protocol'
import type { JobHandle, Owner } from './jobHandle'
import { RefusedError, type ServiceClient } from './serviceClient'
import { type StoreContext, specBytes, toStored } from './storedSpec'

/** Lists that are under way at once, so that both sides work at the same time. */
const LISTS_UNDER_WAY = 3

/** What the service is told of a batch. */
export interface SentBatch {
  readonly id: string
  readonly owner: Owner
  readonly header: BatchHeader
}

type Item = { job: JobHandle<unknown> } | { seal: SentBatch; how: 'complete' | 'cut' } | { announce: SentBatch }

export interface OutboxHost {
  register(job: JobHandle<unknown>): void
  refused(job: JobHandle<unknown>, why: string): void
}

export class Outbox {
  readonly #client: ServiceClient
  readonly #context: StoreContext
  readonly #host: OutboxHost
  #items: Item[] = []
  #running = false
  readonly #underWay = new Set<Promise<void>>()

  constructor(client: ServiceClient, context: StoreContext, host: OutboxHost) {
    this.#client = client
    this.#context = context
    this.#host = host
  }

  add(item: Item): void {
    this.#items.push(item)
    if (this.#running) return
    this.#running = true
    // in the next turn, so that what is submitted in one go travels together
    setImmediate(() => void this.#run())
  }

  async #run(): Promise<void> {
    while (this.#items.length > 0) {
      const items = this.#items
      this.#items = []
      for (const group of groups(items)) await this.#sendGroup(group)
    }
    this.#running = false
  }

  async #sendGroup(group: Group): Promise<void> {
    if (group.jobs.length === 0 && group.batch) await this.#send(group, [], [])
    for (const jobs of inLists(group.jobs, job => specBytes(job.spec))) {
      const specs = await this.#store(jobs)
      while (this.#underWay.size >= LISTS_UNDER_WAY) await Promise.race(this.#underWay)
      const sending = this.#send(group, jobs, specs).finally(() => this.#underWay.delete(sending))
      this.#underWay.add(sending)
      await yieldTurn()
    }
    if (!group.seal) return
    await Promise.all(this.#underWay)
    await this.#retry(() =>
      this.#client.service.sealBatch({
        id: (group.batch as SentBatch).id,
        sealed: group.seal ?? 'complete',
      }),
    )
  }

  /** Plain data of the jobs; one whose input cannot be stored fails alone. */
  async #store(jobs: JobHandle<unknown>[]): Promise<(StoredSpec | undefined)[]> {
    const specs: (StoredSpec | undefined)[] = []
    for (const job of jobs) {
      try {
        const stored = toStored(job, this.#context)
        specs.push(stored instanceof Promise ? await stored : stored)
        this.#host.register(job) // from now on the service may speak of it
      } catch (error) {
        specs.push(undefined)
        this.#host.refused(job, `Its input could not be stored: ${(error as Error).message}`)
      }
    }
    return specs
  }

  async #send(
    group: Group,
    jobs: readonly JobHandle<unknown>[],
    specs: readonly (StoredSpec | undefined)[],
  ): Promise<void> {
    const why = await this.#retry(() =>
      this.#client.service.submit({
        owner: group.owner,
        environment: this.#client.environmentHash,
        ...(group.batch && { batch: group.batch.header }),
        jobs: specs.filter(spec => spec !== undefined),
      }),
    )
    for (const job of jobs) {
      if (why === undefined) job.accept(true)
      else this.#host.refused(job, why)
    }
  }

  /** Tries until it is acknowledged; the reason when it was refused or there is no service in time. */
  async #retry(attempt: () => Promise<void>): Promise<string | undefined> {
    const begin = Date.now()
    for (;;) {
      try {
        await attempt()
        return undefined
      } catch (error) {
        const { message } = error as Error
        if (error instanceof RefusedError || this.#client.state === 'failed' || Date.now() - begin > SERVICE_TIMEOUT_MS)
          return message
      }
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
}

/** Jobs in a row that travel together: of one owner and one batch. */
interface Group {
  owner: string
  batch: SentBatch | undefined
  jobs: JobHandle<unknown>[]
  seal: 'complete' | 'cut' | undefined
}

function groups(items: readonly Item[]): Group[] {
  const found: Group[] = []
  for (const item of items) {
    const batch = 'job' in item ? item.job.batch : 'seal' in item ? item.seal : item.announce
    const owner = 'job' in item ? item.job.owner.id : (batch as SentBatch).owner.id
    let group = found.at(-1)
    if (!group || group.owner !== owner || group.batch !== batch || group.seal) {
      group = { owner, batch, jobs: [], seal: undefined }
      found.push(group)
    }
    if ('job' in item) group.jobs.push(item.job)
    else if ('seal' in item) group.seal = item.how
  }
  return found
}
