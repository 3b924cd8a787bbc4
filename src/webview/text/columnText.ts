// What the columns of a wide view say of a job.
import { t } from '@vscode/l10n'
import type { JobInfo } from '../../api'
import type { Column } from '../../core/pages/jobsPage'
import type { WorkRow } from '../../core/protocol/facts'
import { formatBytes, formatDuration } from '../../core/protocol/format'

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
})

/** In the header. */
export function columnName(column: Column): string {
  switch (column) {
    case 'started':
      return t('Started')
    case 'cpu':
      return t('CPU')
    case 'memory':
      return t('Memory')
    case 'attempt':
      return t('Attempt')
    case 'queue':
      return t('Queue')
    case 'exit':
      return t('Exit')
  }
}

/** Empty where nothing is known; of a batch only its start is. */
export function columnText(row: WorkRow, column: Column, now: number): string {
  if (column === 'started') return startText(row.kind === 'job' ? row.job.startedAt : row.batch.startedAt, now)
  return row.kind === 'job' ? jobText(row.job, column) : ''
}

function jobText(job: JobInfo, column: Exclude<Column, 'started'>): string {
  const { cpuSeconds, memoryBytes, peakMemoryBytes, attempts, earlierAttempts = 0, exitCode, signal, endedAt } = job
  const memory = endedAt === undefined ? memoryBytes : peakMemoryBytes
  switch (column) {
    case 'cpu':
      return cpuSeconds === undefined ? '' : formatDuration(cpuSeconds * 1000)
    case 'memory':
      return memory === undefined ? '' : formatBytes(memory)
    case 'attempt':
      return attempts === 0 ? '' : String(Math.max(attempts, earlierAttempts + 1))
    case 'queue':
      return job.queue
    case 'exit':
      return endedAt === undefined
        ? ''
        : (signal ?? (exitCode === null || exitCode === undefined ? '' : String(exitCode)))
  }
}

/** With its day when that is not today. */
function startText(startedAt: number | undefined, now: number): string {
  if (startedAt === undefined) return ''
  const isToday = new Date(startedAt).toDateString() === new Date(now).toDateString()
  return (isToday ? timeOfDay : dayAndTime).format(startedAt)
}

/** For screen readers: what the label of the row does not say yet, and what does not change each second. */
export function columnsLabel(row: WorkRow, columns: readonly Column[], now: number): string[] {
  const isEnded = row.kind === 'job' && row.job.endedAt !== undefined
  return columns.flatMap(column => {
    const text = column === 'started' || isEnded ? columnText(row, column, now) : ''
    return text === '' ? [] : [`${columnName(column)} ${text}`]
  })
}
