// How durations, sizes, counts and states are written: short, and the same in the view, the status bar and messages.
import type { JobState, WaitReason } from '../../api'
import { jobStates } from '../jobs/job'
import type { WorkerInfo } from './facts'
import { MAX_WORKERS_SHOWN } from './limits'

export const stateLabels: Readonly<Record<JobState, string>> = {
  queued: 'queued',
  starting: 'starting',
  running: 'running',
  finishing: 'finishing',
  stopping: 'stopping',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  dependencyFailed: 'a job before it failed',
  lost: 'Outcome unknown',
}

export const waitLabels: Readonly<Record<WaitReason, string>> = {
  slot: 'waiting for a slot',
  paused: 'paused',
  batch: 'waiting for a slot of its batch',
  retry: 'waiting to try again',
  dependencies: 'waiting for other jobs',
  resources: 'waiting for resources',
  startTime: 'waiting for its start time',
  secret: 'waiting for a window of its workspace',
  handler: 'waiting for the extension that makes its input',
  worker: 'waiting for a worker of its pool',
  service: 'waiting for the job service',
}

export type StateCounts = Readonly<Partial<Record<JobState, number>>>

/** Counts by the groups of states that are shown. */
export interface Tally {
  running: number
  queued: number
  succeeded: number
  failed: number
  /** Jobs whose outcome is not known. */
  unknown: number
  cancelled: number
}

const groupOf: Readonly<Record<JobState, keyof Tally>> = {
  queued: 'queued',
  starting: 'running',
  running: 'running',
  finishing: 'running',
  stopping: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  dependencyFailed: 'failed',
  lost: 'unknown',
}

export function tally(counts: StateCounts): Tally {
  const sums: Tally = { running: 0, queued: 0, succeeded: 0, failed: 0, unknown: 0, cancelled: 0 }
  for (const state of jobStates) sums[groupOf[state]] += counts[state] ?? 0
  return sums
}

/** The states that are counted together. */
export function statesOf(group: keyof Tally): readonly JobState[] {
  return jobStates.filter(state => groupOf[state] === group)
}

/** `3 running, 12 queued`; when neither, what has ended: `3 failed, 197 succeeded`; when nothing at all, `No jobs`. */
export function summaryText(counts: StateCounts): string {
  const { running, queued, succeeded, failed, unknown, cancelled } = tally(counts)
  const notEnded = listCounts({ running, queued })
  return notEnded || listCounts({ failed, unknown, succeeded, cancelled }) || 'No jobs'
}

/** `1 warm worker`, `5 warm workers, 2 busy`. */
export function workersText(workers: readonly WorkerInfo[]): string {
  const number = workers.length < MAX_WORKERS_SHOWN ? `${workers.length}` : `${MAX_WORKERS_SHOWN} or more`
  const busy = workers.filter(({ state }) => state === 'busy').length
  return `${number} warm worker${workers.length === 1 ? '' : 's'}${busy > 0 ? `, ${busy} busy` : ''}`
}

/** Their memory in total, as far as it is known; empty when it is not. */
export function workersMemory(workers: readonly WorkerInfo[]): string {
  const bytes = workers.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0)
  return bytes > 0 ? formatBytes(bytes) : ''
}

/** `3 failed, 10 succeeded`, leaving out zeros. */
export function listCounts(counts: Partial<Readonly<Tally>>): string {
  return Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([label, n]) => `${groupDigits(n)} ${label === 'unknown' ? countLabels.lost : label}`)
    .join(', ')
}

/** What is written after a number of jobs in a state. */
const countLabels: Readonly<Record<JobState, string>> = {
  ...stateLabels,
  dependencyFailed: 'not run after a failure',
  lost: 'outcome unknown',
}

/** The number of jobs in every state that occurs: `197 succeeded`, `3 failed`. */
export function countsByState(counts: StateCounts): string[] {
  return jobStates.flatMap(state => (counts[state] ? `${groupDigits(counts[state])} ${countLabels[state]}` : []))
}

/** `97,012`: counts are never rounded, since a rounded one would look as if jobs were missing. */
export function groupDigits(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 job`, `2,000 jobs`, `2 batches`. */
export function countOf(count: number, noun: string): string {
  return `${groupDigits(count)} ${noun}${count === 1 ? '' : noun.endsWith('ch') ? 'es' : 's'}`
}

/** `1 result was not delivered.`, `3 results were not delivered.` */
export function undeliveredText(count: number): string {
  return `${countOf(count, 'result')} ${count === 1 ? 'was' : 'were'} not delivered.`
}

/** A duration that is still growing, in whole seconds: `7s`, `1m 05s`, `2h 03m`, `3d 04h`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000)
  const two = (n: number) => String(n).padStart(2, '0')
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours}h ${two(minutes % 60)}m`
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`
}

/** A final duration: as `formatElapsed`, with more digits below ten seconds: `12ms`, `3.4s`. */
export function formatDuration(ms: number): string {
  if (ms < 100) return `${Math.floor(Math.max(0, ms))}ms`
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`
  return formatElapsed(ms)
}

/** A time that is guessed, in one unit or two: `4s`, `50s`, `3m`, `1h 20m`, `2d 3h`. */
export function formatLeft(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  if (seconds < 20) return `${seconds}s`
  if (seconds < 90) return `${Math.round(seconds / 10) * 10}s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  const tens = Math.floor((minutes % 60) / 10) * 10
  if (hours < 24) return tens > 0 ? `${hours}h ${tens}m` : `${hours}h`
  return hours % 24 > 0 ? `${Math.floor(hours / 24)}d ${hours % 24}h` : `${Math.floor(hours / 24)}d`
}

/** `2.5 jobs a second`, `12 jobs a minute`, `1.2 jobs an hour`. */
export function formatRate(perSecond: number): string {
  const units: readonly (readonly [number, string])[] = [
    [1, 'a second'],
    [60, 'a minute'],
    [3600, 'an hour'],
  ]
  const [seconds, unit] = units.find(([factor]) => perSecond * factor >= 1) ?? [86_400, 'a day']
  const n = perSecond * seconds
  const shown = n < 9.95 ? Number(n.toFixed(1)) : Math.round(n)
  return `${shown < 10 ? shown : groupDigits(shown)} ${shown === 1 ? 'job' : 'jobs'} ${unit}`
}

const byteUnits = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB']

/** `0 bytes`, `1 byte`, `64 KB`, `1.5 GB`; units of 1024, as file managers and VS Code count. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes)
  let unit = 0
  while (value >= 1023.5 && unit < byteUnits.length - 1) {
    value /= 1024
    unit++
  }
  if (unit === 0) return value === 1 ? '1 byte' : `${value} bytes`
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} ${byteUnits[unit]}`
}

/** `42%`, rounded down, so that only what is done is at 100%. */
export function formatPercent(fraction: number): string {
  const rounding = 1e-6 // 0.29 times 100 is a little below 29
  return `${Math.floor(fraction * 100 + rounding)}%`
}

/** A text of the job service as a sentence of its own. */
export function asSentence(text: string): string {
  const trimmed = text.trim().replace(/[.\s]+$/, '')
  return trimmed === '' ? '' : `${trimmed[0]?.toUpperCase()}${trimmed.slice(1)}.`
}
