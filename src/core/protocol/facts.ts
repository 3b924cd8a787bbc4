// What the job service reports: batches, workers, the rows of a view, its own state. Jobs are in api.ts.
import type { JobDelivery, JobErrorKind, JobInfo, JobState, WaitReason } from '../../api'
import type { QueueConfig } from '../jobs/queueConfig'
import type { MachineSettings } from './settingsTable'

export interface BatchInfo {
  id: string
  name: string
  /** Another batch has the same name. */
  isNamesake?: true
  owner: string
  /** `complete` and `cut` take no more jobs; `cut` when what submitted it stopped before all had arrived. */
  sealed: 'open' | 'complete' | 'cut'
  total: number
  counts: Partial<Record<JobState, number>>
  /** Sum of the fractions of its running jobs that report progress. */
  progressOfRunning?: number
  concurrency?: number
  submittedAt: number
  startedAt?: number
  endedAt?: number
  /** Since when none of its jobs runs, though some are still queued or may be added. */
  restingSince?: number
  /** Time from its start to `restingSince` in which none of its jobs ran; the duration of the batch leaves it out. */
  idleMs?: number
  /** How many of its jobs end in a second of work; absent while that cannot be trusted. */
  jobsPerSecond?: number
  /** When it will have ended if it goes on like that; absent also while it rests or more may be added. */
  expectedEndAt?: number
  /** Only when it is asked for: all its jobs are looked at. */
  coreHours?: number
  /** Of one with a `resultHandler` that has ended; as in `JobInfo`. */
  resultHandler?: string
  delivery?: JobDelivery
  deliveryError?: string
}

/** A process that is kept for more jobs or requests. */
export interface WorkerInfo {
  id: string
  name: string
  /** `starting` until it has reported that it is ready. */
  state: 'starting' | 'idle' | 'busy' | 'stopping'
  command: readonly string[]
  pid?: number
  startedAt?: number
  /** Jobs or requests that it has answered. */
  served: number
  memoryBytes?: number
  /** Of a worker that serves the requests of an extension: its id. */
  owner?: string
}

/** A named queue. */
export interface QueueInfo {
  name: string
  /** Absent when the settings do not name it: jobs of it are left. */
  kind?: QueueConfig['kind']
  /** Absent when it has no limit of its own. */
  slots?: number
  /** Slots in use. */
  used: number
  running: number
  queued: number
  paused?: true
  /** Of one elsewhere: where it is connected. */
  host?: string
  /** One sentence while it cannot be reached, since when, and when it is tried again; milliseconds since the epoch. */
  problem?: string
  /** All that lacks there is Node, and the one of the service may be copied there. */
  lacksNode?: boolean
  since?: number
  nextTryAt?: number
  /** Of a cluster: what it has of it, or has asked for; absent when there is nothing. */
  allocations?: readonly AllocationInfo[]
}

/** A job of Slurm that runs jobs of a queue. */
export interface AllocationInfo {
  /** Its number in Slurm; absent while it is asked for. */
  id?: string
  /** As Slurm calls it, such as `PENDING` and `RUNNING`, and why it does not run yet, such as `Resources`. */
  state: string
  reason?: string
  node?: string
  slots: number
  used: number
  /** It is no allocation, but so many of our jobs, each a job of Slurm, of which so many run. */
  ofJobs?: true
  /** When its time is over, in milliseconds since the epoch. */
  endsAt?: number
  /** It takes no more jobs. */
  leaving?: true
}

/** What has ended while no window of a workspace was connected. */
export interface EndedMeanwhile {
  counts: Partial<Record<JobState, number>>
  /** Ids of jobs that failed, the first ones when they are many. */
  failed: readonly string[]
}

/** The overall state of the service, for the status bar and the view's header. */
export interface Summary {
  counts: Partial<Record<JobState, number>>
  paused: boolean
  /** Why the service has paused the queue by itself. */
  pausedBecause?: string
  /** One sentence while nothing can be written to the store: jobs are refused, and none is started. */
  storeProblem?: string
  /** What was found damaged or missing since the service started, and how it was repaired. */
  storeNews?: string
  /** Results that no handler has taken, and that are not tried again by themselves; absent when there are none. */
  undelivered?: number
  /** Slots of this machine. */
  concurrency: number
  /** In words, where the number of slots comes from. */
  concurrencyWhy: string
  /** Slots in use. */
  slotsTaken: number
  /** What part of all that is under way is done: of batches that have jobs queued or running, and of such single jobs. */
  fraction?: number
  /** When all of it will have ended; absent while that cannot be said of each of these batches. */
  expectedEndAt?: number
  /** Absent while there is none but `local`. */
  queues?: readonly QueueInfo[]
  /** Warm workers in the order of their start, at most `MAX_WORKERS_SHOWN`; absent when there are none. */
  workers?: readonly WorkerInfo[]
}

/** What a job took of the machine at one moment of its run. */
export interface UsagePoint {
  /** Milliseconds since its start. */
  at: number
  memoryBytes: number
  /** Until then; absent where the platform does not report it. */
  cpuSeconds?: number
}

/** A job with what is known of it beside its facts. */
export interface JobPlace {
  /** The first job at its place in the list. */
  first: string
  latest: JobInfo
  /** Of a queued one: which it is of those that wait, from 1. */
  turn?: { place: number; of: number }
  /** In the order of time; absent for a job that was too short. An older service leaves it out, as the turn. */
  usage?: readonly UsagePoint[]
}

/** The position of a row among the rows of the same parent: for screen readers, and to find the parent's row. */
export interface Place {
  /** From 0. */
  place: number
  /** How many rows the parent has. */
  places: number
}

/** Another window than the one that shows a row. */
export interface RowOrigin {
  /** Its name, while it is open. */
  window?: string
  /** Its folders as the window has sent them, where they are not those of the window that shows the row. */
  workspace?: string
}

export interface JobRow extends Place {
  kind: 'job'
  job: JobInfo
  /** Absent when the window that shows it has submitted it. */
  from?: RowOrigin
  /** 0 for a single job; one more inside a batch, and one more inside a group. */
  depth: 0 | 1 | 2
  /** The index of the row that it is inside; an older service leaves it out. */
  parent?: number
  /** The history has a result of this job or of an earlier attempt. */
  hasResult?: true
  /** It was given nothing on stdin, and no value. */
  noInput?: true
  /** Name of the batch that it belongs to; an older service leaves it out. */
  batchName?: string
}

export interface BatchRow extends Place {
  kind: 'batch'
  batch: BatchInfo
  from?: RowOrigin
  expanded: boolean
  /** Inside a group. */
  depth?: 1
  parent?: number
}

/** Over rows that belong together: the jobs and batches of other workspaces, which come last, or jobs that were found. */
export interface GroupRow extends Place {
  kind: 'group'
  /** `OTHER_WINDOWS`, or of found jobs any id that stays the same. */
  id: string
  /** How many jobs and batches are in it. */
  entries: number
  expanded: boolean
  /** Of found jobs: what they have in common. */
  found?: FoundGroup
}

export interface FoundGroup {
  by: FindGrouping
  /** The name of a batch or queue, a state, or what the failures say; empty where a job has nothing of the kind. */
  label: string
}

export const OTHER_WINDOWS = 'otherWindows'

/** A row of something that runs. */
export type WorkRow = JobRow | BatchRow
export type Row = WorkRow | GroupRow

/** Which rows a view shows: entries newest first, with the jobs of the batches in `expanded`. */
export interface RowQuery {
  from: number
  /** At most `MAX_ROWS`. */
  count: number
  /** Ids of batches and groups. */
  expanded: readonly string[]
  /** What is of other workspaces is in a group of its own. */
  groups?: true
  /** Only the jobs that this finds, in its order. */
  find?: JobFind
  /** Comes back with the rows, which may be on their way when the next query is sent. */
  serial?: number
}

/** `matters`: running, failed, queued, ended; `duration` and `memory`: the most first. */
export const findOrders = ['newest', 'matters', 'duration', 'memory'] as const
export type FindOrder = (typeof findOrders)[number]

export const findGroupings = ['batch', 'state', 'failure', 'queue'] as const
export type FindGrouping = (typeof findGroupings)[number]

export interface JobFind {
  /** As `filterText.ts` reads it; empty finds all jobs. */
  text: string
  order: FindOrder
  group?: FindGrouping
}

/** All rows of the last query; sent when one of them or the total has changed, at most 10 times a second. */
export interface Rows {
  from: number
  total: number
  rows: readonly Row[]
  serial?: number
  /** How many jobs a `find` has found; an older service does not find, and leaves it out. */
  found?: number
}

/**
 * `order` is how stdout and stderr came while both were captured: JSON, empty when one of them has nothing. A list of how many bytes of
 * stdout and of stderr came before the order is known, then how many came in turn, those of stderr negative.
 */
export const outputStreams = ['stdout', 'stderr', 'order'] as const
export type OutputStream = (typeof outputStreams)[number]

export interface OutputQuery {
  stream: OutputStream
  offset: number
  length: number
  /** Of an attempt that was retried; absent means the job as it is. */
  attempt?: number
}

export interface OutputSlice {
  base64: string
  /** Size of the stream so far. */
  total: number
  /** Path of the whole stream when it is a file. */
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
  /** The window that changed the settings last. */
  settingsFrom: string
  draining: boolean
}

/** Limits of a job that end it. */
const limitKinds = ['timeout', 'noOutputTimeout', 'outputLimit', 'memory'] as const satisfies readonly JobErrorKind[]
export type LimitKind = (typeof limitKinds)[number]

export function isLimitKind(kind: JobErrorKind | undefined): kind is LimitKind {
  return limitKinds.some(limit => limit === kind)
}

/** What takes longer to find out than a status: all jobs are looked at. */
export interface ServiceReport {
  storeBytes: number
  /** Outputs, inputs and arrays that are files. */
  outputBytes: number
  limits: {
    /** Queued jobs by what they wait for. */
    waiting: Partial<Record<WaitReason, number>>
    /** Jobs of the history that a limit of theirs has ended. */
    ended: Partial<Record<LimitKind, number>>
    /** Jobs of which the history has the end of stderr alone. */
    stderrCut: number
    /** Batches that have fewer jobs than were to come. */
    batchesCut: number
    /** Connections that did not prove whose they are within the limits, since the service started. */
    connectionsClosed: number
  }
}
