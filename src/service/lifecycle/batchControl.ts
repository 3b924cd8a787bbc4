// What is decided for a batch as a whole: that no more jobs come, how many run at once, and that it stops after failures.
import type { EndedBy } from '../../api'
import { countOf } from '../../core/protocol/format'
import type { OwnedFilter } from '../../core/protocol/protocol'
import type { Signal } from '../base/signal'
import type { Batch, Batches } from '../jobs/batches'
import type { Ledger, LedgerListener } from '../jobs/ledger'
import type { Scheduler } from '../scheduling/scheduler'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'

export interface BatchControlParts {
  readonly store: Store
  readonly batches: Batches
  readonly ledger: Ledger
  readonly scheduler: Scheduler
  readonly bulk: { cancel(filter: OwnedFilter, endedBy: EndedBy, why: { why: string }): Promise<number> }
  readonly viewChanged: Signal
}

export class BatchControl implements LedgerListener {
  readonly #parts: BatchControlParts
  /** Those whose waiting jobs are just being cancelled: more failures change nothing in that. */
  readonly #stopping = new Set<Batch>()

  constructor(parts: BatchControlParts) {
    this.#parts = parts
  }

  /** No more jobs come. */
  seal(id: string, sealed: 'complete' | 'cut'): void {
    const batch = this.#parts.batches.byId(id)
    if (batch) this.#seal(batch, sealed)
  }

  #seal(batch: Batch, sealed: 'complete' | 'cut'): void {
    if (batch.record.sealed !== 'open') return
    batch.record.sealed = sealed
    this.#parts.store.updateBatch(batch.record)
    this.#parts.ledger.checkComplete(batch)
    // it was cleared while more jobs might have come
    if (batch.isCleared && batch.total === 0 && !batch.record.handler) this.#parts.ledger.forgetEntries([batch])
    this.#parts.viewChanged.emit()
  }

  setConcurrency(id: string, concurrency: number): void {
    const { batches, scheduler, store, viewChanged } = this.#parts
    const batch = batches.byId(id)
    if (!batch) return
    batch.record.concurrency = concurrency
    store.updateBatch(batch.record)
    scheduler.unpark(batches, batch.record.seq)
    viewChanged.emit()
  }

  /** The window that was submitting them will not come back. */
  sessionGone(session: string): void {
    for (const batch of this.#parts.batches.all) if (batch.record.session === session) this.#seal(batch, 'cut')
  }

  jobEnded(job: JobRecord): void {
    if (job.state === 'failed') void this.#stopAfterFailures(this.#parts.batches.get(job.batch))
  }

  /** They have come together: where their batch has failed before, none of them starts. Those that are run again do, as they were asked to. */
  submitted(jobs: readonly JobRecord[]): void {
    const batch = this.#parts.batches.get(jobs[0]?.batch ?? 0)
    if (!batch || !hasFailed(batch)) return
    const facts = { endedAt: Date.now(), endedBy: 'batch', cancelReason: whyStopped(batch) } as const
    for (const job of jobs) this.#parts.ledger.transition(job, 'cancelled', facts)
  }

  async #stopAfterFailures(batch: Batch | undefined): Promise<void> {
    if (!batch || !hasFailed(batch) || this.#stopping.has(batch)) return
    this.#stopping.add(batch)
    try {
      const queued: OwnedFilter = { batchId: batch.record.id, states: ['queued'] }
      await this.#parts.bulk.cancel(queued, 'batch', { why: whyStopped(batch) })
    } finally {
      this.#stopping.delete(batch)
    }
  }
}

function whyStopped({ failures }: Batch): string {
  return `${countOf(failures, 'job')} of the batch ${failures === 1 ? 'has' : 'have'} failed.`
}

/** As often as it may. */
function hasFailed({ record: { stopAfterFailures }, failures }: Batch): boolean {
  return failures >= (stopAfterFailures ?? Number.POSITIVE_INFINITY)
}
