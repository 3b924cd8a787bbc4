// The messages between the view's page and the extension. The page names jobs and actions from fixed lists, never a
// command or a path; each side checks what arrives with a schema of its own.
import type { JobState } from '../../api'
import type { Row, RowQuery, Rows, Summary } from './facts'

/** What can be done to a row; each is a command of the same name, `headlessJobs.<action>`. */
export const rowActions = ['cancel', 'rerun', 'showOutput', 'showErrors', 'copyCommand', 'copyPid', 'clear'] as const
export type RowAction = (typeof rowActions)[number]

export const viewActions = [
  'submit',
  'runOnFiles',
  'runDemo',
  'pauseQueue',
  'resumeQueue',
  'clearFinished',
  'showServiceStatus',
  'showLog',
] as const
export type ViewAction = (typeof viewActions)[number]

/** Unfolded batches of a page; unfolding one more folds the one that was unfolded first. */
export const MAX_EXPANDED = 200
/** An id is a UUID; anything much longer is not one. */
export const MAX_ID_LENGTH = 100

/** A row by the job or batch that it shows. */
export interface RowTarget {
  kind: 'job' | 'batch'
  id: string
}

export function rowTarget(row: Row): RowTarget {
  return row.kind === 'job' ? { kind: 'job', id: row.job.id } : { kind: 'batch', id: row.batch.id }
}

/** A target as one string, `job:<id>` or `batch:<id>`. */
export function targetKey({ kind, id }: RowTarget): string {
  return `${kind}:${id}`
}

export function parseTargetKey(key: string): RowTarget | undefined {
  const [, kind, id] = /^(job|batch):(.+)$/.exec(key) ?? []
  return id !== undefined && id.length <= MAX_ID_LENGTH ? { kind: kind as RowTarget['kind'], id } : undefined
}

/** The argument of a command of the context menu: the clicked row, and in `ids` all selected ones if it is one of several. */
export interface RowContext {
  webviewSection: 'job' | 'batch'
  jobId?: string
  batchId?: string
  /** Of the job, or of the batch as a whole. */
  jobState: JobState
  /** What follows from it: it has not ended; there may be a process of the job. */
  isLive: boolean
  hasProcess: boolean
  /** Which commands apply: there are bytes on stderr, a result in the history, earlier attempts, jobs still to run. */
  hasErrors?: true
  hasResult?: true
  hasAttempts?: true
  hasRemaining?: true
  /** Target keys, at most `MAX_ROWS`. */
  ids?: string[]
  preventDefaultContextMenuItems: true
}

export type ToExtension =
  /** The page has (re)started and needs the state and the rows. */
  | { type: 'ready' }
  | { type: 'query'; query: RowQuery }
  | { type: 'rowAction'; action: RowAction; targets: RowTarget[] }
  | { type: 'viewAction'; action: ViewAction }
  | { type: 'setConcurrency'; concurrency: number }
  /** The given workers, or all. */
  | { type: 'stopWorkers'; ids?: string[] }
  /** Try again to reach the job service. */
  | { type: 'connect' }
  | { type: 'manageTrust' }

export const serviceStates = ['connected', 'connecting', 'silent', 'none', 'failed'] as const

export interface ViewStateMessage {
  type: 'state'
  /**
   * `connecting` while it is being started, `silent` when it runs and does not answer, `none` when no service runs and none
   * is needed yet.
   */
  service: (typeof serviceStates)[number]
  /** One sentence when something is wrong with the service. */
  message?: string
  trusted: boolean
  summary?: Summary
  /** The service's clock when this was sent, milliseconds since the epoch; the page's own may be another machine's. */
  now: number
}

export type ToView = ViewStateMessage | { type: 'rows'; rows: Rows }
