// Results of jobs as one table: CSV for spreadsheets and data frames, JSON lines for programs.
import type { JobInfo } from '../../api'
import { fileName } from './outputModel'

export const exportFormats = ['csv', 'jsonl'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** What of stdout is in the table. */
export const exportTexts = ['lastLine', 'whole'] as const
export type ExportText = (typeof exportTexts)[number]

/** What a job wrote, as far as it is known: text, or why it is not in the table. */
export interface ExportedOutput {
  text?: string
  /** Where all of it is. */
  file?: string
}

const columns = ['name', 'state', 'exit', 'seconds', 'peakMemoryBytes', 'stdout', 'file', 'error'] as const
type Row = Readonly<Record<(typeof columns)[number], string | number | null>>

function rowOf(job: JobInfo, { text, file }: ExportedOutput): Row {
  const { startedAt, endedAt } = job
  return {
    name: job.name,
    state: job.state,
    exit: job.exitCode ?? job.signal ?? null,
    seconds: startedAt === undefined || endedAt === undefined ? null : Math.max(0, endedAt - startedAt) / 1000,
    peakMemoryBytes: job.peakMemoryBytes ?? null,
    stdout: text ?? null,
    file: file ?? null,
    error: job.error ? [job.error.message, job.lastErrorLine].filter(Boolean).join(' ') : null,
  }
}

/** What comes before the first row. */
export function exportHead(format: ExportFormat): string {
  return format === 'csv' ? `${columns.join(',')}\r\n` : ''
}

export function exportRow(format: ExportFormat, job: JobInfo, output: ExportedOutput): string {
  const row = rowOf(job, output)
  return format === 'csv' ? `${columns.map(column => csvField(row[column])).join(',')}\r\n` : `${JSON.stringify(row)}\n`
}

/** As RFC 4180 has it: in quotes where it has a comma, a quote or the end of a line, and quotes twice. */
function csvField(value: string | number | null): string {
  const text = String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The last line that is not empty. */
export function lastLineOf(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? ''
}

/** For a table of these jobs. */
export function exportName(names: readonly string[], format: ExportFormat): string {
  return fileName(names.length === 1 ? (names[0] as string) : 'results', `.${format}`)
}
