// The contract between a window and the job service: what may be asked, what is told, and how much of it at once.
// One interface, two implementations: service/requests.ts does it, extension/serviceClient.ts asks for it.
import type { JobError, JobFilter, JobInfo, JobState, Progress, WorkerExit } from '../../api'
import type { AttemptsReply, JobOutline } from '../jobs/attempts'
import type { EndedJob, OwnEndedJob, StoredInput, StoredSpec } from '../jobs/job'
import type { Work } from './longRequests'

/** Raised when a message changes its meaning; both sides compare it in the handshake. */
export const PROTOCOL_VERSION = 4

/** Items in one list; 1,000 keep a step under 10 ms on both sides. */
export const MAX_LIST_ITEMS = 1000
/** Bytes of one list, approximately; a list is closed before it would grow over this. */
export const MAX_LIST_BYTES = 1024 * 1024
/** A message above this ends the connection: neither side ever sends one. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024
/** A job spec above this is refused; what is told of its job needs room beside it. */
export const MAX_SPEC_BYTES = 3.5 * 1024 * 1024
/** The same before the handshake, when the other side may be anybody. */
export const MAX_HANDSHAKE_BYTES = 4 * 1024
/** A handshake that takes longer ends the connection. */
export const HANDSHAKE_TIMEOUT_MS = 5000
/** Unsent bytes after which a client loses its events and is told to `resync`. */
export const MAX_PENDING_BYTES = 8 * 1024 * 1024
/** A payload up to this travels inside a message; a larger one is a file in the spool folder. */
export const MAX_INLINE_BYTES = 64 * 1024
/** A request without an answer or a sign of life for this long has failed: no request waits for ever. */
export const REQUEST_TIMEOUT_MS = 30_000
/** How long a job waits for a job service before it ends as `failed` with kind `service`. */
export const SERVICE_TIMEOUT_MS = 30_000
/** How long a stdin function may take. */
export const PREPARE_INPUT_TIMEOUT_MS = 60_000
/** The view, the events of the API: at most 10 updates a second. */
export const UPDATE_INTERVAL_MS = 100
/** Rows that a view may ask for at once. */
export const MAX_ROWS = 200
/** Warm workers that a summary tells of. */
export const MAX_WORKERS_SHOWN = 50

export interface Hello {
  token: string
  protocol: number
  /** Version of the extension; a newer one may ask an older service to drain. */
  version: string
  /** Lives as long as the window's extension host; jobs and their answers find the window by it. */
  session: string
  /** Which workspace this window shows; secrets are given back only to its jobs. */
  workspace: string
  /** What to call the window in messages: the workspace's name. */
  window: string
}

export interface Welcome {
  protocol: number
  version: string
  /** Made anew each time a service starts. */
  boot: string
  pid: number
  /** Where payloads larger than `MAX_INLINE_BYTES` are written by the client. */
  spoolFolder: string
  /** The service's clock, for elapsed times: milliseconds since the epoch. */
  now: number
  summary: Summary
}

/** The environment of a window, once per connection and change; jobs refer to it by its hash. */
export interface Environment {
  hash: string
  vars: Record<string, string>
  /** Names that are secret besides those that look so. */
  secretNames: readonly string[]
}

export interface BatchHeader {
  id: string
  name: string
  concurrency?: number
  stopAfterFailures?: number
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

/** What became of each id that a client asked after: it is known, or `undefined` and must be sent again. */
export interface SyncReply {
  jobs: readonly (EndedJob | { info: JobInfo } | undefined)[]
}

/** `owner` keeps extensions apart; absent means everything (the view, the commands). */
export type OwnedFilter = JobFilter & {
  owner?: string
  /** Only those that have it in the history: bytes on stderr, a result (also an earlier attempt's), earlier attempts. */
  has?: 'stderr' | 'result' | 'attempts'
}

export interface OutputQuery {
  stream: 'stdout' | 'stderr'
  offset: number
  length: number
  /** Of an attempt that was retried; absent means the job as it is. */
  attempt?: number
}

export interface BatchInfo {
  id: string
  name: string
  owner: string
  /** No more jobs come; `cut` when not all arrived. */
  sealed: 'open' | 'complete' | 'cut'
  total: number
  counts: Partial<Record<JobState, number>>
  /** The fractions of those that run and announce their progress, added up. */
  progressOfRunning?: number
  concurrency?: number
  submittedAt: number
  startedAt?: number
  endedAt?: number
  /** Since when none of its jobs is under way, though some are still to come. */
  restingSince?: number
  /** Time since its start in which none of its jobs was under way, up to `restingSince`: it is no time of the batch. */
  idleMs?: number
}

/** A process that is kept for more jobs or requests. */
export interface WorkerInfo {
  id: string
  name: string
  /** `starting` until it has said that it is ready. */
  state: 'starting' | 'idle' | 'busy' | 'stopping'
  command: readonly string[]
  pid?: number
  startedAt?: number
  /** Jobs or requests that it has answered. */
  served: number
  memoryBytes?: number
  /** Of a worker that an extension holds for its requests: which extension. */
  owner?: string
}

/** What the service is doing, for the status bar and the view's header. */
export interface Summary {
  counts: Partial<Record<JobState, number>>
  paused: boolean
  /** Why it is paused, when nobody asked for it. */
  pausedBecause?: string
  /** One sentence while nothing can be written to the store: jobs are refused, and none is started. */
  storeProblem?: string
  /** What was damaged or missing since the service started, and what was done about it. */
  storeNews?: string
  /** Slots of this machine, and in words where the number comes from. */
  concurrency: number
  concurrencyWhy: string
  /** Slots taken. */
  slotsTaken: number
  /** Warm workers, the first started first, at most `MAX_WORKERS_SHOWN`; absent when there are none. */
  workers?: readonly WorkerInfo[]
}

/** The machine settings; the last change wins. */
export interface MachineSettings {
  /** 0 means the number of usable cores. */
  concurrency: number
  niceness: number
  killGraceSeconds: number
  onLastWindowClosed: 'continue' | 'cancel'
  afterServiceCrash: 'pause' | 'continue'
  maxOutputMegabytes: number
  historyDays: number
  historyMegabytes: number
}

export const defaultSettings: MachineSettings = {
  concurrency: 0,
  niceness: 10,
  killGraceSeconds: 5,
  onLastWindowClosed: 'continue',
  afterServiceCrash: 'pause',
  maxOutputMegabytes: 1024,
  historyDays: 30,
  historyMegabytes: 2048,
}

/** Where a row stands among the rows of the same parent: for screen readers, and to find the parent's row. */
export interface Place {
  /** From 0. */
  place: number
  /** How many there are. */
  places: number
}

export interface JobRow extends Place {
  kind: 'job'
  job: JobInfo
  /** 0 for a single job, 1 inside a batch. */
  depth: 0 | 1
  /** The history has a result of it, its own or an earlier attempt's. */
  hasResult?: true
}

export interface BatchRow extends Place {
  kind: 'batch'
  batch: BatchInfo
  expanded: boolean
}

export type Row = JobRow | BatchRow

/** Which rows a view shows: entries newest first, batches unfolded when named in `expanded`. */
export interface RowQuery {
  from: number
  /** At most `MAX_ROWS`. */
  count: number
  /** Ids of batches. */
  expanded: readonly string[]
}

/** The rows of the last query, whole; sent when one of them or the total has changed, at most 10 times a second. */
export interface Rows {
  from: number
  total: number
  rows: readonly Row[]
}

export interface OutputSlice {
  base64: string
  /** Bytes that there are by now. */
  total: number
  /** Where the whole stream lies, when it is a file. */
  file?: string
}

export interface ServiceStatus {
  pid: number
  version: string
  startedAt: number
  stateFolder: string
  socket: string
  memoryBytes: number
  windows: readonly string[]
  settings: MachineSettings
  /** Which window changed the settings last. */
  settingsFrom: string
  draining: boolean
}

/** What a window may ask of the service. Each request is answered, or fails after `REQUEST_TIMEOUT_MS` without a sign of life. */
export interface ServiceApi {
  useEnvironment(p: Environment): Promise<void>
  /** Resolves when all of the list is on disk. Jobs that it has already are skipped. */
  submit(p: SubmitList): Promise<void>
  sealBatch(p: { id: string; sealed: 'complete' | 'cut' }): Promise<void>
  setBatchConcurrency(p: { id: string; concurrency: number }): Promise<void>
  /** After a reconnect or a `resync`: what became of these jobs of this session. */
  sync(p: { ids: readonly string[] }): Promise<SyncReply>
  /** The answers of stdin functions. */
  provideInput(p: { answers: readonly { id: string; input?: StoredInput; error?: string }[] }): Promise<void>
  /** The answers to `finish` events: whether stdout could be turned into a value. */
  finished(p: { answers: readonly { id: string; error?: JobError }[] }): Promise<void>
  /** Resolves when all that it named have been asked to stop; that they have ended is told by events. */
  cancel(p: { filter: OwnedFilter; reason?: string }, work?: Work): Promise<{ cancelled: number }>
  rerun(
    p: { filter: OwnedFilter; environment: string; changes?: Partial<StoredSpec> },
    work?: Work,
  ): Promise<{ jobs: JobInfo[] }>
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
  /** What was tried at the place of this job, below the number `before`. */
  attempts(p: { id: string; before?: number }): Promise<AttemptsReply>
  /** The first job at the place of this one, and the latest. */
  place(p: { id: string }): Promise<{ first: string; latest: JobInfo } | null>
  getBatch(p: { id: string }): Promise<BatchInfo | undefined>
  getSpec(p: { id: string }): Promise<StoredSpec | undefined>
  getEnded(p: { id: string }): Promise<EndedJob | undefined>
  /** Starts a process for requests; it belongs to this connection and is ended with it. What comes of it is told by events. */
  startWorker(p: { id: string; owner: string; environment: string; spec: StoredSpec }): Promise<void>
  /** Answered when the worker has answered, or when it is clear that it will not: this may take long. */
  request(p: { worker: string; request: WorkerRequest }): Promise<WorkerReply>
  /** The answers are not wanted any more. */
  cancelRequests(p: { worker: string; ids: readonly string[] }): Promise<void>
  /** The window has read the files of these answers; they go. */
  releaseReplies(p: { worker: string; ids: readonly string[] }): Promise<void>
  /** Asks warm workers to end: those named, or all. Resolves when they have been asked. */
  stopWorkers(p: { ids?: readonly string[] }): Promise<{ stopped: number }>
  output(p: { id: string } & OutputQuery): Promise<OutputSlice>
  pause(p: { paused: boolean }): Promise<void>
  /** `chosen`: somebody has just chosen them, so they count even if this source said the same before. */
  configure(p: { source: string; settings: MachineSettings; chosen?: boolean }): Promise<void>
  /** The rows of a view, then `rows` events with the id that the window has chosen for it; a query of `null` ends them. */
  watchRows(p: { id: string; query: RowQuery | null }): Promise<Rows | null>
  status(p: null): Promise<ServiceStatus>
  /** Starts nothing more, ends when what runs has ended. */
  drain(p: null): Promise<void>
}

export interface WorkerRequest {
  /** A UUID, made by the client; the files of its arrays bear it. */
  id: string
  input: StoredInput
  timeoutMs?: number
}

/** The answer to a request, or why there is none. */
export interface WorkerReply {
  /** As a job's stdout: JSON, or a frame. */
  value?: WorkerValue
  error?: JobError & { traceback?: string }
  /** The worker had ended when the request came: why, its exit tells, which the window has heard of or is about to. */
  ended?: true
  /** The last that it announced: its event may not have been sent. */
  progress?: Progress
}

/** What a worker says: small inside the message, else a file. `arrays`: it refers to files of arrays. */
export type WorkerValue = ({ base64: string } | { file: string; bytes: number }) & { arrays?: true }

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
  clear: true,
  save: true,
  list: true,
  outline: true,
  attempts: true,
  place: true,
  getBatch: true,
  getSpec: true,
  getEnded: true,
  startWorker: true,
  request: true,
  cancelRequests: true,
  releaseReplies: true,
  stopWorkers: true,
  output: true,
  pause: true,
  configure: true,
  watchRows: true,
  status: true,
  drain: true,
}
export const serviceMethods = Object.keys(methodTable) as readonly ServiceMethod[]

/** What the service tells a window, in lists, in order. */
export type ServiceEvent =
  /** The latest facts of jobs of this session, coalesced. */
  | { type: 'jobs'; jobs: readonly JobInfo[] }
  /** Jobs of this session have ended; told once per connection. */
  | { type: 'ended'; jobs: readonly EndedJob[] }
  /** The same for jobs that this session submitted, shorter: there may be thousands a second. */
  | { type: 'ownEnded'; jobs: readonly OwnEndedJob[] }
  /** The process is gone; turn stdout into a value and answer with `finished`. */
  | { type: 'finish'; jobs: readonly EndedJob[] }
  /** It is their turn soon: call their stdin functions and answer with `provideInput`. */
  | { type: 'ask'; ids: readonly string[] }
  /** A worker of this window is ready, or has said something. */
  | { type: 'workerReady'; worker: string }
  | { type: 'workerMessage'; worker: string; message: WorkerValue }
  | { type: 'workerLog'; worker: string; text: string }
  | { type: 'workerProgress'; worker: string; id: string; progress: Progress }
  /** It has ended, and its requests have been answered. */
  | { type: 'workerExit'; worker: string; exit: WorkerExit }
  | { type: 'summary'; summary: Summary }
  /** Of the view that has this id in its window. */
  | { type: 'rows'; id: string; rows: Rows }
  /** Events were lost because this client read too slowly: ask with `sync`. */
  | { type: 'resync' }
  /** The service is about to end and says why. */
  | { type: 'bye'; reason: string }

export const EVENTS_NOTIFICATION = 'events'
export const HELLO_REQUEST = 'hello'
