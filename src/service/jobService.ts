// The job service: puts its parts together and does what concerns several of them.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { EndedBy } from '../api'
import { isId } from '../core/base/uuid'
import { hasProcess, isFinal, type StoredInput } from '../core/jobs/job'
import { countOf } from '../core/protocol/format'
import type { Work } from '../core/protocol/longRequests'
import {
  MAX_WORKERS_SHOWN,
  type OwnedFilter,
  type ServiceStatus,
  type Summary,
  UPDATE_INTERVAL_MS,
} from '../core/protocol/protocol'
import { cutText, MAX_SENTENCE_BYTES, shownWorker } from '../core/protocol/shown'
import { usableCores } from '../run/base/machine'
import type { StatePaths } from './base/paths'
import { History } from './history/history'
import { trim } from './history/trim'
import type { Batch } from './jobs/batches'
import { Ledger } from './jobs/ledger'
import { ActiveJobs } from './lifecycle/activeJobs'
import { closeArrays, stopAll } from './lifecycle/closing'
import { recover } from './lifecycle/recovery'
import { Submitter } from './lifecycle/submit'
import { crashSentence } from './pools/crashSentence'
import { Pools } from './pools/pools'
import { Runners, type RunnersHost } from './runners/runners'
import { requestOrder, workerSpecOf } from './runners/runSpec'
import { Scheduler } from './scheduling/scheduler'
import type { RowsWatch } from './sessions/rowsWatch'
import type { Session } from './sessions/session'
import { Sessions } from './sessions/sessions'
import { SessionWorkers } from './sessions/sessionWorkers'
import { ArrayFiles } from './state/arrayFiles'
import { Environments } from './state/environments'
import { Settings } from './state/machineSettings'
import type { JobRecord, StoredOutputs } from './store/records'
import { Store } from './store/store'
import { StoreState } from './store/storeState'

/** What the service knows of itself from outside. */
export interface Identity {
  version: string
  socket: string
  startedAt: number
  runners: RunnersHost
}

export class JobService {
  readonly sessions = new Sessions(id => this.#sessionGone(id))
  readonly paths: StatePaths
  readonly #identity: Identity
  readonly store: Store
  readonly storeState: StoreState
  readonly settings: Settings
  readonly environments: Environments
  readonly ledger: Ledger
  readonly scheduler: Scheduler
  readonly activeJobs: ActiveJobs
  readonly history: History
  readonly arrays: ArrayFiles
  readonly pools: Pools
  readonly sessionWorkers: SessionWorkers
  readonly #runners: Runners
  readonly submitter: Submitter
  readonly watches = new Map<Session, RowsWatch>()
  /** Windows that have asked after a job that another window submitted. */
  readonly followers = new Map<number, Set<Session>>()
  /** How many jobs ran when the service before this one died, while the queue is paused for that. */
  #lostInCrash: number | undefined
  #draining = false
  #viewTimer: NodeJS.Timeout | undefined

  constructor(paths: StatePaths, identity: Identity) {
    this.paths = paths
    this.#identity = identity
    this.#runners = new Runners(usableCores().cores, identity.runners)
    this.store = new Store(paths.store)
    this.storeState = new StoreState(this.store, () => {
      this.scheduler?.schedule()
      this.viewChanged()
    })
    this.settings = new Settings(this.store)
    this.environments = new Environments(this.store)
    const ledgerListener = {
      jobChanged: (job: JobRecord) => this.#jobChanged(job),
      jobsForgotten: (jobs: readonly JobRecord[]) => {
        for (const { id } of jobs) this.environments.forgetJob(id)
      },
      jobEnded: (job: JobRecord, left: StoredOutputs | undefined) => this.#jobEnded(job, left),
      viewChanged: () => this.viewChanged(),
    }
    this.ledger = new Ledger(this.store, ledgerListener, job => this.scheduler.reasonOf(job))
    this.arrays = new ArrayFiles(paths)
    const { settings } = this
    const runSpecHost = {
      get settings() {
        return settings.values
      },
      paths,
    }
    const service = this
    this.pools = new Pools({
      get slots() {
        return service.scheduler.gate.slots
      },
      get lastSeq() {
        return service.ledger.lastSeq
      },
      environmentKey: job => this.environments.keyOf(job),
      startWorker: (spec, events) => this.#runners.startWorker(spec, false, events),
      onWorkerIdle: () => this.pools.trimIdle(),
      changed: pool => {
        this.scheduler.unparkPool(pool)
        this.viewChanged()
      },
    })
    this.scheduler = new Scheduler(this.settings.concurrency.slots, {
      store: this.store,
      batches: this.ledger.batches,
      get mayNotStart() {
        return service.storeState.mayNotStart
      },
      start: job => this.activeJobs.start(job),
      joinPool: job => this.pools.join(job),
      poolOf: job => this.pools.of(job),
      pool: key => this.pools.get(key),
      isParkedInPool: () => this.pools.hasParked,
      takeWorker: (pool, job) =>
        pool.takeSlot(() => ({
          ...workerSpecOf(randomUUID(), job, this.environments.of(job), runSpecHost),
          name: pool.name, // it is not the job's alone
        })),
      hand: (job, worker) => {
        this.activeJobs.hand(job, worker)
        this.pools.hand(worker)
      },
      broke: (job, thrown) => this.activeJobs.broke(job, thrown),
      refuse: (job, error) => this.ledger.transition(job, 'failed', { endedAt: Date.now(), endedBy: 'self', error }),
      flush: () => this.#flush(),
      ask: job => this.#ask(job),
      askFailed: (job, why) => this.#inputFailed(job, why),
      lacksSecret: job => this.environments.lacksSecret(job),
    })
    this.activeJobs = new ActiveJobs({
      ledger: this.ledger,
      scheduler: this.scheduler,
      environments: this.environments,
      runSpecHost,
      arrays: this.arrays,
      runners: this.#runners,
      sessionOf: job => this.sessions.get(job.session),
    })
    this.sessionWorkers = new SessionWorkers({
      arrays: this.arrays,
      startWorker: (spec, events) => this.#runners.startWorker(spec, true, events),
      specOf: (id, spec, environment) =>
        workerSpecOf(id, { id, spec }, this.environments.of({ id, spec, environment }), runSpecHost),
      orderOf: requestOrder,
      takeSlots: (cores, run) => this.scheduler.request(cores, run),
      viewChanged: () => this.viewChanged(),
    })
    this.history = new History(this.ledger, this.arrays, this.latest)
    this.submitter = new Submitter(this.ledger, this.scheduler, this.environments)
  }

  /** What was handed to workers leaves, once it is on disk that it has begun. */
  #flush(): void {
    if (!this.pools.hasHanded) return
    if (this.ledger.commitStarting()) this.pools.flush()
    else this.pools.recall()
  }

  /** Settles what an earlier service left, then starts what may start. */
  open(): void {
    const endedWell = this.store.getMeta('endedWell') !== 'no'
    this.store.setMeta('endedWell', 'no')
    const graceMs = this.settings.values.killGraceSeconds * 1000
    const { queued, lost, settled, sessions } = recover(this.ledger, this.scheduler, this.environments, graceMs)
    for (const batch of this.ledger.batches.all) if (batch.record.sealed === 'open') sessions.add(batch.record.session)
    for (const session of sessions) this.sessions.expect(session)
    if (!endedWell && queued > 0 && this.settings.values.afterServiceCrash === 'pause') {
      this.#lostInCrash = lost
      this.scheduler.paused = true
    }
    void this.#sweepSpool()
    this.scheduler.held = true
    void settled.then(() => {
      this.scheduler.held = false
    })
  }

  /** Removes files of jobs that are not in the store any more. */
  async #sweepSpool(): Promise<void> {
    const state = (id: string) => this.store.jobById(id)?.state
    await this.arrays.sweep(
      id => !isId(id) || state(id) !== undefined,
      id => isId(id) && isFinal(state(id) ?? 'queued'),
    )
  }

  pause(paused: boolean): void {
    this.#lostInCrash = undefined
    this.scheduler.paused = paused
    this.viewChanged()
  }

  /** Starts nothing more; a newer service takes over when what runs has ended. */
  drain(): void {
    this.#draining = true
    this.scheduler.drain()
  }

  /** Lets the history age; called at the start and from time to time. */
  async trimHistory(): Promise<number> {
    const trimmed = await trim(this.ledger, this.history, this.settings.values, this.paths.spool)
    await this.tidy()
    return trimmed
  }

  /** After jobs have left the history: what only they needed goes, too. */
  async tidy(): Promise<void> {
    await this.environments.trim()
    await this.store.room.giveBack()
  }

  /** Ends in good order: what runs is stopped, what is queued stays queued. */
  async close(): Promise<void> {
    await stopAll(this)
    clearTimeout(this.#viewTimer)
    const summary = this.summary() // by it the windows know whether jobs are left
    for (const session of this.sessions.connected) session.send({ type: 'summary', summary })
    this.#runners.close()
    await closeArrays(this.arrays)
    this.store.setMeta('endedWell', 'yes')
    if (!this.store.close()) console.log('The last changes could not be written to the store.')
  }

  /** Nothing runs, and nothing could start by itself. */
  get isIdle(): boolean {
    return this.scheduler.isIdle && !this.ledger.counts.finishing && !this.storeState.mayNotStart
  }

  get isDraining(): boolean {
    return this.#draining
  }

  /** No window has been there for a while: by the setting, their jobs go with them. */
  windowsGone(): void {
    if (this.settings.values.onLastWindowClosed === 'cancel')
      void this.cancel({ all: true }, 'shutdown', 'The last window was closed.')
  }

  readonly latest = (job: JobRecord): JobRecord => this.activeJobs.job(job.seq) ?? job

  find(id: string): JobRecord | undefined {
    const job = this.store.jobById(id)
    return job && this.latest(job)
  }

  // what the windows are told

  summary(): Summary {
    const { slots, why } = this.settings.concurrency
    const workers = [...this.pools.workers, ...this.sessionWorkers.all]
    return {
      counts: { ...this.ledger.counts },
      paused: this.scheduler.paused,
      ...(this.#lostInCrash !== undefined && {
        pausedBecause: crashSentence(this.#lostInCrash, this.ledger.counts.queued ?? 0),
      }),
      concurrency: slots,
      concurrencyWhy: why,
      slotsTaken: this.scheduler.gate.used,
      ...this.storeState.summary,
      ...(workers.length > 0 && { workers: workers.slice(0, MAX_WORKERS_SHOWN).map(shownWorker) }),
    }
  }

  viewChanged(): void {
    this.#viewTimer ??= setTimeout(() => {
      this.#viewTimer = undefined
      const summary = this.summary()
      for (const session of this.sessions.connected) {
        session.summarise(summary)
        const rows = this.watches.get(session)?.readChanged()
        if (rows) session.showRows(rows)
      }
    }, UPDATE_INTERVAL_MS)
  }

  /** The window that submitted it, and those that have asked after it. */
  #listeners(job: JobRecord): Iterable<Session> {
    const own = this.sessions.get(job.session)
    const others = this.followers.get(job.seq)
    return others ? new Set(own ? [own, ...others] : others) : own ? [own] : []
  }

  #jobChanged(job: JobRecord): void {
    for (const session of this.#listeners(job)) session.changed(job.id, () => this.ledger.info(job))
    if (job.batch > 0) this.scheduler.unpark(job.batch)
  }

  #jobEnded(job: JobRecord, left: StoredOutputs | undefined): void {
    if (job.spec.protocol === 'frames') this.arrays.keep(job)
    this.scheduler.forget(job.seq, job.facts.attempts === undefined)
    const isOwn = job.replaces === null // one that was run again may be new to its window
    for (const session of this.#listeners(job)) {
      if (isOwn && session.id === job.session) session.ownEnded(this.ledger.ownEnded(job, left))
      else session.ended(this.ledger.ended(job, left))
    }
    this.followers.delete(job.seq)
    if (job.batch > 0) this.scheduler.unpark(job.batch)
    const batch = this.ledger.batches.get(job.batch)
    const limit = batch?.record.stopAfterFailures
    if (batch && limit && job.state === 'failed' && batch.failures >= limit) {
      const reason = `${countOf(batch.failures, 'job')} of the batch ${batch.failures === 1 ? 'has' : 'have'} failed.`
      void this.cancel({ batchId: batch.record.id, states: ['queued'] }, 'batch', reason)
    }
  }

  // stdin functions

  #ask(job: JobRecord): boolean {
    const session = this.sessions.get(job.session)
    session?.ask(job.id)
    return session !== undefined
  }

  #inputFailed(job: JobRecord, message: string): void {
    const now = this.find(job.id)
    if (now?.state !== 'queued') return
    this.ledger.transition(now, 'failed', {
      endedAt: Date.now(),
      endedBy: 'self',
      error: { kind: 'prepareInput', message },
    })
  }

  async takeInput(id: string, input: StoredInput | undefined, error: string | undefined): Promise<void> {
    const job = this.find(id)
    if (job?.state === 'queued') {
      if (!input) return this.#inputFailed(job, error ?? 'The stdin function failed.')
      if (this.scheduler.inputCame(job.seq)) return this.store.setSpec(job.seq, { ...job.spec, stdin: input })
    }
    const used = job?.spec.stdin
    const isUsed = input && 'file' in input && used && 'file' in used && used.file === input.file
    if (input && 'file' in input && input.owned && !isUsed) await rm(input.file, { force: true })
    if (input && 'arrays' in input && !(used && 'arrays' in used)) await this.arrays.forgetInputs(id)
  }

  #sessionGone(session: string): void {
    this.environments.sessionGone(session)
    for (const job of this.scheduler.askedOf(session)) {
      this.#inputFailed(job, 'The window whose function makes its stdin was closed.')
    }
    for (const job of this.activeJobs.all) if (job.session === session) this.activeJobs.finished(job)
    for (const batch of this.ledger.batches.all) if (batch.record.session === session) this.seal(batch, 'cut')
    this.scheduler.schedule()
  }

  /** No more jobs come. */
  seal(batch: Batch, sealed: 'complete' | 'cut'): void {
    if (batch.record.sealed !== 'open') return
    batch.record.sealed = sealed
    this.store.updateBatch(batch.record)
    this.ledger.checkComplete(batch)
    this.viewChanged()
  }

  // bulk

  async cancel(filter: OwnedFilter, endedBy: EndedBy, why: string | undefined, work?: Work): Promise<number> {
    const reason = why && cutText(why, MAX_SENTENCE_BYTES) // it goes with each of the jobs
    let cancelled = 0
    for await (const jobs of this.history.find(filter)) {
      if (work?.signal?.aborted) break
      for (const job of jobs.map(this.latest)) {
        if (job.state === 'queued') {
          const facts = { endedAt: Date.now(), endedBy, ...(reason !== undefined && { cancelReason: reason }) }
          this.ledger.transition(job, 'cancelled', facts)
        } else if (hasProcess(job.state) || job.state === 'finishing') this.activeJobs.stop(job, endedBy, reason)
        else continue
        cancelled++
      }
      work?.onProgress?.(cancelled)
    }
    this.scheduler.schedule()
    return cancelled
  }

  /** @returns how many warm workers have been asked to end */
  stopWorkers(ids: readonly string[] | undefined): number {
    const named = ids && new Set(ids)
    return this.pools.stop(named) + this.sessionWorkers.stop(named)
  }

  /** A connection has gone: nothing is to be read or kept for it any more. */
  unwatch(session: Session): void {
    this.watches.delete(session)
    this.sessionWorkers.closed(session)
  }

  status(): ServiceStatus {
    return {
      pid: process.pid,
      version: this.#identity.version,
      startedAt: this.#identity.startedAt,
      stateFolder: this.paths.state,
      socket: this.#identity.socket,
      memoryBytes: process.memoryUsage.rss(),
      windows: this.sessions.connected.map(session => session.window),
      settings: this.settings.values,
      settingsFrom: this.settings.from,
      draining: this.#draining,
    }
  }
}
