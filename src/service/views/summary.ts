// What the job service is doing, as every window shows it.

import type { Summary } from '../../core/protocol/facts'
import { MAX_QUEUES_SHOWN, MAX_WORKERS_SHOWN } from '../../core/protocol/limits'
import { truncateWorker } from '../../core/protocol/truncate'
import type { Batches } from '../jobs/batches'
import type { Ledger } from '../jobs/ledger'
import type { Queues } from '../jobs/queues'
import type { Pools } from '../pools/pools'
import { crashSentence } from '../scheduling/crashSentence'
import type { Gate } from '../scheduling/gate'
import type { Holds } from '../scheduling/holds'
import type { SessionWorkers } from '../sessions/sessionWorkers'
import type { Settings } from '../state/machineSettings'
import type { Store } from '../store/store'
import type { StoreState } from '../store/storeState'
import { progressOf } from './progress'

export interface SummaryParts {
  readonly ledger: Ledger
  readonly batches: Batches
  readonly holds: Holds
  readonly settings: Settings
  readonly gate: Gate
  readonly store: Store
  readonly storeState: StoreState
  readonly pools: Pools
  readonly queues: Queues
  readonly sessionWorkers: SessionWorkers
}

export function summaryOf(parts: SummaryParts): Summary {
  const { batches, holds, settings, gate, store, storeState, pools, sessionWorkers } = parts
  const { counts } = parts.ledger
  const { slots, why } = settings.concurrency
  const undelivered = store.deliveries.givenUpCount
  const queues = parts.queues.infos(counts.queued ?? 0)
  const workers = [...pools.workers, ...sessionWorkers.all]
  return {
    counts: { ...counts },
    paused: holds.isPaused,
    ...(holds.crash !== undefined && { pausedBecause: crashSentence(holds.crash, counts.queued ?? 0) }),
    concurrency: slots,
    concurrencyWhy: why,
    slotsTaken: gate.used,
    ...progressOf(batches.all, counts),
    ...storeState.summary,
    ...(undelivered > 0 && { undelivered }),
    ...(queues.length > 0 && { queues: queues.slice(0, MAX_QUEUES_SHOWN) }),
    ...(workers.length > 0 && { workers: workers.slice(0, MAX_WORKERS_SHOWN).map(truncateWorker) }),
  }
}
