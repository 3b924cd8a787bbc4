// What the view's page and the extension say to each other. The page names jobs and actions from fixed lists, never a
// command or a path; each side checks what arrives.
import type { JobState } from '../../api'
import { MAX_ROWS, MAX_WORKERS_SHOWN, type Row, type RowQuery, type Rows, type Summary } from './protocol'

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

/** Batches that a page keeps unfolded at once; unfolding one more folds the one unfolded longest ago. */
export const MAX_EXPANDED = 200
/** An id is a UUID; anything much longer is not one. */
const MAX_ID_LENGTH = 100
/** The largest number of slots that anybody may ask for. */
export const MAX_CONCURRENCY = 1024

/** A row by what it shows. */
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
  return isId(id) ? { kind: kind as RowTarget['kind'], id } : undefined
}

/** What a command of the context menu is given: the clicked row, and in `ids` all selected ones if it is one of several. */
export interface RowContext {
  webviewSection: 'job' | 'batch'
  jobId?: string
  batchId?: string
  /** Of the job, or of the batch as a whole. */
  jobState: JobState
  /** What there is to show or save: bytes on stderr, a result in the history, earlier attempts, and what is to be run. */
  hasErrors?: true
  hasResult?: true
  hasAttempts?: true
  hasRemaining?: true
  /** Target keys, at most `MAX_ROWS`. */
  ids?: string[]
  preventDefaultContextMenuItems: true
}

export type ToExtension =
  /** The page is there (again) and wants everything. */
  | { type: 'ready' }
  | { type: 'query'; query: RowQuery }
  | { type: 'rowAction'; action: RowAction; targets: RowTarget[] }
  | { type: 'viewAction'; action: ViewAction }
  | { type: 'setConcurrency'; concurrency: number }
  /** Those named, or all. */
  | { type: 'stopWorkers'; ids?: string[] }
  /** Try again to reach the job service. */
  | { type: 'connect' }
  | { type: 'manageTrust' }

export const serviceStates = ['connected', 'connecting', 'silent', 'none', 'failed'] as const

export interface ViewStateMessage {
  type: 'state'
  /**
   * `connecting` while it is being started, `silent` when it is there and does not answer, `none` when no service is there
   * and none is needed yet.
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

/** A message of the page if it is one, whole and within its limits. */
export function parseToExtension(message: unknown): ToExtension | undefined {
  if (!isRecord(message)) return undefined
  switch (message.type) {
    case 'ready':
    case 'connect':
    case 'manageTrust':
      return { type: message.type }
    case 'query': {
      const query = parseQuery(message.query)
      return query && { type: 'query', query }
    }
    case 'rowAction': {
      const action = oneOf(rowActions, message.action)
      const targets = parseTargets(message.targets)
      return action && targets && { type: 'rowAction', action, targets }
    }
    case 'viewAction': {
      const action = oneOf(viewActions, message.action)
      return action && { type: 'viewAction', action }
    }
    case 'setConcurrency':
      return isCount(message.concurrency, MAX_CONCURRENCY)
        ? { type: 'setConcurrency', concurrency: message.concurrency }
        : undefined
    case 'stopWorkers':
      if (message.ids === undefined) return { type: 'stopWorkers' }
      return isWorkerIds(message.ids) ? { type: 'stopWorkers', ids: message.ids } : undefined
    default:
      return undefined
  }
}

/** A message of the extension if it has the shape of one; the facts inside come from the job service as they are. */
export function parseToView(message: unknown): ToView | undefined {
  if (!isRecord(message)) return undefined
  if (message.type === 'state') {
    const service = oneOf(serviceStates, message.service)
    const whole =
      typeof message.trusted === 'boolean' &&
      Number.isFinite(message.now) &&
      (message.message === undefined || typeof message.message === 'string') &&
      (message.summary === undefined || isSummary(message.summary))
    return service && whole ? (message as unknown as ToView) : undefined
  }
  if (message.type !== 'rows' || !isRecord(message.rows)) return undefined
  const { from, total, rows } = message.rows
  const whole = isCount(from) && isCount(total) && Array.isArray(rows) && rows.length <= MAX_ROWS && rows.every(isRow)
  return whole ? (message as unknown as ToView) : undefined
}

function parseQuery(value: unknown): RowQuery | undefined {
  if (!isRecord(value)) return undefined
  const { from, count, expanded } = value
  if (!isCount(from) || !isCount(count, MAX_ROWS) || !Array.isArray(expanded)) return undefined
  return expanded.length <= MAX_EXPANDED && expanded.every(isId) ? { from, count, expanded } : undefined
}

function parseTargets(value: unknown): RowTarget[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ROWS) return undefined
  const targets = value.map(target =>
    isRecord(target) && (target.kind === 'job' || target.kind === 'batch') && isId(target.id)
      ? { kind: target.kind as RowTarget['kind'], id: target.id }
      : undefined,
  )
  return targets.every(target => target !== undefined) ? targets : undefined
}

function isWorkerIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_WORKERS_SHOWN && value.every(isId)
}

function isSummary(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value.counts)) return false
  const { workers = [] } = value
  const few = Array.isArray(workers) && workers.length <= MAX_WORKERS_SHOWN
  return few && workers.every(worker => isRecord(worker) && isId(worker.id))
}

function isRow(value: unknown): boolean {
  if (!isRecord(value)) return false
  if (value.kind === 'job') return isRecord(value.job) && isId(value.job.id)
  return value.kind === 'batch' && isRecord(value.batch) && isId(value.batch.id) && isRecord(value.batch.counts)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID_LENGTH
}

function isCount(value: unknown, max = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
}

function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find(known => known === value)
}
