// What is done to all jobs of a filter: cancel, rerun, another priority, clear.
import type { EndedBy, JobInfo } from '../../api'
import { hasProcess, type StoredSpec } from '../../core/jobs/job'
import { inLists } from '../../core/protocol/lists'
import type { Work } from '../../core/protocol/longRequests'
import type { OwnedFilter } from '../../core/protocol/protocol'
import { MAX_SENTENCE_BYTES, truncateText } from '../../core/protocol/truncate'
import type { StatePaths } from '../base/paths'
import type { Signal } from '../base/signal'
import type { History } from '../history/history'
import type { JobLookup } from '../jobs/jobLookup'
import type { Ledger } from '../jobs/ledger'
import type { JobQueue } from '../scheduling/jobQueue'
import { infoBytes, type Session } from '../sessions/session'
import type { Sessions } from '../sessions/sessions'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import type { ActiveJobs, CancelFacts } from './activeJobs'
import type { Housekeeping } from './housekeeping'
import type { Submitter } from './submit'

export interface BulkActionsParts {
  readonly paths: StatePaths
  readonly store: Store
  readonly queue: JobQueue
  readonly history: History
  readonly ledger: Ledger
  readonly lookup: JobLookup
  readonly activeJobs: ActiveJobs
  readonly submitter: Submitter
  readonly sessions: Sessions
  readonly housekeeping: Housekeeping
  readonly mayStart: Signal
  readonly viewChanged: Signal
}

/** What a rerun changes: the environment is that of the window that asks. */
export interface Rerun {
  environment: string
  changes?: Partial<StoredSpec>
}

export class BulkActions {
  readonly #parts: BulkActionsParts

  constructor(parts: BulkActionsParts) {
    this.#parts = parts
  }

  /**
   * @param why is stored with each of the jobs
   * @param from the name of the window that asks
   * @returns how many have been asked to end
   */
  async cancel(
    filter: OwnedFilter,
    endedBy: EndedBy,
    { why, from }: { why?: string | undefined; from?: string },
    work?: Work,
  ): Promise<number> {
    const { history, lookup, mayStart } = this.#parts
    const facts: CancelFacts = {
      ...(why !== undefined && { cancelReason: truncateText(why, MAX_SENTENCE_BYTES) }),
      ...(from && { cancelledFrom: truncateText(from, MAX_SENTENCE_BYTES) }),
    }
    let cancelled = 0
    for await (const jobs of history.find(filter)) {
      if (work?.signal?.aborted) break
      for (const found of jobs) {
        const job = lookup.now(found) // others that ended may have started or ended it
        const isMeant = job && (filter.states?.includes(job.state) ?? true)
        if (isMeant && this.#cancelOne(job, endedBy, facts)) cancelled++
      }
      work?.onProgress?.(cancelled)
    }
    mayStart.emit()
    return cancelled
  }

  #cancelOne(job: JobRecord, endedBy: EndedBy, why: CancelFacts): boolean {
    const { activeJobs, ledger } = this.#parts
    if (job.state === 'queued') {
      ledger.transition(job, 'cancelled', { endedAt: Date.now(), endedBy, ...why })
      return true
    }
    if (!hasProcess(job.state) && job.state !== 'finishing') return false
    activeJobs.stop(job, endedBy, why)
    return true
  }

  /** @returns how many wait, and have this priority now */
  async setPriority(filter: OwnedFilter, priority: number, work?: Work): Promise<number> {
    const { history, ledger, mayStart, queue, store } = this.#parts
    let changed = 0
    for await (const jobs of history.find(filter)) {
      if (work?.signal?.aborted) break
      const waiting = jobs.filter(({ state }) => state === 'queued')
      store.setPriorities(
        waiting.map(({ seq }) => seq),
        priority,
      )
      for (const job of waiting) {
        job.spec = { ...job.spec, priority }
        queue.setPriority(job.seq, priority)
        ledger.factsChanged(job)
      }
      changed += waiting.length
      work?.onProgress?.(changed)
    }
    mayStart.emit()
    return changed
  }

  /** The callbacks of each are in the window that submitted it, or in the one that asks when that one is away. */
  async rerun(
    filter: OwnedFilter,
    { environment, changes = {} }: Rerun,
    session: Session,
    work?: Work,
  ): Promise<JobInfo[]> {
    const { history, lookup, mayStart, sessions, submitter } = this.#parts
    const infos: JobInfo[] = []
    const sessionOf = (job: JobRecord) => (sessions.get(job.session)?.connected ? job.session : session.id)
    try {
      for await (const found of history.find(filter)) {
        if (work?.signal?.aborted) break
        infos.push(...submitter.rerun(found.map(lookup.latest), environment, sessionOf, changes))
        work?.onProgress?.(infos.length)
      }
    } finally {
      // also those before one that cannot be run again
      this.#sendRerun(infos)
      mayStart.emit()
    }
    return infos
  }

  /** All of them before the first one starts, so that a batch counts them as one round. */
  #sendRerun(infos: readonly JobInfo[]): void {
    const { lookup, sessions } = this.#parts
    const bySession = Map.groupBy(infos, ({ id }) => lookup.find(id)?.session ?? '')
    for (const [session, jobs] of bySession) {
      for (const list of inLists(jobs, infoBytes)) sessions.get(session)?.send({ type: 'jobs', jobs: list })
    }
  }

  async clear(
    filter: OwnedFilter,
    unsaved: 'keep' | 'delete',
    work?: Work,
  ): Promise<{ cleared: number; unsaved: number }> {
    const { history, housekeeping, paths, viewChanged } = this.#parts
    const cleared = await history.clear(filter, unsaved, paths.spool, work)
    viewChanged.emit()
    void housekeeping.tidy()
    return cleared
  }
}
