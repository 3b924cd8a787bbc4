// Jobs on their way to the service: in lists, sent again until they are acknowledged, failed when there is no service.
// Runs in the window.
import type { JobErrorKind } from '../api'
import type { StoredSpec } from '../core/job'
import { yieldTurn } from '../core/lists'
import { type BatchHeader, MAX_LIST_BYTES, MAX_LIST_ITEMS, SERVICE_TIMEOUT_MS } from '../core/protocol'
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

/** What is told of a batch besides its jobs: that it is there, or that no more jobs come. */
interface BatchNews {
  news: 'announced' | 'complete' | 'cut'
  batch: SentBatch
}

type Item = JobHandle<unknown> | BatchNews

export interface OutboxHost {
  register(job: JobHandle<unknown>): void
  refused(job: JobHandle<unknown>, why: string, kind?: JobErrorKind): void
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
    if (!(await this.#client.connect({ start: true }))) this.#refuseAll()
    for (let at = 0; at < this.#items.length; ) {
      const item = this.#items[at] as Item
      if ('news' in item) {
        at++
        await this.#tell(item)
      } else {
        const jobs = this.#listFrom(at)
        at += jobs.length
        await this.#sendList(jobs)
      }
      if (at < this.#items.length) continue
      this.#items = []
      at = 0
    }
    this.#running = false
  }

  /** There is no service: all fail now, not one list after the other. */
  #refuseAll(): void {
    const items = this.#items
    this.#items = []
    const why = this.#client.message ?? 'The job service cannot be reached.'
    for (const item of items) if (!('news' in item)) this.#host.refused(item, why)
  }

  /** Jobs in a row that travel together: of one owner and one batch, no more than a list may hold. */
  #listFrom(at: number): JobHandle<unknown>[] {
    const jobs: JobHandle<unknown>[] = []
    const first = this.#items[at] as JobHandle<unknown>
    let bytes = 0
    for (let i = at; i < this.#items.length && jobs.length < MAX_LIST_ITEMS; i++) {
      const item = this.#items[i] as Item
      if ('news' in item || item.batch !== first.batch || item.owner.id !== first.owner.id) break
      bytes += specBytes(item.spec)
      if (jobs.length > 0 && bytes > MAX_LIST_BYTES) break
      jobs.push(item)
    }
    return jobs
  }

  async #sendList(jobs: JobHandle<unknown>[]): Promise<void> {
    const specs = await this.#store(jobs)
    await yieldTurn() // making the specs and writing them are two steps
    while (this.#underWay.size >= LISTS_UNDER_WAY) await Promise.race(this.#underWay)
    const sending = this.#send(jobs, specs).finally(() => this.#underWay.delete(sending))
    this.#underWay.add(sending)
    await yieldTurn()
  }

  async #tell({ news, batch }: BatchNews): Promise<void> {
    if (news === 'announced') {
      await this.#retry(() => this.#submit(batch.owner.id, batch, []))
      return
    }
    await Promise.all(this.#underWay)
    await this.#retry(() => this.#client.service.sealBatch({ id: batch.id, sealed: news }))
  }

  #submit(owner: string, batch: SentBatch | undefined, jobs: StoredSpec[]): Promise<void> {
    const environment = this.#client.environmentHash
    return this.#client.service.submit({ owner, environment, ...(batch && { batch: batch.header }), jobs })
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
        this.#host.refused(job, `Its input cannot be sent: ${(error as Error).message}`, 'prepareInput')
      }
    }
    return specs
  }

  async #send(jobs: readonly JobHandle<unknown>[], specs: readonly (StoredSpec | undefined)[]): Promise<void> {
    const { owner, batch } = jobs[0] as JobHandle<unknown>
    const known = specs.filter(spec => spec !== undefined)
    const why = await this.#retry(() => this.#submit(owner.id, batch, known))
    for (const job of jobs) {
      if (job.isSettled) continue // its input could not be stored
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
