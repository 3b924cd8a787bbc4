// Which endings the user is notified of, and in what words.
import { t } from '@vscode/l10n'
import type { JobInfo, JobState } from '../../api'
import { failedStates, jobStates } from '../../core/jobs/job'
import { batchState } from '../../core/protocol/batchState'
import type { BatchInfo, EndedMeanwhile } from '../../core/protocol/facts'
import { batchCondition } from '../../core/protocol/filterText'
import { countOf, groupDigits, plural, type StateCounts, tally } from '../../core/protocol/format'
import type { NotificationLevel } from '../settings/settingsModel'
import { batchSentence, countWords, endSentence, remainingStates, sumOf } from './jobText'

/** The owner of jobs that the user submitted with commands, not another extension. */
export const OWN_ID = 'headless-jobs.headless-jobs'

/** Whoever waits this long for a job does something else meanwhile. */
const LONG_JOB_MS = 60_000

/** A single job, or one in a batch. */
export function notifiesJob(level: NotificationLevel, job: JobInfo): boolean {
  if (level === 'never' || job.endedBy === 'user') return false
  if (level === 'all') return job.batchId === undefined
  if (job.owner !== OWN_ID) return false
  if (failedStates.includes(job.state)) return level === 'failures' || job.batchId === undefined
  const { batchId, startedAt, endedAt } = job
  const isLong = startedAt !== undefined && endedAt !== undefined && endedAt - startedAt >= LONG_JOB_MS
  return level === 'batches' && batchId === undefined && isLong
}

export function notifiesBatch(level: NotificationLevel, batch: BatchInfo): boolean {
  return level === 'all' || (level === 'batches' && batch.owner === OWN_ID)
}

/** The stream of an ended job that is offered first; none when it wrote nothing. */
export function streamOfInterest({ state, stdoutBytes, stderrBytes }: JobInfo): 'stdout' | 'stderr' | undefined {
  if (state !== 'succeeded' && stderrBytes > 0) return 'stderr'
  return stdoutBytes > 0 ? 'stdout' : undefined
}

/** Whether this job may be the first one of a user, whose message says where results are: single, with something to show. */
export function isHinted(level: NotificationLevel, job: JobInfo): boolean {
  const isShown = level === 'batches' || level === 'all'
  return isShown && job.owner === OWN_ID && job.batchId === undefined && streamOfInterest(job) !== undefined
}

export function resultHint(): string {
  return t('What a job wrote is in its row in the view Headless Jobs: Enter or a double click shows it.')
}

/** One message for all endings that came together. */
export interface Message {
  severity: 'information' | 'warning'
  text: string
  /** The job whose output is offered, when the message is about one alone. */
  job?: JobInfo
  /** The filter that finds what failed, when there is more than one job. */
  failed?: string
  /** What failed, to be run again: single jobs, and batches with failures. */
  rerun?: { ids?: readonly string[]; batchIds?: readonly string[] }
}

/** What ended while no window of this workspace was there, in one line. */
export function meanwhileMessage(
  level: NotificationLevel,
  { counts, failed }: EndedMeanwhile,
  isBack: boolean,
): { severity: Message['severity']; text: string; failed: readonly string[] } | undefined {
  const reported = level === 'failures' ? pick(counts, failedStates) : counts
  const words = countWords(reported)
  if (level === 'never' || words === '') return undefined
  const text = isBack ? t`While you were away: ${words}.` : t`While the job service could not be reached: ${words}.`
  const severity = sumOf(reported, remainingStates) > 0 ? 'warning' : 'information'
  return { severity, text, failed }
}

function pick(counts: StateCounts, states: readonly JobState[]): StateCounts {
  return Object.fromEntries(states.map(state => [state, counts[state] ?? 0]))
}

/** Names in a message about several. */
const MAX_NAMES = 3

export function messageOf(jobs: readonly JobInfo[], batches: readonly BatchInfo[]): Message | undefined {
  const bad = jobs.some(job => job.state !== 'succeeded') || batches.some(batch => batchState(batch) !== 'succeeded')
  const severity = bad ? 'warning' : 'information'
  const [job] = jobs
  if (batches.length === 0 && jobs.length === 1 && job) return { severity, text: endSentence(job), job }
  const [batch] = batches
  const sentences = batch && batches.length === 1 ? [batchSentence(batch)] : batchesSentences(batches)
  if (jobs.length === 1 && job) sentences.push(endSentence(job))
  if (jobs.length > 1) sentences.push(jobsSentence(jobs))
  return sentences.length === 0 ? undefined : { severity, text: sentences.join(' '), ...failedOf(jobs, batches) }
}

/** Those of one batch, or all that failed or may have. */
function failedOf(jobs: readonly JobInfo[], batches: readonly BatchInfo[]): Pick<Message, 'failed' | 'rerun'> {
  const failing = batches.filter(({ counts }) => sumOf(counts, failedStates) > 0)
  const [batch] = failing
  const ids = jobs.filter(({ state }) => failedStates.includes(state)).map(({ id }) => id)
  const batchIds = failing.map(({ id }) => id)
  if (ids.length + batchIds.length === 0) return {}
  const rerun = { ...(ids.length > 0 && { ids }), ...(batchIds.length > 0 && { batchIds }) }
  const tallies = [countStates(jobs), ...failing.map(({ counts }) => counts)].map(tally)
  const words = (['failed', 'unknown'] as const).filter(word => tallies.some(counts => counts[word] > 0))
  const filter = `state:${words.join(',')}`
  const isOne = batch && ids.length === 0 && failing.length === 1
  return { failed: isOne ? `${batchCondition(batch)} ${filter}` : filter, rerun }
}

/** `“a”, “b”, “c” and 4 more`. */
function namesOf(named: readonly { readonly name: string }[]): string {
  const names = named.slice(0, MAX_NAMES).map(({ name }) => `“${name}”`)
  const more = named.length - names.length
  return more > 0 ? t`${names.join(', ')} and ${more} more` : names.join(', ')
}

/** `2 batches have completed: 397 succeeded, 3 failed: “a”, “b”.` */
function batchesSentences(batches: readonly BatchInfo[]): string[] {
  if (batches.length === 0) return []
  const counts: Partial<Record<JobState, number>> = {}
  for (const batch of batches)
    for (const state of jobStates) counts[state] = (counts[state] ?? 0) + (batch.counts[state] ?? 0)
  const list = namesOf(batches)
  const cut = batches.filter(({ sealed }) => sealed === 'cut').length
  return [
    t('{0} batches have completed: {1}: {2}.', batches.length, countWords(counts) || t('they had no jobs'), list),
    ...(cut > 0 ? [t('Not all jobs of {0} of them arrived.', cut)] : []),
  ]
}

function jobsSentence(jobs: readonly JobInfo[]): string {
  const bad = jobs.filter(job => job.state !== 'succeeded')
  const list = namesOf(bad.length > 0 ? bad : jobs)
  if (bad.length === 0) return t`${countOf(jobs.length, 'job')} succeeded: ${list}.`
  const others = jobs.length - bad.length
  const alike = bad.every(job => job.state === 'failed')
  const failures = alike
    ? t`${countOf(bad.length, 'job')} failed: ${list}`
    : t`Jobs: ${countWords(countStates(bad))}: ${list}`
  if (others === 0) return `${failures}.`
  return plural(
    others,
    t`${failures}; 1 other job succeeded.`,
    t`${failures}; ${groupDigits(others)} other jobs succeeded.`,
  )
}

function countStates(jobs: readonly JobInfo[]): Partial<Record<JobState, number>> {
  const counts: Partial<Record<JobState, number>> = {}
  for (const { state } of jobs) counts[state] = (counts[state] ?? 0) + 1
  return counts
}
