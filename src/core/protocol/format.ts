// How durations, sizes, counts and states are written: short, and the same in the view, the status bar and messages.
import { t } from '@vscode/l10n'
import type { JobInfo, JobState, WaitReason } from '../../api'
import { jobStates } from '../jobs/job'
import { waitsInSlurm } from '../jobs/slurmState'
import type { Summary, WorkerInfo } from './facts'
import { MAX_WORKERS_SHOWN } from './limits'

export const stateLabels: Readonly<Record<JobState, string>> = {
  queued: t('queued'),
  starting: t('starting'),
  running: t('running'),
  finishing: t('finishing'),
  stopping: t('stopping'),
  succeeded: t('succeeded'),
  failed: t('failed'),
  cancelled: t('cancelled'),
  dependencyFailed: t('a job before it failed'),
  lost: t('Outcome unknown'),
}

export const waitLabels: Readonly<Record<WaitReason, string>> = {
  slot: t('waiting for a slot'),
  paused: t('paused'),
  batch: t('waiting for a slot of its batch'),
  retry: t('waiting to try again'),
  dependencies: t('waiting for other jobs'),
  resources: t('waiting for resources'),
  startTime: t('waiting for its start time'),
  secret: t('waiting for a window of its workspace'),
  handler: t('waiting for the extension that makes its input'),
  worker: t('waiting for a worker of its pool'),
  queue: t('waiting for its queue, which no setting names'),
  connecting: t('waiting for a connection'),
  unreachable: t('waiting for its host, which cannot be reached'),
  service: t('waiting for the job service'),
}

/** What a job does: its state, or `waits for Slurm (Priority)`. */
export function jobStateText(job: Pick<JobInfo, 'slurm' | 'state'>): string {
  return waitsInSlurm(job) ? waitsForSlurmText(job.slurm?.reason) : stateLabels[job.state]
}

export function waitsForSlurmText(reason: string | undefined): string {
  return reason === undefined ? t('waits for Slurm') : t`waits for Slurm (${reason})`
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
  starting: 'queued', // nothing of it has begun; in Slurm that may be so for hours
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
  return notEnded || listCounts({ failed, unknown, succeeded, cancelled }) || t('No jobs')
}

/** `1 warm worker`, `5 warm workers, 2 busy`. */
export function workersText(workers: readonly WorkerInfo[]): string {
  const number = workers.length < MAX_WORKERS_SHOWN ? `${workers.length}` : t`${MAX_WORKERS_SHOWN} or more`
  const busy = workers.filter(({ state }) => state === 'busy').length
  const all = plural(workers.length, t('1 warm worker'), t`${number} warm workers`)
  return busy > 0 ? t`${all}, ${busy} busy` : all
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
    .map(([group, n]) => countedIn[group === 'unknown' ? 'lost' : (group as Exclude<keyof Tally, 'unknown'>)](n))
    .join(', ')
}

/** A number of jobs in a state. */
const countedIn: Readonly<Record<JobState, (n: number) => string>> = {
  queued: n => t`${groupDigits(n)} queued`,
  starting: n => t`${groupDigits(n)} starting`,
  running: n => t`${groupDigits(n)} running`,
  finishing: n => t`${groupDigits(n)} finishing`,
  stopping: n => t`${groupDigits(n)} stopping`,
  succeeded: n => t`${groupDigits(n)} succeeded`,
  failed: n => t`${groupDigits(n)} failed`,
  cancelled: n => t`${groupDigits(n)} cancelled`,
  dependencyFailed: n => t`${groupDigits(n)} not run after a failure`,
  lost: n => t`${groupDigits(n)} outcome unknown`,
}

/** The number of jobs in every state that occurs: `197 succeeded`, `3 failed`. */
export function countsByState(counts: StateCounts): string[] {
  return jobStates.flatMap(state => (counts[state] ? countedIn[state](counts[state]) : []))
}

/** `97,012`: counts are never rounded, since a rounded one would look as if jobs were missing. */
export function groupDigits(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** One of two texts, by a number: how every text with a number in it is chosen that is another for 1. */
export function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many
}

/** What is counted, with the number written in it. */
const counted = {
  batch: (n: string) => [t('1 batch'), t`${n} batches`],
  character: (n: string) => [t('1 character'), t`${n} characters`],
  connection: (n: string) => [t('1 connection'), t`${n} connections`],
  /** In the title of a dialog. */
  File: (n: string) => [t('1 File'), t`${n} Files`],
  file: (n: string) => [t('1 file'), t`${n} files`],
  job: (n: string) => [t('1 job'), t`${n} jobs`],
  /** On a button. */
  Job: (n: string) => [t('1 Job'), t`${n} Jobs`],
  newestJob: (n: string) => [t('1 newest job'), t`${n} newest jobs`],
  queuedJob: (n: string) => [t('1 queued job'), t`${n} queued jobs`],
  process: (n: string) => [t('1 process'), t`${n} processes`],
  request: (n: string) => [t('1 request'), t`${n} requests`],
  result: (n: string) => [t('1 result'), t`${n} results`],
  window: (n: string) => [t('1 window'), t`${n} windows`],
} as const satisfies Readonly<Record<string, (n: string) => readonly [string, string]>>

export type Counted = keyof typeof counted

/** `1 job`, `2,000 jobs`, `2 batches`. */
export function countOf(count: number, what: Counted): string {
  const [one, many] = counted[what](groupDigits(count))
  return plural(count, one, many)
}

/** `1 result was not delivered.`, `3 results were not delivered.` */
export function undeliveredText(count: number): string {
  return plural(count, t('1 result was not delivered.'), t`${groupDigits(count)} results were not delivered.`)
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

/** `3m left`, never less than a second. */
export function leftText(ms: number): string {
  return t`${formatLeft(Math.max(0, ms))} left`
}

/** `2.5 jobs a second`, `12 jobs a minute`, `1.2 jobs an hour`. */
export function formatRate(perSecond: number): string {
  const units: readonly (readonly [number, (jobs: string) => string])[] = [
    [1, jobs => t`${jobs} a second`],
    [60, jobs => t`${jobs} a minute`],
    [3600, jobs => t`${jobs} an hour`],
  ]
  const [seconds, rateOf] =
    units.find(([factor]) => perSecond * factor >= 1) ?? ([86_400, (jobs: string) => t`${jobs} a day`] as const)
  const n = perSecond * seconds
  const shown = n < 9.95 ? Number(n.toFixed(1)) : Math.round(n)
  return rateOf(countOf(shown, 'job'))
}

/** `2.5 core hours`, `120 core hours`; `undefined` for less than is worth a word. */
export function coreHoursText(hours: number): string | undefined {
  if (hours < 0.1) return undefined
  const shown = hours < 9.95 ? Number(hours.toFixed(1)) : Math.round(hours)
  return plural(shown, t('1 core hour'), t`${groupDigits(shown)} core hours`)
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
  if (unit === 0) return plural(value, t('1 byte'), t`${value} bytes`)
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} ${byteUnits[unit]}`
}

/** `42%`, rounded down, so that only what is done is at 100%. */
export function formatPercent(fraction: number): string {
  const rounding = 1e-6 // 0.29 times 100 is a little below 29
  return `${Math.floor(fraction * 100 + rounding)}%`
}

/** `At most 4 at once. This machine has 4 cores.` */
export function atMostText({ concurrency, concurrencyWhy }: Pick<Summary, 'concurrency' | 'concurrencyWhy'>): string {
  return `${t`At most ${groupDigits(concurrency)} at once.`} ${asSentence(concurrencyWhy)}`
}

/** A text of the job service as a sentence of its own. */
export function asSentence(text: string): string {
  const trimmed = text.trim().replace(/[.\s]+$/, '')
  return trimmed === '' ? '' : `${trimmed[0]?.toUpperCase()}${trimmed.slice(1)}.`
}
