// The messages between the page of the status tree and the extension. The page names jobs and actions from fixed lists,
// never a command or a path; each side checks what arrives with a schema of its own.
import type { FindGrouping, FindOrder, QueueInfo, RowQuery, Rows, Summary } from '../protocol/facts'
import type { JobDetails, JobFile } from './jobDetails'
import type { RowAction, RowTarget } from './rowTargets'

export const viewActions = [
  'submit',
  'runOnFiles',
  'runDemo',
  'pauseQueue',
  'resumeQueue',
  'clearFinished',
  'deliverAgain',
  'configureQueues',
  'showSlurmJobs',
  'showServiceStatus',
  'showLog',
] as const
export type ViewAction = (typeof viewActions)[number]

/** What can be done to all that was found. */
export const foundActions = ['cancel', 'rerun', 'moveToFront', 'setPriority', 'clear'] as const
export type FoundAction = (typeof foundActions)[number]

/** What a wide view shows of each job beside its duration, in this order. */
export const columns = ['started', 'cpu', 'memory', 'attempt', 'queue', 'exit'] as const
export type Column = (typeof columns)[number]

/** Unfolded batches of a page; unfolding one more folds the one that was unfolded first. */
export const MAX_EXPANDED = 200

/** What is looked for, kept for the workspace. */
export interface KeptFind {
  isOpen: boolean
  text: string
  order: FindOrder
  group: FindGrouping | null
}

export type FromJobsPage =
  | { type: 'query'; query: RowQuery }
  | { type: 'rowAction'; action: RowAction; targets: RowTarget[] }
  | { type: 'viewAction'; action: ViewAction }
  /** To all jobs that this text finds. */
  | { type: 'foundAction'; action: FoundAction; text: string }
  /** VS Code keeps the state of a page now and then alone; this outlives each reload of the window. */
  | { type: 'keepFind'; find: KeptFind }
  /** Names of batches that have this text are wanted. */
  | { type: 'queryBatches'; text: string }
  /** The job whose details are shown, or the batch; none when none are. */
  | { type: 'showDetails'; id?: string; batchId?: string }
  /** Opens what of a job is on a disk. */
  | { type: 'openFile'; id: string; file: JobFile }
  /** Whether the keyboard's focus is in the page: VS Code does not say so of a view. */
  | { type: 'focused'; focused: boolean }
  | { type: 'setConcurrency'; concurrency: number }
  | { type: 'pauseQueue'; queue: string; paused: boolean }
  | { type: 'connectQueue'; queue: string }
  /** Of a queue on a Slurm cluster, after a question where jobs run in it. */
  | { type: 'endAllocation'; queue: string; allocation: string }
  /** The given workers, or all. */
  | { type: 'stopWorkers'; ids?: string[] }
  /** Try again to reach the job service. */
  | { type: 'connect' }
  | { type: 'manageTrust' }

export const serviceStates = ['connected', 'connecting', 'silent', 'none', 'failed'] as const

/** The queues are beside it: they are there also while there is no job service. */
export type PageSummary = Omit<Summary, 'queues'>

export interface JobsPageState {
  type: 'state'
  /**
   * `connecting` while it is being started, `silent` when it runs and does not answer, `none` when no service runs and none
   * is needed yet.
   */
  service: (typeof serviceStates)[number]
  /** One sentence when something is wrong with the service. */
  message?: string
  trusted: boolean
  summary?: PageSummary
  /** Absent while there is none but `local`. */
  queues?: readonly QueueInfo[]
  /** Those that the user has chosen; a narrow view has none. */
  columns?: readonly Column[]
  /** The service's clock when this was sent, milliseconds since the epoch; the page's own may be another machine's. */
  now: number
}

export type ToJobsPage =
  | JobsPageState
  | { type: 'rows'; rows: Rows }
  /** Shows the filter, with this text if there is one. */
  | { type: 'find'; text?: string }
  /** The newest names of batches that have what was asked for. */
  | { type: 'batchNames'; names: readonly string[] }
  /** What was kept last. */
  | { type: 'restoreFind'; find: KeptFind }
  /** Of the job with this id; without details it is not in the history any more. */
  | { type: 'details'; id: string; details?: JobDetails }
  /** What the jobs of this batch have cost so far. */
  | { type: 'cost'; batchId: string; coreHours: number }
  /** Goes to the next failed job, or to the one before. */
  | { type: 'stepFailure'; by: 1 | -1 }
