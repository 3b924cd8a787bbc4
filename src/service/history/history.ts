// Work on many jobs by a filter: finding, clearing, saving; in slices, so that no step holds the service for long.
import { mkdir, rm } from 'node:fs/promises'
import type { JobInfo } from '../../api'
import { isId } from '../../core/base/uuid'
import type { JobOutline } from '../../core/jobs/attempts'
import { isFinal } from '../../core/jobs/job'
import { MAX_LIST_ITEMS } from '../../core/protocol/limits'
import { yieldTurn } from '../../core/protocol/lists'
import type { Work } from '../../core/protocol/longRequests'
import type { OwnedFilter } from '../../core/protocol/protocol'
import { countEarlier, hasResult, isResultKept, spoolFilesAt, unsavedAt, withResult } from '../jobs/attempts'
import type { Batch, Batches } from '../jobs/batches'
import type { JobInfos } from '../jobs/jobInfos'
import type { JobLookup } from '../jobs/jobLookup'
import type { Ledger } from '../jobs/ledger'
import type { ArrayFiles } from '../state/arrayFiles'
import type { JobRecord } from '../store/records'
import { SLICE, type Store } from '../store/store'
import { type Stdout, saveResult } from './saveResult'

/** Page size of `list` when the filter names none. */
const DEFAULT_PAGE = 100

/** What a clear has removed so far. */
interface Removed {
  jobs: number
  withArrays: Set<string>
  places: Set<number>
  batches: Set<Batch>
}

/** What cannot be removed, as somebody else uses it, must not keep the others. */
async function removeFile(file: string): Promise<void> {
  try {
    await rm(file, { force: true })
  } catch (error) {
    console.error('A file of a job that has left the history could not be removed:', error)
  }
}

function matches(job: JobRecord, filter: OwnedFilter, batch: number | undefined): boolean {
  if (filter.owner !== undefined && job.owner !== filter.owner) return false
  if (filter.states && !filter.states.includes(job.state)) return false
  return batch === undefined || job.batch === batch
}

function has(store: Store, job: JobRecord, what: OwnedFilter['has']): boolean {
  if (what === 'stderr') return (job.facts.stderrBytes ?? 0) > 0
  if (what === 'result') return isResultKept(job)
  return what === undefined || countEarlier(store, job) > 0
}

export interface HistoryParts {
  readonly store: Store
  readonly batches: Batches
  readonly ledger: Ledger
  readonly infos: JobInfos
  readonly lookup: JobLookup
  readonly arrays: ArrayFiles
}

export class History {
  readonly #parts: HistoryParts
  readonly #store: Store
  readonly #batches: Batches
  readonly #latest: (job: JobRecord) => JobRecord

  constructor(parts: HistoryParts) {
    this.#parts = parts
    this.#store = parts.store
    this.#batches = parts.batches
    this.#latest = parts.lookup.latest
  }

  /** Jobs of the filter in the order of submission, in slices with a turn of the event loop between them. */
  async *find(filter: OwnedFilter, from = 0): AsyncGenerator<JobRecord[]> {
    const batch = filter.batchId === undefined ? undefined : this.#batches.byId(filter.batchId)?.record.seq
    if (filter.batchId !== undefined && batch === undefined) return
    if (filter.ids) {
      for await (const jobs of this.#byIds(filter.ids))
        yield jobs.filter(job => job.replacedBy === null && this.#matches(job, filter, batch))
      return
    }
    const newest = this.#parts.ledger.lastSeq // jobs that are submitted meanwhile do not belong to it
    for (const slice of batch === undefined ? this.#slices(from, newest) : this.#slicesOf(batch, from)) {
      const found = slice
        .map(this.#latest)
        .filter(job => job.seq <= newest && job.replacedBy === null && this.#matches(job, filter, batch))
      if (found.length > 0) yield found
      await yieldTurn()
    }
  }

  *#slices(from: number, newest: number): Generator<JobRecord[]> {
    for (let after = from; after < newest; ) {
      const slice = this.#store.slice(after)
      const last = slice.at(-1)
      if (!last) return
      after = last.seq
      yield slice
    }
  }

  /** Which jobs it has is looked up once: for each slice that would take as long as the batch is long. */
  *#slicesOf(batch: number, from: number): Generator<JobRecord[]> {
    const seqs = this.#store.seqsOf(batch, from)
    for (let i = 0; i < seqs.length; i += SLICE) yield this.#store.jobs(seqs.slice(i, i + SLICE))
  }

  #matches(job: JobRecord, filter: OwnedFilter, batch: number | undefined): boolean {
    return matches(job, filter, batch) && has(this.#store, job, filter.has)
  }

  /** A page ends with the slice that fills it. */
  async outline(filter: OwnedFilter, after = 0): Promise<{ jobs: JobOutline[]; next?: number }> {
    const outlines: JobOutline[] = []
    for await (const jobs of this.find(filter, after)) {
      for (const job of jobs) outlines.push(this.#outlineOf(job))
      const last = jobs.at(-1)
      if (last && !filter.ids && outlines.length >= MAX_LIST_ITEMS) return { jobs: outlines, next: last.seq }
    }
    return { jobs: outlines }
  }

  #outlineOf(job: JobRecord): JobOutline {
    const unsaved = isFinal(job.state) ? this.#unsavedOf(job) : 0
    const awaited = unsaved > 0 && this.#isAwaited(job)
    const result = hasResult(job) ? 'own' : isResultKept(job) ? 'earlier' : undefined
    return { id: job.id, ...(result && { result }), ...(unsaved > 0 && { unsaved }), ...(awaited && { awaited }) }
  }

  /** Results at its place that exist nowhere else, or that a handler has not taken yet. */
  #unsavedOf(job: JobRecord): number {
    return [...unsavedAt(this.#store, job)].length + (this.#isAwaited(job) ? 1 : 0)
  }

  /** A handler is to get its result, or that of its batch: which has not ended, or was not taken yet. */
  #isAwaited({ batch, seq, spec }: JobRecord): boolean {
    const { deliveries } = this.#store
    if (deliveries.isOpen(seq, spec.resultHandler)) return true
    const { ended, handler } = this.#batches.get(batch)?.record ?? {}
    return handler != null && (ended === null || deliveries.isOpen(batch, handler))
  }

  async *#byIds(given: readonly string[]): AsyncGenerator<JobRecord[]> {
    const ids = [...new Set(given)]
    for (let from = 0; from < ids.length; from += SLICE) {
      if (from > 0) await yieldTurn()
      const jobs = ids.slice(from, from + SLICE).map(id => this.#store.jobById(id))
      yield jobs.filter(job => job !== undefined).map(this.#latest)
    }
  }

  async list(filter: OwnedFilter): Promise<{ jobs: JobInfo[]; next?: string }> {
    const limit = Math.min(1000, Math.max(1, filter.limit ?? DEFAULT_PAGE))
    const batch = filter.batchId === undefined ? undefined : (this.#batches.byId(filter.batchId)?.record.seq ?? -1)
    if (filter.ids) {
      const infos: JobInfo[] = []
      for await (const jobs of this.#byIds(filter.ids))
        for (const job of jobs) if (this.#matches(job, filter, batch)) infos.push(this.#parts.infos.info(job))
      return { jobs: infos }
    }
    const found: JobRecord[] = []
    let before = this.#seqAfter(filter.after)
    for (;;) {
      const page = this.#store.page(before, 500).map(this.#latest)
      for (const job of page) {
        if (job.replacedBy === null && this.#matches(job, filter, batch)) found.push(job)
      }
      const last = page.at(-1)
      if (found.length > limit || !last) break
      before = last.seq
      await yieldTurn()
    }
    const jobs = found.slice(0, limit)
    const next = found.length > limit ? jobs.at(-1)?.seq : undefined
    return { jobs: jobs.map(job => this.#parts.infos.info(job)), ...(next !== undefined && { next: `${next}` }) }
  }

  /** Where a page begins: behind a `seq`, since the job may have left the history, or behind the job of an id. */
  #seqAfter(after: string | undefined): number {
    if (after === undefined) return Number.MAX_SAFE_INTEGER
    return (isId(after) ? this.#store.jobById(after)?.seq : Number(after)) || 0
  }

  /** Removes ended jobs; with `'keep'` nothing at all if a result exists nowhere else. Files that a user named stay. */
  async clear(
    filter: OwnedFilter,
    unsaved: 'keep' | 'delete',
    spoolFolder: string,
    work?: Work,
  ): Promise<{ cleared: number; unsaved: number }> {
    const count = unsaved === 'keep' ? await this.#countUnsaved(filter, work) : 0
    if (count > 0) return { cleared: 0, unsaved: count }
    return { cleared: await this.remove([filter], spoolFolder, work), unsaved: 0 }
  }

  /**
   * Removes the ended jobs of these filters, all from the list in one pass.
   * @returns how many
   */
  async remove(filters: readonly OwnedFilter[], spoolFolder: string, work?: Work): Promise<number> {
    const removed: Removed = { jobs: 0, withArrays: new Set(), places: new Set(), batches: new Set() }
    try {
      for (const filter of filters) await this.#removeFound(filter, removed, spoolFolder, work)
    } finally {
      // also of what went before a fault: a list must not name jobs that are not there
      const empty = [...removed.batches].filter(({ record, total }) => total === 0 && record.sealed !== 'open')
      this.#parts.ledger.forgetEntries(empty, removed.places)
      if (removed.withArrays.size > 0) await this.#parts.arrays.forget(removed.withArrays)
    }
    return removed.jobs
  }

  async #removeFound(filter: OwnedFilter, removed: Removed, spoolFolder: string, work?: Work): Promise<void> {
    for await (const jobs of this.find(filter)) {
      if (work?.signal?.aborted) break
      const ended = jobs.filter(job => isFinal(job.state))
      const files = ended.flatMap(job => spoolFilesAt(this.#store, job, spoolFolder))
      for (const job of ended) this.#remove(job, removed)
      await Promise.all(files.map(removeFile))
      work?.onProgress?.(removed.jobs)
    }
    for (const batch of this.#emptyBatches(filter)) removed.batches.add(batch)
  }

  async #countUnsaved(filter: OwnedFilter, work: Work | undefined): Promise<number> {
    let count = 0
    for await (const jobs of this.find(filter)) {
      if (work?.signal?.aborted) break
      for (const job of jobs) if (isFinal(job.state)) count += this.#unsavedOf(job)
    }
    return count
  }

  /** Of the filter, those that never had a job. */
  *#emptyBatches({ all, batchId, owner }: OwnedFilter): Generator<Batch> {
    const one = batchId === undefined ? undefined : this.#batches.byId(batchId)
    for (const batch of one ? [one] : all ? this.#batches.all : []) {
      const { handler, seq } = batch.record
      const isMeant = owner === undefined || batch.record.owner === owner
      if (isMeant && batch.total === 0 && !this.#store.deliveries.isOpen(seq, handler)) yield batch
    }
  }

  #remove(job: JobRecord, removed: Removed): void {
    for (const gone of this.#parts.ledger.forget(job)) {
      if (gone.spec.protocol === 'frames') removed.withArrays.add(gone.id)
    }
    removed.jobs++
    const batch = this.#batches.get(job.batch)
    if (batch) {
      batch.isCleared = true
      removed.batches.add(batch)
    } else removed.places.add(job.pos)
  }

  /**
   * Writes results that are only in the history into a folder; an existing file is never replaced.
   * @returns one file of each: those of its arrays lie beside it
   */
  async save(
    filter: OwnedFilter,
    folder: string,
    which: 'newest' | 'unsaved' = 'newest',
    work?: Work,
  ): Promise<string[]> {
    const store = this.#store
    await mkdir(folder, { recursive: true })
    const chosen = (job: JobRecord) =>
      which === 'unsaved' ? [...unsavedAt(store, job)] : (withResult(store, job) ?? [])
    let total = 0
    for await (const jobs of this.find(filter)) total += jobs.flatMap(chosen).length
    const files: string[] = []
    for await (const jobs of this.find(filter)) {
      for (const job of jobs.flatMap(chosen)) {
        if (work?.signal?.aborted) return files
        work?.onProgress?.(files.length, total)
        files.push(await saveResult(job.spec, this.#stdoutOf(job), folder, this.#parts.arrays))
        store.setSaved(job.seq)
      }
    }
    return files
  }

  #stdoutOf({ seq, facts }: JobRecord): Stdout {
    if (facts.stdoutFile !== undefined) return { file: facts.stdoutFile }
    return { bytes: this.#store.output(seq).stdout ?? new Uint8Array() }
  }
}
