// The messages between the page of the status tree and the extension. The page names jobs and actions from fixed lists,
// never a command or a path; each side checks what arrives with a schema of its own.
import type { RowQuery, Rows, Summary } from '../protocol/facts'
import type { RowAction, RowTarget } from './rowTargets'

export const viewActions = [
  'submit',
  'runOnFiles',
  'runDemo',
  'pauseQueue',
  'resumeQueue',
  'clearFinished',
  'deliverAgain',
  'showServiceStatus',
  'showLog',
] as const
export type ViewAction = (typeof viewActions)[number]

/** Unfolded batches of a page; unfolding one more folds the one that was unfolded first. */
export const MAX_EXPANDED = 200

export type FromJobsPage =
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
  summary?: Summary
  /** The service's clock when this was sent, milliseconds since the epoch; the page's own may be another machine's. */
  now: number
}

export type ToJobsPage = JobsPageState | { type: 'rows'; rows: Rows }
