// The texts of a row: description, tooltip and the label for screen readers.
import { t } from '@vscode/l10n'
import type { EndedBy, JobInfo, JobState } from '../../api'
import { joinWords } from '../../core/base/quoting'
import { extensionOf, isFinal } from '../../core/jobs/job'
import { LOCAL_QUEUE } from '../../core/jobs/queueConfig'
import { shownState } from '../../core/jobs/slurmState'
import type { JobFile } from '../../core/pages/jobDetails'
import { batchState } from '../../core/protocol/batchState'
import type { BatchInfo, WorkRow } from '../../core/protocol/facts'
import {
  countOf,
  countsByState,
  formatBytes,
  formatDuration,
  formatElapsed,
  formatPercent,
  formatRate,
  groupDigits,
  jobStateText,
  leftText,
  listCounts,
  plural,
  stateLabels,
  tally,
  waitLabels,
} from '../../core/protocol/format'
import { clock, factLines, shorten } from './facts'
import { originText } from './originText'
import { expectedText, nodeText, slurmFact } from './slurmText'

export function rowState(row: WorkRow): JobState {
  return row.kind === 'job' ? shownState(row.job) : batchState(row.batch)
}

/** Whether jobs of it are queued or running, so that they can be cancelled: an open batch may just wait for more. */
export function isLive(row: WorkRow): boolean {
  if (row.kind === 'job') return !isFinal(row.job.state)
  const { running, queued } = tally(row.batch.counts)
  return running + queued > 0
}

export function rowName(row: WorkRow): string {
  return row.kind === 'job' ? row.job.name : row.batch.name
}

interface Times {
  startedAt?: number
  endedAt?: number
  restingSince?: number
  idleMs?: number
}

/** Its duration so far or in the end, for the right edge of the row; empty before the start. */
export function elapsedText({ startedAt, endedAt, restingSince, idleMs = 0 }: Times, now: number): string {
  if (startedAt === undefined) return ''
  const stoppedAt = endedAt ?? restingSince
  const elapsed = (stoppedAt ?? now) - startedAt - idleMs
  return stoppedAt === undefined ? formatElapsed(elapsed) : formatDuration(elapsed)
}

/** Whether a time in it runs: of a batch its elapsed time stands still while none of its jobs runs. */
export function isTicking(row: WorkRow): boolean {
  if (row.kind === 'job' && row.job.state === 'stopping') return true // until it is forced, also one that has not begun
  const { startedAt, endedAt, restingSince }: Times = row.kind === 'job' ? row.job : row.batch
  return startedAt !== undefined && endedAt === undefined && restingSince === undefined
}

/** A job says what fraction is done: the first moments of it say little. */
const MIN_FRACTION = 0.02
const MIN_ELAPSED_MS = 2000

/** About how long it will still take, milliseconds; `undefined` where that cannot be said. */
export function timeLeft(row: WorkRow, now: number): number | undefined {
  if (row.kind === 'batch') {
    const { expectedEndAt } = row.batch
    return expectedEndAt === undefined ? undefined : Math.max(0, expectedEndAt - now)
  }
  const { state, startedAt, progress } = row.job
  const { fraction = 0 } = progress ?? {}
  if (state !== 'running' || startedAt === undefined || fraction < MIN_FRACTION || fraction >= 1) return undefined
  const elapsed = now - startedAt
  return elapsed < MIN_ELAPSED_MS ? undefined : (elapsed / fraction) * (1 - fraction)
}

function leftWords(row: WorkRow, now: number): string | undefined {
  const left = timeLeft(row, now)
  return left === undefined ? undefined : leftText(left)
}

/** The text beside the name: the state, or only its details where the icon and the bar show the state. */
export function describeRow(row: WorkRow, now: number): string {
  return [describe(row, now), leftWords(row, now), row.kind === 'job' && forceWords(row.job, now)]
    .filter(Boolean)
    .join(', ')
}

/** While it is asked to end: `forced in 4s`. */
function forceWords({ state, forceAt }: JobInfo, now: number): string | undefined {
  if (state !== 'stopping' || forceAt === undefined) return undefined
  return forceAt > now ? t('forced in {0}', formatElapsed(forceAt - now + 999)) : t('being forced')
}

function describe(row: WorkRow, now: number): string {
  if (row.kind === 'batch') return describeBatch(row.batch)
  const { job } = row
  if (job.state === 'failed')
    return [attemptOf(job), failureWords(job) || stateLabels.failed, noteOf(job)].filter(Boolean).join(', ')
  return job.state === 'running' && job.progress?.fraction !== undefined
    ? detailsOf(job, now).join(', ')
    : describeJob(job, now)
}

/** The state and its details: `running, 42%, smoothing`, `failed, exit 3: ValueError: bad header`. */
function describeJob(job: JobInfo, now: number): string {
  return [jobStateText(job), ...detailsOf(job, now)].join(', ')
}

function detailsOf(job: JobInfo, now: number): string[] {
  const facts: (string | undefined)[] = [expectedText(job, now)]
  if (job.state === 'queued') facts.push(job.reason && waitLabels[job.reason])
  if (job.state === 'running') facts.push(percentOf(job), job.progress?.message, nodeText(job))
  if (job.state === 'failed') facts.push(failureWords(job))
  else if (job.notEnded) facts.push(shorten(job.notEnded))
  else if (job.exitCode) facts.push(t`exit ${job.exitCode}`)
  facts.push(attemptOf(job), noteOf(job))
  return facts.filter(fact => fact !== undefined && fact !== '') as string[]
}

function noteOf({ note }: JobInfo): string | undefined {
  return note?.replace(/\.$/, '')
}

/** The number of the attempt, when it is not the first. */
function attemptOf({ attempts, earlierAttempts = 0 }: JobInfo): string | undefined {
  const number = Math.max(attempts, earlierAttempts + 1)
  return number > 1 ? t`attempt ${number}` : undefined
}

/** Whether a job that did not fail has written to stderr. */
export function hasWarning({ state, stderrBytes }: JobInfo): boolean {
  return stderrBytes > 0 && state !== 'failed'
}

type Delivered = Pick<JobInfo, 'delivery' | 'deliveryError' | 'resultHandler'>

/** Of a result that no handler has taken: `result not delivered to publisher.extension: not today`. */
export function notDelivered(row: WorkRow): string | undefined {
  const { delivery, deliveryError, resultHandler = '' }: Delivered = row.kind === 'job' ? row.job : row.batch
  if (delivery !== 'undelivered') return undefined
  return shorten(t`result not delivered to ${extensionOf(resultHandler)}${because(deliveryError)}`)
}

/** While a result waits that is a matter of a moment, and shown in the tooltip alone. */
function deliveryFact({ delivery, deliveryError, resultHandler = '' }: Delivered): string | undefined {
  const extension = extensionOf(resultHandler)
  if (delivery === 'undelivered') return t`not delivered to ${extension}${because(deliveryError)}`
  return delivery === 'waiting' ? t`waits for ${extension}${because(deliveryError)}` : undefined
}

function because(error: string | undefined): string {
  return error ? `: ${error.replace(/\.$/, '')}` : ''
}

function percentOf({ progress }: JobInfo): string | undefined {
  return progress?.fraction === undefined ? undefined : formatPercent(progress.fraction)
}

/**
 * How it ended, and the last line of stderr: `exit 137: SIGKILL, often out of memory: Killed`. The error of a worker's
 * handler is complete without stderr, whose last line may be of an earlier job.
 */
function failureWords({ error, lastErrorLine }: JobInfo): string {
  const ending = error?.message
    .replace(/^Exit code /, 'exit ')
    .replace(/^Ended by signal /, '')
    .replace(/\.$/, '')
  const line = error?.kind === 'handler' ? undefined : lastErrorLine
  return shorten([ending, line].filter(Boolean).join(': '))
}

/** The fraction of a batch that is done; absent before its first job, after its last, and while more are added. */
export function batchProgress({ counts, total, sealed, progressOfRunning = 0 }: BatchInfo): number | undefined {
  const { running, queued, succeeded, failed, unknown, cancelled } = tally(counts)
  const ended = succeeded + failed + unknown + cancelled
  if (sealed === 'open' || running + queued === 0 || running + ended === 0) return undefined
  return (ended + progressOfRunning) / total
}

function describeBatch(batch: BatchInfo): string {
  const { counts, total, sealed } = batch
  const { running, queued } = tally(counts)
  const progress = batchProgress(batch)
  const facts = progress === undefined ? [] : [formatPercent(progress)]
  facts.push(listCounts({ running, queued }) || countOf(total, 'job'))
  if (sealed === 'cut') facts.push(t('not all jobs arrived'))
  if (sealed === 'open' && running + queued === 0) facts.push(t('waiting for more jobs'))
  return facts.join(', ')
}

/**
 * What is known of a row, in the order in which it is shown; `undefined` for what is not known. Commands and paths are read
 * from left to right whatever letters they have. `file`: it can be opened.
 */
export type Fact = readonly [label: string, fact: string | undefined, kind?: 'code' | undefined, file?: JobFile]

/** All facts, one a line. */
export function rowTooltip(row: WorkRow, now = Date.now()): string {
  return [rowName(row), ...factLines(rowFacts(row, now))].join('\n')
}

/** @param job newer than in its row */
export function rowFacts(row: WorkRow, now: number, job = row.kind === 'job' ? row.job : undefined): Fact[] {
  const facts = row.kind === 'job' ? jobFacts(job ?? row.job, now) : batchFacts(row.batch)
  const batch = row.kind === 'job' ? row.batchName : undefined
  return [...facts, [t('Batch'), batch], [t('From'), row.from && originText(row.from)]]
}

const endedByWords: Readonly<Record<EndedBy, string | undefined>> = {
  self: undefined,
  user: t('a person or an extension'),
  batch: t('its batch'),
  shutdown: t('the end of the job service or of its window'),
  limit: t('a limit of it'),
}

function endedByFact({ endedBy, cancelledFrom }: JobInfo): string | undefined {
  const who = endedBy && endedByWords[endedBy]
  return who && cancelledFrom ? t('{0}, in the window “{1}”', who, cancelledFrom) : who
}

function jobFacts(job: JobInfo, now: number): Fact[] {
  return [
    [t('State'), describeJob({ ...job, lastErrorLine: '' }, now)],
    [t('Error'), job.error?.message],
    [t('Earlier attempts'), job.earlierAttempts === undefined ? undefined : groupDigits(job.earlierAttempts)],
    ['stderr', job.lastErrorLine],
    [t('Ended by'), endedByFact(job)],
    [t('Forced end'), job.forced ? t('it did not end by itself when it was asked to') : forceWords(job, now)],
    [t('Reason'), job.cancelReason],
    [t('Not ended'), job.notEnded],
    [t('Command'), joinWords(job.command), 'code'],
    [t('Folder'), job.cwd, 'code', 'folder'],
    [t('Queue'), job.queue === LOCAL_QUEUE ? undefined : job.queue],
    [t('Host'), job.host],
    ['Slurm', slurmFact(job, now)],
    [t('Does not begin by itself'), job.slurm?.remedy],
    [t('Container'), job.container],
    [t('Priority'), job.priority === 0 ? undefined : String(job.priority)],
    [t('Cores'), job.cores === 1 ? undefined : String(job.cores)],
    ...timeFacts(job),
    [t('Output'), outputFact(job)],
    [t('Result'), deliveryFact(job)],
    [t('Memory'), memoryFact(job)],
    [t('CPU'), job.cpuSeconds === undefined ? undefined : formatDuration(job.cpuSeconds * 1000)],
    [t('Process'), job.pid === undefined || job.endedAt !== undefined ? undefined : String(job.pid)],
    [t('Left behind'), job.leftovers ? t`${countOf(job.leftovers, 'process')}, ended` : undefined],
    [t('Note'), job.note],
  ]
}

function batchFacts(batch: BatchInfo): Fact[] {
  const progress = batchProgress(batch)
  return [
    [t('Jobs'), [groupDigits(batch.total), ...countsByState(batch.counts)].join(', ')],
    [t('Progress'), progress === undefined ? undefined : formatPercent(progress)],
    [t('Speed'), batch.jobsPerSecond === undefined ? undefined : formatRate(batch.jobsPerSecond)],
    [t('Expected end'), batch.expectedEndAt === undefined ? undefined : clock.format(batch.expectedEndAt)],
    [t('At once'), batch.concurrency === undefined ? undefined : t`at most ${batch.concurrency}`],
    [
      t('Note'),
      batch.sealed === 'cut' ? t('Not all jobs arrived: what submitted it stopped or went away.') : undefined,
    ],
    ...timeFacts(batch),
    [t('Result'), deliveryFact(batch)],
  ]
}

function timeFacts(times: Times & { submittedAt: number }): Fact[] {
  const time = (at: number | undefined) => (at === undefined ? undefined : clock.format(at))
  const { startedAt, endedAt, idleMs = 0 } = times
  return [
    [t('Submitted'), time(times.submittedAt)],
    [t('Started'), time(startedAt)],
    [
      t('Ended'),
      endedAt === undefined ? undefined : endFact(clock.format(endedAt), elapsedText(times, endedAt), idleMs),
    ],
    [t('Idle in between'), idleMs > 0 ? formatDuration(idleMs) : undefined],
  ]
}

function endFact(at: string, elapsed: string, idleMs: number): string {
  if (elapsed === '') return at
  return idleMs > 0 ? t`${at} after ${elapsed} of work` : t`${at} after ${elapsed}`
}

function outputFact({ stdoutBytes, stderrBytes }: JobInfo): string | undefined {
  if (stdoutBytes === 0 && stderrBytes === 0) return undefined
  return t`${formatBytes(stdoutBytes)} on stdout, ${formatBytes(stderrBytes)} on stderr`
}

function memoryFact({ memoryBytes, peakMemoryBytes, endedAt }: JobInfo): string | undefined {
  const peak = peakMemoryBytes === undefined ? '' : t`${formatBytes(peakMemoryBytes)} at most`
  if (memoryBytes === undefined || endedAt !== undefined) return peak || undefined
  return [t`${formatBytes(memoryBytes)} now`, peak].filter(Boolean).join(', ')
}

/**
 * The label for screen readers. Its elapsed time is in whole minutes and its progress in tens of percent, so that it is
 * not read again every second; the rest is in the tooltip, which is read on demand.
 */
export function rowLabel(row: WorkRow, now: number): string {
  const label = row.kind === 'job' ? jobLabel(row.job, now) : batchLabel(row.batch)
  return [label, notDelivered(row)].filter(Boolean).join(', ')
}

function jobLabel(job: JobInfo, now: number): string {
  const { startedAt, endedAt } = job
  const minutes = startedAt === undefined || endedAt !== undefined ? 0 : Math.floor((now - startedAt) / 60_000)
  const running = minutes === 0 ? '' : plural(minutes, t('for 1 minute'), t`for ${minutes} minutes`)
  const elapsed = endedAt === undefined ? running : elapsedText(job, now)
  return [job.name, describeJob(withCoarseProgress(job), now), hasWarning(job) && t('wrote to stderr'), elapsed]
    .filter(Boolean)
    .join(', ')
}

function withCoarseProgress({ progress, ...job }: JobInfo): JobInfo {
  const fraction = progress?.fraction
  return fraction === undefined ? job : { ...job, progress: { fraction: Math.floor(fraction * 10) / 10 } }
}

function batchLabel(batch: BatchInfo): string {
  const counts = listCounts(tally(batch.counts))
  const elapsed = batch.endedAt === undefined ? '' : elapsedText(batch, 0)
  const more = { open: t('more may come'), complete: '', cut: t('not all jobs arrived') }[batch.sealed]
  return [t`${batch.name}, batch`, counts || t('no jobs'), more, elapsed].filter(Boolean).join(', ')
}
