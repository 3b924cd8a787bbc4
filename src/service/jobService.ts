// Makes the parts of the job service in the order in which they need each other. Where two need each other, the earlier
// one emits an event (`mayStart`, `viewChanged`, a change of a pool or of a job) to which the later one listens.
import { randomUUID } from 'node:crypto'
import { usableCores } from '../run/base/machine'
import type { StatePaths } from './base/paths'
import { Signal } from './base/signal'
import { RemoteQueues } from './elsewhere/remoteQueues'
import { History } from './history/history'
import { UsageHistory } from './history/usage'
import { Batches } from './jobs/batches'
import { BatchPlaces } from './jobs/batchPlaces'
import { Entries } from './jobs/entries'
import { JobInfos } from './jobs/jobInfos'
import { JobLookup } from './jobs/jobLookup'
import { Ledger } from './jobs/ledger'
import type { Limit } from './jobs/limit'
import { Queues } from './jobs/queues'
import { ActiveJobs } from './lifecycle/activeJobs'
import { AwaitedJobs } from './lifecycle/awaitedJobs'
import { BatchControl } from './lifecycle/batchControl'
import { BulkActions } from './lifecycle/bulkActions'
import { closeService } from './lifecycle/closing'
import { Deliveries } from './lifecycle/deliveries'
import { Ending } from './lifecycle/ending'
import { Housekeeping } from './lifecycle/housekeeping'
import { keepUntilIdle } from './lifecycle/idle'
import { openService } from './lifecycle/opening'
import { Submitter } from './lifecycle/submit'
import { UnfinishedFiles } from './lifecycle/unfinishedFiles'
import type { Pool } from './pools/pool'
import { Pools } from './pools/pools'
import { Runners, type RunnersHost } from './runners/runners'
import { type RunSpecHost, requestOrder, workerSpecOf } from './runners/runSpec'
import { Gate } from './scheduling/gate'
import { Holds } from './scheduling/holds'
import { JobQueue } from './scheduling/jobQueue'
import { Scheduler } from './scheduling/scheduler'
import { Activations } from './sessions/activations'
import { HandlerOffers } from './sessions/handlerOffers'
import { JobListeners } from './sessions/jobListeners'
import { Meanwhile } from './sessions/meanwhile'
import { Sessions } from './sessions/sessions'
import { SessionWorkers } from './sessions/sessionWorkers'
import { StdinRequests } from './sessions/stdinRequests'
import { ArrayFiles } from './state/arrayFiles'
import { Environments } from './state/environments'
import { LivingWorkers } from './state/livingWorkers'
import { Settings } from './state/machineSettings'
import type { JobRecord } from './store/records'
import { Store } from './store/store'
import { StoreState } from './store/storeState'
import { MachineUsage } from './timeline/machineUsage'
import { Timelines } from './timeline/timelines'
import { RowOrigins } from './views/rowOrigins'
import { summaryOf } from './views/summary'
import { WindowUpdates } from './views/windowUpdates'

/** What the service knows of itself from outside. */
export interface Identity {
  version: string
  socket: string
  startedAt: number
}

export type JobService = ReturnType<typeof createJobService>

export function createJobService(paths: StatePaths, identity: Identity, runnersHost: RunnersHost) {
  const storage = createStorage(paths)
  const queue = createQueue(storage, new Runners(usableCores().cores, storage.workers, runnersHost))
  const scheduling = createScheduling({ ...storage, ...queue })
  const windows = createWindowParts({ ...storage, ...queue, ...scheduling })
  const actions = createActions({ ...storage, ...queue, ...scheduling, ...windows })
  const parts = { identity, ...storage, ...queue, ...scheduling, ...windows, ...actions }
  connect(parts)
  return {
    ...parts,
    ending: new Ending(),
    open: () => openService(parts),
    close: () => closeService(parts),
    /** Resolves with the reason when the service is to end. */
    untilIdle: () =>
      keepUntilIdle({ ...parts, isIdle: () => isIdle(parts), onWindowsGone: () => onWindowsGone(parts) }),
  }
}

/** What is on disk, and the events that any part may emit. */
function createStorage(paths: StatePaths) {
  /** Something that waits may start now. */
  const mayStart = new Signal()
  /** Rows or counts that a view shows may have changed. */
  const viewChanged = new Signal()
  const onChange = () => {
    mayStart.emit()
    viewChanged.emit()
  }
  const store = new Store(paths.store)
  const storeState = new StoreState(store, onChange)
  const settings = new Settings(store)
  const environments = new Environments(store)
  const workers = new LivingWorkers(store)
  const arrays = new ArrayFiles(paths)
  const holds = new Holds(storeState, onChange)
  return {
    paths,
    mayStart,
    viewChanged,
    store,
    storeState,
    settings,
    environments,
    workers,
    arrays,
    holds,
  }
}

type Storage = ReturnType<typeof createStorage>

/** Jobs, and where they wait. */
function createQueue(storage: Storage, runners: Runners) {
  const { store, settings, environments, holds, mayStart, viewChanged } = storage
  const batches = new Batches()
  const queues = new Queues(storage)
  const limits: readonly Limit[] = [batches, queues]
  const entries = new Entries()
  const places = new BatchPlaces(store)
  const ledger = new Ledger(store, batches, entries, viewChanged)
  const gate = new Gate(settings.concurrency.slots, () => mayStart.emit())
  const poolChanged = new Signal<Pool>()
  const pools = new Pools({
    gate,
    ledger,
    environments,
    queues,
    startWorker: (queue, spec, events) =>
      remotes.of(queue)?.startWorker(spec, events) ?? runners.startWorker(spec, false, events),
    onChange: pool => poolChanged.emit(pool),
  })
  const offers = new HandlerOffers()
  const handlerWanted = new Signal<string>()
  const secrets = {
    lacksSecret: (job: JobRecord) => environments.lacksSecret(job, !queues.isElsewhere(job)),
  }
  const queue = new JobQueue({
    limits,
    pools,
    isElsewhere: job => queues.isElsewhere(job),
    secrets,
    holds,
    handlers: offers,
    onHandlerWanted: handler => handlerWanted.emit(handler),
    onReady: () => mayStart.emit(),
  })
  const remotes = new RemoteQueues({
    paths: storage.paths,
    settings,
    queues,
    store,
    holds,
    mayStart,
    onLeft: name => pools.leaveQueue(name),
    onMoved: names => {
      for (const name of names) queue.enterAnew(queues.queuedOf(name), seq => store.job(seq))
      mayStart.emit()
    },
  })
  const infos = new JobInfos(store, batches, queue)
  const runSpecHost: RunSpecHost = { settings, paths: storage.paths, environments, queues }
  const jobs = { batches, queues, secrets, runSpecHost, places, limits, entries, ledger, gate, pools, queue, infos }
  return { ...jobs, runners, remotes, offers, poolChanged, handlerWanted }
}

type Queue = ReturnType<typeof createQueue>

/** Who runs jobs, and when. */
function createScheduling(parts: Storage & Queue) {
  const { runSpecHost, store } = parts
  const sessions = new Sessions()
  const activeJobs = new ActiveJobs({ ...parts, sessionOf: job => sessions.get(job.session) })
  const awaited = new AwaitedJobs({ ...parts, activeJobs })
  const lookup = new JobLookup(store, activeJobs)
  const activations = new Activations(parts.offers)
  const stdin = new StdinRequests({ ...parts, activations, lookup, sessions })
  const scheduler = new Scheduler({
    ...parts,
    stdin,
    starter: activeJobs,
    workerSpecOf: (pool, job) => ({
      ...workerSpecOf(randomUUID(), job, runSpecHost),
      name: pool.name, // it is not the job's alone
    }),
  })
  return { sessions, activations, activeJobs, awaited, lookup, stdin, scheduler }
}

type Scheduling = ReturnType<typeof createScheduling>

/** What windows hold and are sent. */
function createWindowParts(parts: Storage & Queue & Scheduling) {
  const { queues, remotes, runners, runSpecHost, scheduler, store } = parts
  const sessionWorkers = new SessionWorkers({
    ...parts,
    startWorker: (queue, spec, events) =>
      remotes.of(queue)?.startRequestWorker(spec, events) ?? runners.startWorker(spec, true, events),
    specOf: (id, spec, environment) => workerSpecOf(id, { id, spec, environment }, runSpecHost),
    orderOf: requestOrder,
    takeSlots(queue, cores, run) {
      const here = () => new Promise<void>(done => scheduler.request(cores, () => run().finally(done)))
      if (Number.isFinite(queues.slotsOf(queue))) queues.takeSlots(queue, cores, remotes.of(queue) ? run : here)
      else scheduler.request(cores, run)
    },
  })
  const deliveries = new Deliveries(parts)
  const origins = new RowOrigins(parts)
  const updates = new WindowUpdates({ ...parts, origins, summary: () => summaryOf({ ...parts, sessionWorkers }) })
  const machineUsage = new MachineUsage(store, () => parts.gate.used > 0)
  const timelines = new Timelines({ ...parts, machineUsage })
  const meanwhile = new Meanwhile(store)
  const listeners = new JobListeners({ ...parts, meanwhile })
  return { sessionWorkers, updates, machineUsage, timelines, deliveries, listeners, meanwhile }
}

type WindowParts = ReturnType<typeof createWindowParts>

/** What is done on request. */
function createActions(parts: Storage & Queue & Scheduling & WindowParts) {
  const history = new History(parts)
  const usage = new UsageHistory(parts.store)
  const housekeeping = new Housekeeping({ ...parts, history })
  const submitter = new Submitter(parts)
  const bulk = new BulkActions({ ...parts, history, housekeeping, submitter })
  const batchControl = new BatchControl({ ...parts, bulk })
  return { history, usage, housekeeping, submitter, bulk, batchControl }
}

type Actions = ReturnType<typeof createActions>
type Parts = Storage & Queue & Scheduling & WindowParts & Actions

/** Who listens to what. The ledger calls its listeners in this order: windows are notified of a job before others start. */
function connect(parts: Parts): void {
  const { arrays, batchControl, environments, ledger, listeners, mayStart, queue, scheduler, sessions } = parts
  mayStart.on(() => scheduler.schedule())
  parts.settings.changed.on(() => parts.viewChanged.emit())
  parts.queues.changed.on(() => {
    for (const key of parts.queues.keys) scheduler.unpark(parts.queues, key)
    parts.viewChanged.emit()
  })
  parts.poolChanged.on(pool => {
    scheduler.unparkPool(pool)
    parts.viewChanged.emit()
  })
  // in the next turn: the job is in the store, and those that come with it wait, too
  parts.handlerWanted.on(handler => setImmediate(() => parts.stdin.want(handler)))
  parts.offers.changed.on(session => {
    parts.deliveries.offersChanged()
    parts.stdin.offersChanged(session)
    mayStart.emit()
    parts.viewChanged.emit()
  })
  ledger.listen({
    jobEnded: job => {
      if (job.spec.protocol === 'frames') arrays.jobEnded(job)
      queue.remove(job.seq)
    },
    jobsForgotten: jobs => {
      for (const { id } of jobs) environments.forgetJob(id)
    },
  })
  ledger.listen(parts.places)
  ledger.listen(parts.queues)
  ledger.listen(parts.usage)
  ledger.listen(parts.deliveries) // first: windows are notified whether a result waits for its handler
  ledger.listen(listeners)
  ledger.listen(scheduler)
  ledger.listen(batchControl)
  ledger.listen(parts.updates)
  ledger.listen(parts.timelines)
  ledger.listen(new UnfinishedFiles(parts))
  sessions.gone.on(session => {
    environments.sessionGone(session)
    parts.stdin.sessionGone(session)
    parts.activeJobs.sessionGone(session)
    batchControl.sessionGone(session)
    mayStart.emit()
  })
}

/** Nothing runs, and nothing could start by itself. */
function isIdle({ scheduler, ledger, storeState }: Parts): boolean {
  return scheduler.isIdle && !ledger.counts.finishing && !storeState.mayNotStart
}

/** By the setting, their jobs end with the windows. */
function onWindowsGone({ settings, bulk }: Parts): void {
  if (settings.values.onLastWindowClosed === 'cancel')
    void bulk.cancel({ all: true }, 'shutdown', { why: 'The last window was closed.' })
}
