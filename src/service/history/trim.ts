// Trims the history: what ended long ago is removed, and the oldest when it has grown too large; whole batches at a time,
// never one with jobs that have not ended, or whose results wait for their handlers.
import { isFinal } from '../../core/jobs/job'
import type { MachineSettings } from '../../core/protocol/settingsTable'
import { bytesAt } from '../jobs/attempts'
import type { Batch, Batches } from '../jobs/batches'
import type { Store } from '../store/store'
import type { History } from './history'

export const DAY_MS = 24 * 60 * 60 * 1000

/** A batch or a single job as the trimming sees it. */
interface Entry {
  filter: { ids: string[] } | { batchId: string }
  bytes: number
  endedAt: number
  isOver: boolean
}

/** Which entries are removed, oldest first; pure. */
export function toTrim(
  entries: readonly Entry[],
  settings: Pick<MachineSettings, 'historyDays' | 'historyMegabytes'>,
  now: number,
): Entry[] {
  const oldest = now - settings.historyDays * DAY_MS
  let remaining = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  const gone: Entry[] = []
  for (const entry of [...entries].sort((a, b) => a.endedAt - b.endedAt)) {
    if (!entry.isOver) continue
    if (entry.endedAt >= oldest && remaining <= settings.historyMegabytes * 1024 * 1024) continue
    gone.push(entry)
    remaining -= entry.bytes
  }
  return gone
}

export interface TrimParts {
  readonly store: Store
  readonly batches: Batches
  readonly history: History
}

/** @returns how many jobs were removed */
export async function trim(parts: TrimParts, settings: MachineSettings, spoolFolder: string): Promise<number> {
  let trimmed = 0
  for (const { filter } of toTrim(await entriesOf(parts), settings, Date.now())) {
    trimmed += (await parts.history.clear(filter, 'delete', spoolFolder)).cleared
  }
  return trimmed
}

async function entriesOf({ store, batches, history }: TrimParts): Promise<Entry[]> {
  const entries = new Map<number, Entry>()
  for await (const jobs of history.find({ all: true })) {
    for (const job of jobs) {
      const batch = batches.get(job.batch)
      const key = batch ? batch.record.seq : job.seq
      const filter = batch ? { batchId: batch.record.id } : { ids: [job.id] }
      const entry = entries.get(key) ?? { filter, bytes: 0, endedAt: 0, isOver: batch ? isOver(store, batch) : true }
      entry.bytes += bytesAt(store, job)
      entry.endedAt = Math.max(entry.endedAt, job.facts.endedAt ?? job.submitted)
      entry.isOver &&= isFinal(job.state) && !(job.spec.resultHandler && store.deliveries.get(job.seq))
      entries.set(key, entry)
    }
  }
  return [...entries.values()]
}

/** Its handler has its result, too. */
function isOver(store: Store, batch: Batch): boolean {
  return batch.isComplete && !(batch.record.handler !== null && store.deliveries.get(batch.record.seq))
}
