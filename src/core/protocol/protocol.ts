// The contract between a window and the job service: the requests of a window, the events of the service. How the two begin:
// core/handshake/hello.ts.
// ServiceApi has two implementations: service/server/requests.ts answers, client/connection/serviceClient.ts sends.
import type { JobError, JobFilter, JobInfo, Progress, WorkerExit } from '../../api'
import type { AttemptsReply, JobOutline } from '../jobs/attempts'
import type { EndedJob, NamedHandler, OwnEndedJob, StoredInput, StoredOutput, StoredSpec } from '../jobs/job'
import type { QueueConfigs } from '../jobs/queueConfig'
import type { WorkerReply, WorkerRequest, WorkerValue } from '../jobs/workerRequests'
import type { TimelinePart, TimelineQuery } from '../timeline/bars'
import type { MessageProtocol } from '../values/workerMessages'
import type {
  BatchInfo,
  EndedMeanwhile,
  JobPlace,
  OutputQuery,
  OutputSlice,
  RowQuery,
  Rows,
  ServiceReport,
  ServiceStatus,
  Summary,
} from './facts'
import type { Work } from './longRequests'
import type { MachineSettings } from './settingsTable'

/** The environment of a window, once per connection and change; jobs refer to it by its hash. */
export interface Environment {
  hash: string
  vars: Record<string, string>
  /** Names whose values are secret, besides those that `run/base/secrets` recognises. */
  secretNames: readonly string[]
}

export interface BatchHeader {
  id: string
  name: string
  concurrency?: number
  stopAfterFailures?: number
  resultHandler?: BatchResultHandler
}

/** Who takes the result of a batch, and whether that has the results of its jobs. */
export interface BatchResultHandler extends NamedHandler {
  collect?: false
}

export interface SubmitList {
  /** The extension whose jobs these are. */
  owner: string
  /** Hash of an `Environment` that was sent before on this connection. */
  environment: string
  /** Present when the jobs belong to a batch; the first list makes it. */
  batch?: BatchHeader
  jobs: readonly StoredSpec[]
}

/** The state of each job of a `sync`, in order; `undefined` for one that the service does not know: it must be sent again. */
export interface SyncReply {
  jobs: readonly (EndedJob | { info: JobInfo } | undefined)[]
}

/** `owner` keeps extensions apart; absent means everything (the view, the commands). */
export type OwnedFilter = JobFilter & {
  owner?: string
  /** Only those that have it in the history: bytes on stderr, a result (also an earlier attempt's), earlier attempts. */
  has?: 'stderr' | 'result' | 'attempts'
}

/** An ended job with what a window that did not submit it needs to make its value. */
export interface DeliveredJob {
  ended: EndedJob
  stdout?: StoredOutput
  protocol?: MessageProtocol
}

/** A result for a named handler. */
export type Delivery = { context?: unknown } & (
  | { job: DeliveredJob }
  /** The results of its jobs are read with `batchResults`, unless they are not collected. */
  | { batch: BatchInfo; round: number; collect?: false }
)

/** What became of a delivery: the handler has returned, unless it says otherwise. */
export interface DeliveryAnswer {
  /** Of the job or the batch. */
  id: string
  /** Of a batch. */
  round?: number
  /** What the handler threw. */
  error?: string
  /** The handler was not called: it is not registered any more. */
  returned?: true
}

/** The named handlers of a window, by what they are for. */
export interface OfferedHandlers {
  results: readonly string[]
  /** Absent in a window of a version that has none. */
  inputs?: readonly string[]
}

/** A job whose input a named handler is to make; its window may be another one. */
export interface InputCall {
  id: string
  handler: NamedHandler
  protocol?: MessageProtocol
}

/** What a stdin function or an input handler has made, or why there is nothing. */
export interface InputAnswer {
  id: string
  input?: StoredInput
  error?: string
  /** The handler is not registered any more: the job may be given to another window. */
  returned?: true
}

/** What a window sends of its settings. */
export type WindowSettings = Partial<MachineSettings> & { queues?: QueueConfigs }

/** The requests of a window. Each is answered, or fails after `REQUEST_TIMEOUT_MS` without an answer or a report. */
export interface ServiceApi {
  useEnvironment(p: Environment): Promise<void>
  /** Resolves when all of the list is on disk. Jobs that it has already are skipped. */
  submit(p: SubmitList): Promise<void>
  sealBatch(p: { id: string; sealed: 'complete' | 'cut' }): Promise<void>
  setBatchConcurrency(p: { id: string; concurrency: number }): Promise<void>
  /** After a reconnect or a `resync`: the present state of these jobs. */
  sync(p: { ids: readonly string[] }): Promise<SyncReply>
  /** The answers of stdin functions and input handlers. */
  provideInput(p: { answers: readonly InputAnswer[] }): Promise<void>
  /** The answers to `finish` events: whether stdout could be turned into a value. */
  finished(p: { answers: readonly { id: string; error?: JobError }[] }): Promise<void>
  /** Resolves when all jobs of the filter have been requested to stop; their ends are sent as events. */
  cancel(p: { filter: OwnedFilter; reason?: string }, work?: Work): Promise<{ cancelled: number }>
  rerun(
    p: { filter: OwnedFilter; environment: string; changes?: Partial<StoredSpec> },
    work?: Work,
  ): Promise<{ jobs: JobInfo[] }>
  /** Only of jobs that wait; a higher one starts first. The highest is that of all that wait, 0 when none does. */
  setPriority(p: { filter: OwnedFilter; priority: number }, work?: Work): Promise<{ changed: number }>
  highestPriority(p: null): Promise<{ priority: number }>
  /** Removes ended jobs from the history. With `unsaved: 'keep'` nothing goes if a result exists nowhere else. */
  clear(
    p: { filter: OwnedFilter; unsaved: 'keep' | 'delete' },
    work?: Work,
  ): Promise<{ cleared: number; unsaved: number }>
  /**
   * Writes results that are only in the history into a folder, as `NAME.out`, or as `NAME.json` with a `NAME.<place>.npy`
   * for each array; existing files are never replaced. Of each place the newest result, or all that exist nowhere else.
   * @returns one file of each result
   */
  save(
    p: { filter: OwnedFilter; folder: string; which?: 'newest' | 'unsaved' },
    work?: Work,
  ): Promise<{ files: string[] }>
  list(p: { filter: OwnedFilter }, work?: Work): Promise<{ jobs: JobInfo[]; next?: string }>
  /** All jobs of the filter in the order of submission, in pages: `next` of one is `after` of the next. */
  outline(p: { filter: OwnedFilter; after?: number }, work?: Work): Promise<{ jobs: JobOutline[]; next?: number }>
  /** The ids of all jobs that a typed text finds, in the order of submission. A text with a mistake is refused. */
  findJobs(p: { text: string }, work?: Work): Promise<{ ids: string[] }>
  /** The earlier attempts at the place of this job, below the number `before`. */
  attempts(p: { id: string; before?: number }): Promise<AttemptsReply>
  /** The first job at the place of this one, and the latest with its turn and its curves. */
  place(p: { id: string }): Promise<JobPlace | null>
  getBatch(p: { id: string; cost?: true }): Promise<BatchInfo | undefined>
  /** The newest names of batches in which this text is, each once, at most `MAX_BATCH_NAMES`. */
  batchNames(p: { text: string }): Promise<{ names: string[] }>
  /** The jobs of a batch in the order of submission, in pages: `next` of one is `after` of the next. */
  batchResults(p: { id: string; after?: number }): Promise<{ jobs: DeliveredJob[]; next?: number }>
  /** The named handlers that this window has registered, all of them: on each connection, and when they change. */
  offerHandlers(p: OfferedHandlers): Promise<void>
  /** What became of deliveries. Resolves when it is on disk. */
  delivered(p: { answers: readonly DeliveryAnswer[] }): Promise<void>
  /** Results that were given up, of these jobs and batches or all, are delivered again. */
  deliverAgain(p: { ids?: readonly string[] }): Promise<{ results: number }>
  /**
   * What has ended while no window of this workspace was connected; once, for the window that asks first. Every window asks on
   * each connection.
   */
  endedMeanwhile(p: null): Promise<EndedMeanwhile | null>
  getSpec(p: { id: string }): Promise<StoredSpec | undefined>
  getEnded(p: { id: string }): Promise<EndedJob | undefined>
  /** Starts a process for requests; it belongs to this connection and is ended with it. Its messages and its end are events. */
  startWorker(p: { id: string; owner: string; environment: string; spec: StoredSpec }): Promise<void>
  /** Resolves when the worker has answered, or has ended: there is no time limit but the request's own. */
  request(p: { worker: string; request: WorkerRequest }): Promise<WorkerReply>
  /** The answers are not wanted any more. */
  cancelRequests(p: { worker: string; ids: readonly string[] }): Promise<void>
  /** The window has read the files of these answers: they are removed. */
  releaseReplies(p: { worker: string; ids: readonly string[] }): Promise<void>
  /** Requests the given warm workers, or all, to end; does not wait for it. */
  stopWorkers(p: { ids?: readonly string[] }): Promise<{ stopped: number }>
  output(p: { id: string } & OutputQuery): Promise<OutputSlice>
  /** Of all queues together. */
  pause(p: { paused: boolean }): Promise<void>
  /** One queue; refused when there is none of this name. */
  pauseQueue(p: { queue: string; paused: boolean }): Promise<void>
  /** A queue elsewhere that could not be reached is tried at once. */
  connectQueue(p: { queue: string }): Promise<void>
  /** Copies the Node that runs the service to a queue elsewhere that lacks one; refused when it is not wanted there or cannot be done. */
  copyNode(p: { queue: string }): Promise<void>
  /** Ends an allocation of a queue on a cluster, with what runs in it, or cancels the jobs of an array; refused when there is none of this number. */
  endAllocation(p: { queue: string; allocation: string }): Promise<void>
  /**
   * `chosen`: a user has just set them, so they apply even if this source has sent the same before. A setting that the
   * window does not know is left out and stays as it is; one that the service does not know is kept for a newer one.
   */
  configure(p: { source: string; settings: WindowSettings; chosen?: boolean }): Promise<void>
  /** The rows of a view, then `rows` events with the id that the window has chosen for it; a query of `null` ends them. */
  watchRows(p: { id: string; query: RowQuery | null }): Promise<Rows | null>
  /** What is new in a timeline since it was asked for last; a batch that is not in the history is refused. */
  timeline(p: TimelineQuery): Promise<TimelinePart>
  /** The job with this number in the order of submission, which a bar of a timeline bears. */
  jobOfBar(p: { seq: number }): Promise<JobInfo | null>
  status(p: null): Promise<ServiceStatus>
  /** Looks at all jobs: to be asked for by a person. */
  report(p: null): Promise<ServiceReport>
  /** The service ends, `now` or when what runs has ended, so that the next one takes over; queued jobs stay queued. */
  restart(p: { when: 'now' | 'idle' }): Promise<void>
  /** Cancels all jobs and ends, and puts the store into a folder of its own; the next service begins a new one. */
  moveStoreAside(p: null): Promise<{ folder: string }>
  /** The service starts no more jobs, and exits when the running ones have ended. */
  drain(p: null): Promise<void>
}

export type ServiceMethod = keyof ServiceApi

/** Every method once; the type makes a forgotten one an error. */
const methodTable: Readonly<Record<ServiceMethod, true>> = {
  useEnvironment: true,
  submit: true,
  sealBatch: true,
  setBatchConcurrency: true,
  sync: true,
  provideInput: true,
  finished: true,
  cancel: true,
  rerun: true,
  setPriority: true,
  highestPriority: true,
  clear: true,
  save: true,
  list: true,
  outline: true,
  findJobs: true,
  attempts: true,
  place: true,
  getBatch: true,
  batchNames: true,
  batchResults: true,
  offerHandlers: true,
  delivered: true,
  deliverAgain: true,
  endedMeanwhile: true,
  getSpec: true,
  getEnded: true,
  startWorker: true,
  request: true,
  cancelRequests: true,
  releaseReplies: true,
  stopWorkers: true,
  output: true,
  pause: true,
  pauseQueue: true,
  connectQueue: true,
  copyNode: true,
  endAllocation: true,
  configure: true,
  watchRows: true,
  timeline: true,
  jobOfBar: true,
  status: true,
  report: true,
  restart: true,
  moveStoreAside: true,
  drain: true,
}
export const serviceMethods = Object.keys(methodTable) as readonly ServiceMethod[]

/** The events of the service, sent in lists and in order. */
export type ServiceEvent =
  /** The latest facts of jobs of this session, coalesced. */
  | { type: 'jobs'; jobs: readonly JobInfo[] }
  /** Jobs of this session have ended; sent once per connection. */
  | { type: 'ended'; jobs: readonly EndedJob[] }
  /** The same for jobs that this session submitted, shorter: there may be thousands a second. */
  | { type: 'ownEnded'; jobs: readonly OwnEndedJob[] }
  /** The process is gone; turn stdout into a value and answer with `finished`. */
  | { type: 'finish'; jobs: readonly EndedJob[] }
  /** These jobs are about to start: call their stdin functions and answer with `provideInput`. */
  | { type: 'ask'; ids: readonly string[] }
  /** Results for a handler that this window has registered, in order: answer each with `delivered`. */
  | { type: 'deliver'; handler: string; results: readonly Delivery[] }
  /** Handlers of this window are to make the inputs of these jobs, which are about to start: answer with `provideInput`. */
  | { type: 'callInputHandlers'; jobs: readonly InputCall[] }
  /** Results or jobs wait for handlers of these extensions: activate those that this window has. */
  | { type: 'handlersWanted'; extensions: readonly string[] }
  /** A worker of this window is ready, or has sent a message. */
  | { type: 'workerReady'; worker: string }
  | { type: 'workerMessage'; worker: string; message: WorkerValue }
  | { type: 'workerLog'; worker: string; text: string }
  | { type: 'workerProgress'; worker: string; id: string; progress: Progress }
  /** The worker has ended, and its requests have been answered. */
  | { type: 'workerExit'; worker: string; exit: WorkerExit }
  | { type: 'summary'; summary: Summary }
  /** Of the view that has this id in its window. */
  | { type: 'rows'; id: string; rows: Rows }
  /** Events were dropped because this client read too slowly: it must `sync`. */
  | { type: 'resync' }
  /** The service is about to exit; `replaced`: a window of a newer version has asked for it, and starts its own. */
  | { type: 'bye'; reason: string; replaced?: true }

export const EVENTS_NOTIFICATION = 'events'
