// Sends jobs and batches to the service, in order and in lists, and again until it is known whether it has them.
import { t } from '@vscode/l10n'
import type { JobErrorKind } from '../../api'
import type { StoredSpec } from '../../core/jobs/job'
import { MAX_LIST_BYTES, MAX_LIST_ITEMS } from '../../core/protocol/limits'
import { yieldTurn } from '../../core/protocol/lists'
import type { BatchHeader } from '../../core/protocol/protocol'
import { whyTooLarge } from '../../core/protocol/specLimit'
import type { ServiceClient } from '../connection/serviceClient'
import { TooLargeError, UnreachableError } from '../connection/serviceConnection'
import { orLate, RefusedLater, untilKnown } from '../connection/untilKnown'
import { removeInputs } from '../values/values'
import type { JobHandle, Owner } from './jobHandle'
import { mayBeTooLarge, type StoreContext, specBytes, toStored } from './storedSpec'

/** Lists without an answer at once, so that both sides work at the same time. */
const MAX_LISTS_IN_FLIGHT = 3
/** Items that have been sent are removed from the queue in runs of this many. */
const COMPACT_AFTER = 10_000

/** A batch as it is sent. */
export interface SentBatch {
  readonly id: string
  readonly owner: Owner
  readonly header: BatchHeader
}

/** What is sent about a batch besides its jobs. */
type BatchRequest =
  | { kind: 'announce'; batch: SentBatch }
  | { kind: 'seal'; batch: SentBatch; sealed: 'complete' | 'cut' }
  | { kind: 'setConcurrency'; batch: SentBatch }

/** Reached when all items before it have been sent. */
interface Barrier {
  kind: 'barrier'
  reached: () => void
}

type Item = JobHandle<unknown> | BatchRequest | Barrier

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
  readonly #inFlight = new Set<Promise<void>>()
  /** What was decided about batches while there was no service, which may know them and does later. */
  #undelivered = new Map<string, BatchRequest>()

  constructor(client: ServiceClient, context: StoreContext, host: OutboxHost) {
    this.#client = client
    this.#context = context
    this.#host = host
    client.onDidConnect(() => {
      const requests = this.#undelivered
      this.#undelivered = new Map()
      for (const request of requests.values()) this.add(request)
    })
  }

  add(item: Item): void {
    this.#items.push(item)
    if (this.#running) return
    this.#running = true
    // in the next turn, so that jobs submitted in the same turn are sent together
    setImmediate(() => void this.#run())
  }

  /**
   * Resolves when the service has accepted or refused what was added so far, so that a later request does not overtake
   * it.
   */
  flushed(): Promise<void> {
    if (!this.#running && this.#inFlight.size === 0) return Promise.resolve()
    return new Promise(reached => this.add({ kind: 'barrier', reached }))
  }

  async #run(): Promise<void> {
    if (!(await this.#client.connect({ start: true }))) await this.#refuseAll()
    for (let at = 0; at < this.#items.length; ) {
      const item = this.#items[at] as Item
      if ('kind' in item) {
        at++
        await this.#sendRequest(item)
      } else {
        const jobs = this.#listFrom(at)
        at += jobs.length
        await this.#sendList(jobs)
      }
      if (at < this.#items.length && at < COMPACT_AFTER) continue
      this.#items = this.#items.slice(at) // the queue of an extension that submits without a pause is never empty
      at = 0
    }
    this.#running = false
  }

  /** There is no service: all fail now, not one list after the other. */
  async #refuseAll(): Promise<void> {
    const items = this.#items
    this.#items = []
    const why = this.#client.message ?? t('The job service cannot be reached.')
    const requests = items.filter(item => 'kind' in item)
    for (const request of requests) if (request.kind !== 'barrier') this.#keep(request) // a service may come at any time
    await this.#refuse(
      items.filter((item): item is JobHandle<unknown> => !('kind' in item)),
      why,
    )
    for (const request of requests) if (request.kind === 'barrier') request.reached()
  }

  #keep(request: BatchRequest): void {
    const { kind, batch } = request
    if (kind !== 'announce') this.#undelivered.set(`${kind} ${batch.id}`, request)
  }

  /** Consecutive jobs that are sent together: of one owner and one batch, no more than a list may hold. */
  #listFrom(at: number): JobHandle<unknown>[] {
    const jobs: JobHandle<unknown>[] = []
    const first = this.#items[at] as JobHandle<unknown>
    let bytes = 0
    for (let i = at; i < this.#items.length && jobs.length < MAX_LIST_ITEMS; i++) {
      const item = this.#items[i] as Item
      if ('kind' in item || item.batch !== first.batch || item.owner.id !== first.owner.id) break
      bytes += specBytes(item.spec)
      if (jobs.length > 0 && bytes > MAX_LIST_BYTES) break
      jobs.push(item)
    }
    return jobs
  }

  async #sendList(jobs: JobHandle<unknown>[]): Promise<void> {
    const specs = await this.#store(jobs)
    await yieldTurn() // making the specs and writing them block the window separately
    while (this.#inFlight.size >= MAX_LISTS_IN_FLIGHT) await Promise.race(this.#inFlight)
    const sending = this.#send(jobs, specs).finally(() => this.#inFlight.delete(sending))
    this.#inFlight.add(sending)
    await yieldTurn()
  }

  async #sendRequest(item: BatchRequest | Barrier): Promise<void> {
    if (item.kind === 'announce') {
      await this.#retry(() => this.#submit(item.batch.owner.id, item.batch, []))
      return
    }
    await Promise.all(this.#inFlight)
    if (item.kind === 'barrier') return item.reached()
    const problem = await this.#retry(() => this.#decide(item))
    if (problem instanceof UnreachableError) this.#keep(item)
    else if (problem) this.#host.log(`The batch ${item.batch.id} is not changed (${item.kind}): ${problem.message}`)
  }

  /** The cap is that of now: one that was set before must not come after it. */
  #decide(request: Exclude<BatchRequest, { kind: 'announce' }>): Promise<void> {
    const { service } = this.#client
    const { id, header } = request.batch
    if (request.kind === 'seal') return service.sealBatch({ id, sealed: request.sealed })
    const { concurrency } = header
    return concurrency === undefined ? Promise.resolve() : service.setBatchConcurrency({ id, concurrency })
  }

  #submit(owner: string, batch: SentBatch | undefined, jobs: StoredSpec[]): Promise<void> {
    const environment = this.#client.environmentHash
    return orLate(this.#client.service.submit({ owner, environment, ...(batch && { batch: batch.header }), jobs }))
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
          await removeInputs([job.id], this.#context.folders)
          specs.push(undefined)
          this.#host.refused(job, tooLarge, 'start')
          continue
        }
        specs.push(spec)
        this.#host.register(job) // from now on there may be events about it
      } catch (error) {
        specs.push(undefined)
        this.#host.refused(job, t`Its input cannot be sent: ${(error as Error).message}`, 'prepareInput')
      }
    }
    return specs
  }

  /** The size of a list as a message is only known when it is written: one that does not fit is sent as two. */
  async #send(jobs: readonly JobHandle<unknown>[], specs: readonly (StoredSpec | undefined)[]): Promise<void> {
    const { owner, batch } = jobs[0] as JobHandle<unknown>
    const known = specs.filter(spec => spec !== undefined)
    const problem = await this.#retry(() => this.#submit(owner.id, batch, known))
    if (problem instanceof TooLargeError && known.length > 1) {
      const middle = Math.ceil(jobs.length / 2)
      await this.#send(jobs.slice(0, middle), specs.slice(0, middle))
      return this.#send(jobs.slice(middle), specs.slice(middle))
    }
    const accepted =
      problem instanceof RefusedLater ? await this.#acceptedOf(known.map(({ id }) => id)) : new Set<string>()
    const sent = jobs.filter((_, i) => specs[i] !== undefined) // the input of the others could not be stored
    const isAccepted = ({ id }: JobHandle<unknown>) => problem === undefined || accepted.has(id)
    for (const job of sent) if (isAccepted(job)) this.#host.accepted(job)
    if (problem)
      await this.#refuse(
        sent.filter(job => !isAccepted(job)),
        problem.message,
      )
  }

  /** Jobs that the service had before, and that were only sent again, keep their state. */
  async #refuse(jobs: readonly JobHandle<unknown>[], why: string): Promise<void> {
    const refused = jobs.filter(job => !job.isAccepted && !job.isSettled)
    // what a window was sending when it ended may be accepted yet, and is read then
    if (!this.#client.isDisposed)
      await removeInputs(
        refused.map(({ id }) => id),
        this.#context.folders,
      )
    for (const job of refused) this.#host.refused(job, why)
  }

  /** Which of these jobs the service has. */
  async #acceptedOf(ids: readonly string[]): Promise<Set<string>> {
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
