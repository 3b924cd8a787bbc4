// Jobs on their way to the service: in lists, until it is known whether it has them; failed when there is no service.
import type { JobErrorKind } from '../../api'
import type { StoredSpec } from '../../core/jobs/job'
import { yieldTurn } from '../../core/protocol/lists'
import { type BatchHeader, MAX_LIST_BYTES, MAX_LIST_ITEMS } from '../../core/protocol/protocol'
import { whyTooLarge } from '../../core/protocol/specLimit'
import type { ServiceClient } from '../connection/serviceClient'
import { TooLargeError } from '../connection/serviceConnection'
import { orLate, RefusedLater, untilKnown } from '../connection/untilKnown'
import type { JobHandle, Owner } from './jobHandle'
import { mayBeTooLarge, type StoreContext, specBytes, toStored } from './storedSpec'

/** Lists that are under way at once, so that both sides work at the same time. */
const LISTS_UNDER_WAY = 3
/** Items that are told before they are let go of. */
const MAX_TOLD = 10_000

/** What the service is told of a batch. */
export interface SentBatch {
  readonly id: string
  readonly owner: Owner
  readonly header: BatchHeader
}

/** What is told of a batch besides its jobs: that it is there, its new cap, or that no more jobs come. */
type BatchNews =
  | { news: 'announced' | 'complete' | 'cut'; batch: SentBatch }
  | { news: 'cap'; batch: SentBatch; cap: number }

/** Wants to know when all before it has been told. */
interface Mark {
  news: 'mark'
  reached: () => void
}

type Item = JobHandle<unknown> | BatchNews | Mark

export interface OutboxHost {
  accepted(job: JobHandle<unknown>): void
  register(job: JobHandle<unknown>): void
  refused(job: JobHandle<unknown>, why: string, kind?: JobErrorKind): void
  log(message: string): void
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

  /** Resolves when the service has, or has refused, what was added so far: what is asked then does not overtake it. */
  told(): Promise<void> {
    if (!this.#running && this.#underWay.size === 0) return Promise.resolve()
    return new Promise(reached => this.add({ news: 'mark', reached }))
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
      if (at < this.#items.length && at < MAX_TOLD) continue
      this.#items = this.#items.slice(at) // who submits without a pause would have all of it kept
      at = 0
    }
    this.#running = false
  }

  /** There is no service: all fail now, not one list after the other. */
  #refuseAll(): void {
    const items = this.#items
    this.#items = []
    const why = this.#client.message ?? 'The job service cannot be reached.'
    for (const item of items) {
      if (!('news' in item)) this.#refuse(item, why)
      else if (item.news === 'mark') item.reached()
    }
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

  async #tell(item: BatchNews | Mark): Promise<void> {
    const { service } = this.#client
    if (item.news === 'announced') {
      await this.#retry(() => this.#submit(item.batch.owner.id, item.batch, []))
      return
    }
    await Promise.all(this.#underWay)
    if (item.news === 'mark') return item.reached()
    const { news, batch } = item
    const { id } = batch
    if (news !== 'cap') {
      await this.#retry(() => service.sealBatch({ id, sealed: news }))
      return
    }
    const why = await this.#retry(() => service.setBatchConcurrency({ id, concurrency: item.cap }))
    if (why !== undefined) this.#host.log(`The concurrency of batch ${id} was not changed: ${why.message}`)
  }

  #submit(owner: string, batch: SentBatch | undefined, jobs: StoredSpec[]): Promise<void> {
    const environment = this.#client.environmentHash
    return orLate(this.#client.service.submit({ owner, environment, ...(batch && { batch: batch.header }), jobs }))
  }

  /** How large a list becomes as a message is only known when it is one: what does not fit goes as two. */
  async #submitInLists(owner: string, batch: SentBatch | undefined, jobs: StoredSpec[]): Promise<void> {
    try {
      await this.#submit(owner, batch, jobs)
    } catch (error) {
      if (!(error instanceof TooLargeError) || jobs.length < 2) throw error
      const middle = Math.ceil(jobs.length / 2)
      await this.#submitInLists(owner, batch, jobs.slice(0, middle))
      await this.#submitInLists(owner, batch, jobs.slice(middle))
    }
  }

  /** Plain data of the jobs; one whose input cannot be stored fails alone. */
  async #store(jobs: JobHandle<unknown>[]): Promise<(StoredSpec | undefined)[]> {
    const specs: (StoredSpec | undefined)[] = []
    for (const job of jobs) {
      try {
        const stored = toStored(job, this.#context)
        const spec = stored instanceof Promise ? await stored : stored
        const tooLarge = mayBeTooLarge(job.spec) ? whyTooLarge(spec) : undefined
        if (tooLarge !== undefined) {
          specs.push(undefined)
          this.#host.refused(job, tooLarge, 'start')
          continue
        }
        specs.push(spec)
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
    const why = await this.#retry(() => this.#submitInLists(owner.id, batch, known))
    const taken = why instanceof RefusedLater ? await this.#known(known.map(({ id }) => id)) : new Set<string>()
    for (const [i, job] of jobs.entries()) {
      if (specs[i] === undefined) continue // its input could not be stored
      if (why === undefined || taken.has(job.id)) this.#host.accepted(job)
      else this.#refuse(job, why.message)
    }
  }

  /** One that the service has already, and that was only sent again, stays what it is. */
  #refuse(job: JobHandle<unknown>, why: string): void {
    if (!job.isAccepted && !job.isSettled) this.#host.refused(job, why)
  }

  /** Which of these jobs the service has. */
  async #known(ids: readonly string[]): Promise<Set<string>> {
    const known = new Set<string>()
    for (let from = 0; from < ids.length; ) {
      const some = ids.slice(from, from + MAX_LIST_ITEMS)
      const { jobs } = await untilKnown(this.#client, () => this.#client.service.sync({ ids: some }))
      for (const [i, answer] of jobs.entries()) if (answer) known.add(some[i] as string)
      if (jobs.length === 0) break
      from += jobs.length
    }
    return known
  }

  /** Tries until the outcome is known; the reason when it was refused, or never left the window. */
  async #retry(attempt: () => Promise<void>): Promise<Error | undefined> {
    try {
      await untilKnown(this.#client, attempt)
      return undefined
    } catch (error) {
      return error as Error
    }
  }
}
