// Work on many jobs by a filter: finding, clearing, saving; in slices, so that no step holds the service for long.
// Runs in the job service.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobInfo } from '../api'
import { isFinal } from '../core/job'
import { yieldTurn } from '../core/lists'
import type { OwnedFilter, Work } from '../core/protocol'
import type { ArrayFiles } from './arrayFiles'
import type { Batch } from './batches'
import type { Ledger } from './ledger'
import { type Stdout, saveResult } from './saveResult'
import { type JobRecord, SLICE } from './store'

/** Page size of `list` when the filter names none. */
const DEFAULT_PAGE = 100

function matches(job: JobRecord, filter: OwnedFilter, batch: number | undefined): boolean {
  if (filter.owner !== undefined && job.owner !== filter.owner) return false
  if (filter.states && !filter.states.includes(job.state)) return false
  return batch === undefined || job.batch === batch
}

export class History {
  readonly #ledger: Ledger
  readonly #arrays: ArrayFiles
  readonly #latest: (job: JobRecord) => JobRecord

  constructor(ledger: Ledger, arrays: ArrayFiles, latest: (job: JobRecord) => JobRecord) {
    this.#ledger = ledger
    this.#arrays = arrays
    this.#latest = latest
  }

  /** Jobs of the filter in the order of submission, in slices with a turn of the event loop between them. */
  async *find(filter: OwnedFilter): AsyncGenerator<JobRecord[]> {
    const batch = filter.batchId === undefined ? undefined : this.#ledger.batches.byId(filter.batchId)?.record.seq
    if (filter.batchId !== undefined && batch === undefined) return
    if (filter.ids) {
      for await (const jobs of this.#byIds(filter.ids))
        yield jobs.filter(job => job.later === null && matches(job, filter, batch))
      return
    }
    const newest = this.#ledger.lastSeq // what comes meanwhile is not meant
    for (let after = 0; after < newest; ) {
      const slice = this.#ledger.store.slice(after, batch)
      const last = slice.at(-1)
      if (!last) return
      after = last.seq
      const found = slice
        .map(this.#latest)
        .filter(job => job.seq <= newest && job.later === null && matches(job, filter, batch))
      if (found.length > 0) yield found
      await yieldTurn()
    }
  }

  async *#byIds(given: readonly string[]): AsyncGenerator<JobRecord[]> {
    const ids = [...new Set(given)]
    for (let from = 0; from < ids.length; from += SLICE) {
      if (from > 0) await yieldTurn()
      const jobs = ids.slice(from, from + SLICE).map(id => this.#ledger.store.jobById(id))
      yield jobs.filter(job => job !== undefined).map(this.#latest)
    }
  }

  async list(filter: OwnedFilter): Promise<{ jobs: JobInfo[]; next?: string }> {
    const limit = Math.min(1000, Math.max(1, filter.limit ?? DEFAULT_PAGE))
    const batch =
      filter.batchId === undefined ? undefined : (this.#ledger.batches.byId(filter.batchId)?.record.seq ?? -1)
    if (filter.ids) {
      const infos: JobInfo[] = []
      for await (const jobs of this.#byIds(filter.ids))
        for (const job of jobs) if (matches(job, filter, batch)) infos.push(this.#ledger.info(job))
      return { jobs: infos }
    }
    const found: JobRecord[] = []
    let before =
      filter.after === undefined ? Number.MAX_SAFE_INTEGER : (this.#ledger.store.jobById(filter.after)?.seq ?? 0)
    for (;;) {
      const page = this.#ledger.store.page(before, 500).map(this.#latest)
      for (const job of page) {
        if (job.later === null && matches(job, filter, batch)) found.push(job)
      }
      const last = page.at(-1)
      if (found.length > limit || !last) break
      before = last.seq
      await yieldTurn()
    }
    const jobs = found.slice(0, limit)
    const next = found.length > limit ? jobs.at(-1)?.id : undefined
    return { jobs: jobs.map(job => this.#ledger.info(job)), ...(next !== undefined && { next }) }
  }

  /** Removes ended jobs; with `'keep'` nothing at all if a result exists nowhere else. Files that a user named stay. */
  async clear(
    filter: OwnedFilter,
    unsaved: 'keep' | 'delete',
    spoolFolder: string,
    work?: Work,
  ): Promise<{ cleared: number; unsaved: number }> {
    if (unsaved === 'keep') {
      let count = 0
      for await (const jobs of this.find(filter)) count += jobs.filter(job => isFinal(job.state) && job.unsaved).length
      if (count > 0) return { cleared: 0, unsaved: count }
    }
    let cleared = 0
    const withArrays = new Set<string>()
    const places = new Set<number>()
    const batches = new Set<Batch>()
    for await (const jobs of this.find(filter)) {
      if (work?.signal?.aborted) break
      const files: string[] = []
      for (const job of jobs) {
        if (!isFinal(job.state)) continue
        for (const gone of this.#ledger.forget(job)) {
          files.push(...spoolFiles(gone, spoolFolder))
          if (gone.spec.protocol === 'frames') withArrays.add(gone.id)
        }
        cleared++
        const batch = this.#ledger.batches.get(job.batch)
        if (batch) batches.add(batch)
        else places.add(job.pos)
      }
      await Promise.all(files.map(file => rm(file, { force: true })))
      work?.onProgress?.(cleared)
    }
    if (withArrays.size > 0) await this.#arrays.forget(withArrays)
    for (const batch of batches) {
      if (batch.total > 0 || batch.record.sealed === 'open') continue
      this.#ledger.forgetBatch(batch)
      places.add(batch.record.seq)
    }
    this.#ledger.entries.removeAll(places)
    return { cleared, unsaved: 0 }
  }

  /**
   * Writes results that are only in the history into a folder; an existing file is never replaced.
   * @returns one file of each: those of its arrays lie beside it
   */
  async save(filter: OwnedFilter, folder: string, work?: Work): Promise<string[]> {
    await mkdir(folder, { recursive: true })
    const succeeded: OwnedFilter = { ...filter, states: ['succeeded'] }
    let total = 0
    for await (const jobs of this.find(succeeded)) total += jobs.filter(hasResult).length
    const files: string[] = []
    for await (const jobs of this.find(succeeded)) {
      for (const job of jobs.filter(hasResult)) {
        if (work?.signal?.aborted) return files
        work?.onProgress?.(files.length, total)
        files.push(await saveResult(job.spec, this.#stdoutOf(job), folder, this.#arrays))
        this.#ledger.store.setSaved(job.seq)
      }
    }
    return files
  }

  #stdoutOf({ seq, facts }: JobRecord): Stdout {
    if (facts.stdoutFile !== undefined) return { file: facts.stdoutFile }
    return { bytes: this.#ledger.store.output(seq).stdout ?? new Uint8Array() }
  }
}

/** Whether it is only in the history: not in a file that the user named. */
function hasResult({ spec, facts }: JobRecord): boolean {
  return typeof spec.stdout !== 'object' && Boolean(facts.stdoutBytes)
}

/** Files of ours that go with the job: its spilled output and the input that was made for it. */
function spoolFiles({ id, spec, facts }: JobRecord, spoolFolder: string): string[] {
  const files = [facts.stdoutFile, facts.stderrFile].filter(file => file?.startsWith(join(spoolFolder, id)))
  if (spec.stdin && 'file' in spec.stdin && spec.stdin.owned) files.push(spec.stdin.file)
  return files as string[]
}
