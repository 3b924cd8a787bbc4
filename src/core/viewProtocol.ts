// What the view's page and the extension say to each other. The page names jobs and actions from fixed lists, never a
// command or a path; each side checks what arrives.
import type { RowQuery, Rows, Summary } from './protocol'

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
] as const
export type ViewAction = (typeof viewActions)[number]

/** A row by what it shows. */
export interface RowTarget {
  kind: 'job' | 'batch'
  id: string
}

export type ToExtension =
  /** The page is there (again) and wants everything. */
  | { type: 'ready' }
  | { type: 'query'; query: RowQuery }
  | { type: 'rowAction'; action: RowAction; targets: RowTarget[] }
  | { type: 'viewAction'; action: ViewAction }
  | { type: 'setConcurrency'; concurrency: number }

export type ToView =
  | {
      type: 'state'
      /** `connecting` while it is being started, `none` when no service is there and none is needed yet. */
      service: 'connected' | 'connecting' | 'none' | 'failed'
      /** One sentence when `failed`. */
      message?: string
      trusted: boolean
      summary?: Summary
      /** The service's clock less the page's, milliseconds. */
      clockOffsetMs: number
    }
  | { type: 'rows'; rows: Rows }
