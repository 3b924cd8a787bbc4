// A batch for its submitter: counts, order, rounds.
import { t } from '@vscode/l10n'
import type { BatchOptions, BatchResult, JobResult, JobSpec, OpenBatch } from '../../api'
import { uuidv7 } from '../../core/base/uuid'
import { MAX_LIST_ITEMS } from '../../core/protocol/limits'
import { yieldTurn } from '../../core/protocol/lists'
import type { BatchHeader } from '../../core/protocol/protocol'
import { checkBatchConcurrency, checkSpec } from '../values/checkSpec'
import { JobHandle, type Owner, snapshot } from './jobHandle'
import type { JobHub } from './jobHub'

type FinalState = JobResult<unknown>['state']

/** One iteration: the results that it has not yielded yet, and how to wake it. */
interface Reader<T> {
  unread: JobResult<T>[]
  wake: () => void
}

export class BatchHandle<T> implements OpenBatch<T> {
  readonly id = uuidv7()
  readonly jobs: JobHandle<T>[] = []
  readonly options: BatchOptions<T>
  readonly hub: JobHub
  readonly owner: Owner
  /** The latest result at each place, in the order of submission. */
  readonly #results: (JobResult<T> | undefined)[] = []
  readonly #counts: Record<FinalState, number> = { succeeded: 0, failed: 0, cancelled: 0, dependencyFailed: 0, lost: 0 }
  readonly #inOrderOfCompletion: JobResult<T>[] = []
  readonly #readers = new Set<Reader<T>>()
  readonly #completed = Promise.withResolvers<BatchResult<T>>()
  /** The cap that was set last. */
  #concurrency: number | undefined
  #open = 0
  #round = 1
  #sealed: 'open' | 'complete' | 'cut' = 'open'
  #roundDone = false

  constructor(hub: JobHub, owner: Owner, options: BatchOptions<T> = {}) {
    this.hub = hub
    this.owner = owner
    this.options = options
    hub.announceBatch(this)
  }

  /** For its jobs, of which it is the source. */
  get batch(): this {
    return this
  }

  get header(): BatchHeader {
    const { collect, name, resultHandler, stopAfterFailures } = this.options
    const concurrency = this.#concurrency ?? this.options.concurrency
    return {
      id: this.id,
      name: name ?? t('Batch'),
      ...(concurrency !== undefined && { concurrency }),
      ...(stopAfterFailures !== undefined && { stopAfterFailures }),
      ...(resultHandler && { resultHandler: { ...resultHandler, ...(collect === false && { collect }) } }),
    }
  }

  get completed(): Promise<BatchResult<T>> {
    return this.#completed.promise
  }

  get isSealed(): boolean {
    return this.#sealed !== 'open'
  }

  add(spec: JobSpec<T>): JobHandle<T> {
    checkSpec(spec, { queues: this.hub.queues, batch: this.options })
    return this.addChecked(spec)
  }

  addChecked(spec: JobSpec<T>): JobHandle<T> {
    if (this.#sealed !== 'open') throw new Error(t('The batch is closed; open another one for more jobs.'))
    const job = new JobHandle<T>(this, snapshot(spec), this.jobs.length)
    this.jobs.push(job)
    this.#open++
    this.hub.enqueue(job)
    return job
  }

  close(): void {
    this.seal('complete')
  }

  seal(sealed: 'complete' | 'cut'): void {
    if (this.#sealed !== 'open') return
    this.#sealed = sealed
    this.hub.sealBatch(this, sealed)
    this.#checkComplete()
  }

  setConcurrency(n: number): void {
    checkBatchConcurrency(n)
    this.#concurrency = n
    this.hub.setBatchConcurrency(this)
  }

  async cancel(reason?: string): Promise<void> {
    this.seal('cut') // stops reading an iterable
    await this.hub.cancelBatch(this, reason)
    const ends = this.jobs.filter(job => !job.isSettled).map(job => job.result.then(() => undefined))
    await Promise.all(ends)
  }

  /** One of its ended jobs runs again, as `job` in the same place: a new round if the last one was complete. */
  replace(endedAs: FinalState, job: JobHandle<T>): void {
    this.jobs[job.place] = job
    this.#counts[endedAs]--
    this.#open++
    if (this.#roundDone) this.#round++
    this.#roundDone = false
  }

  onJobEnded(job: JobHandle<T>, result: JobResult<T>): void {
    this.#counts[result.state]++
    if (this.options.collect !== false) {
      this.#results[job.place] = result
      this.#inOrderOfCompletion.push(result)
    }
    this.#open--
    for (const reader of this.#readers) {
      reader.unread.push(result)
      reader.wake()
    }
    this.#checkComplete()
  }

  #checkComplete(): void {
    if (this.#roundDone || this.#sealed === 'open' || this.#open > 0) return
    this.#roundDone = true
    const results = this.#results.filter(result => result !== undefined)
    const done: BatchResult<T> = { round: this.#round, sealed: this.#sealed, results, counts: { ...this.#counts } }
    this.#completed.resolve(done)
    for (const reader of this.#readers) reader.wake()
    // in the next turn: after iterations have yielded the last result
    setImmediate(() => this.hub.callbacks.call('onCompleted', undefined, this.options.onCompleted, done))
  }

  /** Results in the order of completion; those that were collected before it began come first. */
  async *[Symbol.asyncIterator](): AsyncGenerator<JobResult<T>> {
    const reader: Reader<T> = { unread: [...this.#inOrderOfCompletion], wake: () => {} }
    this.#readers.add(reader)
    try {
      for (;;) {
        const results: (JobResult<T> | undefined)[] = reader.unread
        reader.unread = []
        for (let at = 0; at < results.length; at++) {
          const result = results[at] as JobResult<T>
          results[at] = undefined // to be freed when the iteration is done with it
          yield result
        }
        if (reader.unread.length > 0) continue
        if (this.#roundDone) return
        await new Promise<void>(resolve => {
          reader.wake = resolve
        })
      }
    } finally {
      this.#readers.delete(reader)
    }
  }
}

/** Lists that are read from an async iterable before the service has accepted them. */
const MAX_LISTS_AHEAD = 3

/**
 * Adds the jobs of an async iterable as fast as they are accepted; an error of the iterable seals the batch as `'cut'`.
 */
export async function pull<T>(
  batch: BatchHandle<T>,
  specs: AsyncIterable<JobSpec<T>>,
  log: (message: string) => void,
): Promise<void> {
  try {
    const inFlight: Promise<void>[] = []
    for await (const spec of specs) {
      if (batch.isSealed) return // cancelled
      const job = batch.add(spec)
      if (batch.jobs.length % MAX_LIST_ITEMS !== 0) continue
      // lists are accepted in order; the result of a refused job says so
      inFlight.push(job.accepted.catch(() => undefined))
      if (inFlight.length >= MAX_LISTS_AHEAD) await inFlight.shift()
      await yieldTurn() // an iterable that never waits would block the window
    }
    batch.seal('complete')
  } catch (error) {
    log(`A batch was cut after ${batch.jobs.length} jobs: ${error instanceof Error ? error.message : String(error)}`)
    batch.seal('cut')
  }
}
