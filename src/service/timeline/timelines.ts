// What each timeline of a window has been sent, so that the next answer is what has changed since.
import type { TimelinePart, TimelineQuery } from '../../core/timeline/bars'
import type { Batches } from '../jobs/batches'
import type { LedgerListener } from '../jobs/ledger'
import type { Session } from '../sessions/session'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import { BarsOf, PART_JOBS } from './barsOf'
import type { MachineUsage } from './machineUsage'

/** A window that has not asked while so many jobs changed begins anew. */
const MAX_CHANGED = 20_000
/** Of one window; of more, the oldest begins anew. */
const MAX_VIEWS = 10

export interface TimelinesParts {
  readonly store: Store
  readonly batches: Batches
  readonly activeJobs: { job(seq: number): JobRecord | undefined }
  readonly machineUsage: MachineUsage
}

interface View {
  batchId: string | undefined
  /** The `seq` of the last job that was sent. */
  last: number
  /** Of those that were sent. */
  readonly changed: Set<number>
  readonly removed: Set<number>
  /** The time of the last sample that was sent. */
  sampledAt: number | undefined
}

export class Timelines implements LedgerListener {
  readonly #parts: TimelinesParts
  readonly #bars: BarsOf
  readonly #views = new Map<Session, Map<string, View>>()

  constructor(parts: TimelinesParts) {
    this.#parts = parts
    this.#bars = new BarsOf(parts.store, seq => parts.activeJobs.job(seq))
  }

  /** @throws Error when the batch is not in the history */
  read(session: Session, { view: id, batchId, anew }: TimelineQuery): TimelinePart {
    const batch = batchId === undefined ? undefined : this.#parts.batches.byId(batchId)
    if (batchId !== undefined && !batch) throw new Error(`There is no batch ${batchId} in the history.`)
    const views = this.#views.get(session) ?? new Map<string, View>()
    this.#views.set(session, views)
    const known = anew ? undefined : views.get(id)
    const view = known?.batchId === batchId && known ? known : open(views, id, batchId)
    const part = this.#next(view, batch?.record.seq)
    return view === known ? part : { anew: true, ...part }
  }

  close(session: Session): void {
    this.#views.delete(session)
  }

  jobReplaced({ seq }: JobRecord): void {
    this.#changed(seq)
  }

  jobChanged({ seq }: JobRecord): void {
    this.#changed(seq)
  }

  jobEnded({ seq }: JobRecord): void {
    this.#changed(seq)
  }

  jobsForgotten(jobs: readonly JobRecord[]): void {
    for (const { seq } of jobs)
      this.#each(seq, ({ changed, removed }) => {
        changed.delete(seq)
        removed.add(seq)
      })
  }

  #changed(seq: number): void {
    this.#each(seq, ({ changed }) => changed.add(seq))
  }

  /** Of views that were sent this job; what comes after the last one is read in its turn. */
  #each(seq: number, mark: (view: View) => void): void {
    for (const views of this.#views.values()) {
      for (const [id, view] of views) {
        if (seq > view.last) continue
        mark(view)
        if (view.changed.size + view.removed.size > MAX_CHANGED) views.delete(id)
      }
    }
  }

  #next(view: View, batch: number | undefined): TimelinePart {
    const { bars, last, isMore } = this.#bars.after(view.last, batch)
    view.last = last
    if (bars.seq.length > 0) view.sampledAt ??= bars.base - 1
    const now = Date.now()
    const usage = this.#parts.machineUsage.after(view.sampledAt ?? now)
    view.sampledAt = usage.at.at(-1) ?? view.sampledAt
    const removed = [...view.removed]
    view.removed.clear()
    const part = { removed, usage, now }
    if (bars.seq.length > 0) return { ...part, bars, ...((isMore || view.changed.size > 0) && { more: true }) }
    const changed = [...view.changed].slice(0, PART_JOBS)
    for (const seq of changed) view.changed.delete(seq)
    return { ...part, bars: this.#bars.of(changed), ...(view.changed.size > 0 && { more: true }) }
  }
}

function open(views: Map<string, View>, id: string, batchId: string | undefined): View {
  const view = { batchId, last: 0, changed: new Set<number>(), removed: new Set<number>(), sampledAt: undefined }
  views.delete(id)
  views.set(id, view)
  const [oldest] = views.keys()
  if (oldest !== undefined && views.size > MAX_VIEWS) views.delete(oldest)
  return view
}
