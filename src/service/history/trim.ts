// Trims the history: what ended long ago is removed, and the oldest when it has grown too large; whole batches at a time,
// never one with jobs that have not ended, or whose results wait for their handlers.
import { isFinal } from '../../core/jobs/job'
import { yieldTurn } from '../../core/protocol/lists'
import type { OwnedFilter } from '../../core/protocol/protocol'
import type { MachineSettings } from '../../core/protocol/settingsTable'
import type { Batch, Batches } from '../jobs/batches'
import type { ArrayFiles } from '../state/arrayFiles'
import type { Store } from '../store/store'
import type { History } from './history'

export const DAY_MS = 24 * 60 * 60 * 1000

/** A batch or a single job as the trimming sees it. */
interface Entry {
  filter: { ids: string[] } | { batchId: string }
  jobs: number
  /** On the disk: in the store, and files that are ours. */
  bytes: number
  endedAt: number
  isOver: boolean
}

/** Which entries are removed, oldest first; pure. */
export function toTrim(
  entries: readonly Entry[],
  settings: Pick<MachineSettings, 'historyDays' | 'historyJobs' | 'historyMegabytes'>,
  now: number,
): Entry[] {
  const oldest = now - settings.historyDays * DAY_MS
  const maxBytes = settings.historyMegabytes * 1024 * 1024
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
  let jobs = entries.reduce((sum, entry) => sum + entry.jobs, 0)
  const gone: Entry[] = []
  for (const entry of [...entries].sort((a, b) => a.endedAt - b.endedAt)) {
    if (!entry.isOver) continue
    if (entry.endedAt >= oldest && bytes <= maxBytes && jobs <= settings.historyJobs) continue
    gone.push(entry)
    bytes -= entry.bytes
    jobs -= entry.jobs
  }
  return gone
}

/** How many jobs are removed before the list is gone through. */
const PASS_JOBS = 1000

export interface TrimParts {
  readonly store: Store
  readonly batches: Batches
  readonly history: History
  readonly arrays: ArrayFiles
}

/** @returns how many jobs were removed */
export async function trim(parts: TrimParts, settings: MachineSettings, spoolFolder: string): Promise<number> {
  let trimmed = 0
  for (const gone of inPasses(toTrim(await entriesOf(parts), settings, Date.now())))
    trimmed += await parts.history.remove(filtersOf(gone), spoolFolder)
  return trimmed
}

/** Each pass goes through the whole list, which names what was removed until then. */
function* inPasses(entries: readonly Entry[]): Generator<Entry[]> {
  let pass: Entry[] = []
  let jobs = 0
  for (const entry of entries) {
    pass.push(entry)
    jobs += entry.jobs
    if (jobs < PASS_JOBS) continue
    yield pass
    pass = []
    jobs = 0
  }
  if (pass.length > 0) yield pass
}

/** Those of batches, and one for all single jobs. */
function filtersOf(entries: readonly Entry[]): OwnedFilter[] {
  const filters = entries.map(({ filter }) => filter)
  const ids = filters.flatMap(filter => ('ids' in filter ? filter.ids : []))
  return [{ ids }, ...filters.filter(filter => 'batchId' in filter)]
}

async function entriesOf(parts: TrimParts): Promise<Entry[]> {
  const { store, batches, history } = parts
  const sizes = await sizesOf(parts)
  const entries = new Map<number, Entry>()
  for await (const jobs of history.find({ all: true })) {
    for (const job of jobs) {
      const batch = batches.get(job.batch)
      const key = batch ? batch.record.seq : job.pos
      const filter = batch ? { batchId: batch.record.id } : { ids: [job.id] }
      const bytes = sizes.get(key) ?? 0
      const entry = entries.get(key) ?? {
        filter,
        jobs: 0,
        bytes,
        endedAt: 0,
        isOver: batch ? isOver(store, batch) : true,
      }
      entry.jobs++
      entry.endedAt = Math.max(entry.endedAt, job.facts.endedAt ?? job.submitted)
      entry.isOver &&= isFinal(job.state) && !store.deliveries.isOpen(job.seq, job.spec.resultHandler)
      entries.set(key, entry)
    }
  }
  return [...entries.values()]
}

/** Bytes of batches by their `seq`, and of single jobs, with all that they have replaced, by their place. */
async function sizesOf({ arrays, batches, store }: TrimParts): Promise<Map<number, number>> {
  const files = await arrays.sizes()
  const sizes = new Map<number, number>()
  for (let rows = sizesAfter(store, 0); rows.length > 0; rows = sizesAfter(store, rows.at(-1)?.seq ?? 0)) {
    for (const { id, batch, pos, bytes } of rows) {
      const key = batches.get(batch) ? batch : pos
      sizes.set(key, (sizes.get(key) ?? 0) + bytes + (files.get(id) ?? 0))
    }
    await yieldTurn()
  }
  return sizes
}

interface JobSize {
  seq: number
  id: string
  batch: number
  pos: number
  bytes: number
}

/** A step through all jobs: how many bytes each has in the store, with its attempts that were retried. */
export function sizesAfter({ db }: Store, seq: number): JobSize[] {
  const bytesOf = (...columns: string[]) => columns.map(column => `ifnull(length(${column}), 0)`).join(' + ')
  const ofAttempts = `(SELECT sum(${bytesOf('facts', 'stdout', 'stderr')}) FROM attempts WHERE job = seq)`
  const sql = `SELECT seq, id, batch, pos, ${bytesOf('spec', 'facts', 'stdout', 'stderr')} + ifnull(${ofAttempts}, 0) AS bytes FROM jobs WHERE seq > ? ORDER BY seq LIMIT 2000`
  return db.prepare(sql).all(seq) as JobSize[]
}

/** Its handler has its result, too. */
function isOver(store: Store, batch: Batch): boolean {
  return batch.isComplete && !store.deliveries.isOpen(batch.record.seq, batch.record.handler)
}
