// The rows of jobs and batches by which a page and the commands know what is meant, whatever the page shows besides.
import type { JobState } from '../../api'
import type { Row, WorkRow } from '../protocol/facts'

/** What can be done to a row; each is a command of the same name, `headlessJobs.<action>`. */
export const rowActions = ['cancel', 'rerun', 'showOutput', 'showErrors', 'copyCommand', 'copyPid', 'clear'] as const
export type RowAction = (typeof rowActions)[number]

/** An id is a UUID; anything much longer is not one. */
export const MAX_ID_LENGTH = 100

/** A row by the job or batch that it shows. */
export interface RowTarget {
  kind: 'job' | 'batch'
  id: string
}

export function rowTarget(row: WorkRow): RowTarget {
  return row.kind === 'job' ? { kind: 'job', id: row.job.id } : { kind: 'batch', id: row.batch.id }
}

/** A target as one string, `job:<id>` or `batch:<id>`. */
export function targetKey({ kind, id }: RowTarget): string {
  return `${kind}:${id}`
}

/** Of any row, also of a group, which is no target of anything. */
export function keyOf(row: Row): string {
  return row.kind === 'group' ? `group:${row.id}` : targetKey(rowTarget(row))
}

export function parseTargetKey(key: string): RowTarget | undefined {
  const [, kind, id] = /^(job|batch):(.+)$/.exec(key) ?? []
  return id !== undefined && id.length <= MAX_ID_LENGTH ? { kind: kind as RowTarget['kind'], id } : undefined
}

/**
 * What the context menus in package.json ask for, and not for a view: a row has the same menu in each page that gives
 * it this section. The menus of all extensions see the name, so it begins with this one's.
 */
export const rowSections = { job: 'headlessJobs.job', batch: 'headlessJobs.batch' } as const

/** The argument of a command of the context menu: the clicked row, and in `ids` all selected ones if it is one of several. */
export interface RowContext {
  webviewSection: (typeof rowSections)[RowTarget['kind']]
  jobId?: string
  batchId?: string
  /** Of the job, or of the batch as a whole. */
  jobState: JobState
  /** What follows from it: it has not ended; there may be a process of the job. */
  isLive: boolean
  /** Jobs of it wait. */
  isWaiting?: true
  hasProcess: boolean
  /**
   * Which commands apply: there are bytes on stdout, on stderr, an input, a result in the history, earlier attempts, jobs still to
   * run, a result that its handler has not taken.
   */
  hasOutput?: true
  hasErrors?: true
  hasInput?: true
  hasResult?: true
  hasAttempts?: true
  hasRemaining?: true
  isUndelivered?: true
  /** Target keys, at most `MAX_ROWS`. */
  ids?: string[]
  preventDefaultContextMenuItems: true
}
