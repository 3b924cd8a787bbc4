// How jobs and batches are described in messages and lists.
import { t } from '@vscode/l10n'
import type { JobInfo, JobState } from '../../api'
import { failedStates, isFinal, jobStates } from '../../core/jobs/job'
import { shownState, waitsInSlurm } from '../../core/jobs/slurmState'
import { stateIcons } from '../../core/jobs/stateIcons'
import type { BatchInfo } from '../../core/protocol/facts'
import {
  countOf,
  countsByState,
  formatDuration,
  jobStateText,
  type StateCounts,
  stateLabels,
} from '../../core/protocol/format'

export const activeStates = jobStates.filter(state => !isFinal(state))
export const finalStates = jobStates.filter(isFinal)
/** What has ended without success, for whatever reason. */
export const remainingStates: readonly JobState[] = [...failedStates, 'cancelled']

export function sumOf(counts: StateCounts, states: readonly JobState[]): number {
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
}

/** All counts that are not zero: `197 succeeded, 3 failed`. */
export function countWords(counts: StateCounts): string {
  return countsByState(counts).join(', ')
}

/** A user's text in a label, in which `$(name)` would be drawn as an icon. */
export function plainLabel(text: string): string {
  return text.replaceAll('$(', '\\$(')
}

export interface Described {
  label: string
  description: string
  detail?: string
}

export function describeJob(job: JobInfo): Described {
  const facts = [waitsInSlurm(job) ? jobStateText(job) : stateLabels[job.state].toLowerCase()]
  if (job.state === 'running' && job.pid !== undefined) facts.push(t`pid ${job.pid}`)
  if (job.startedAt !== undefined && job.endedAt !== undefined) facts.push(formatDuration(job.endedAt - job.startedAt))
  const detail = job.error?.message
  return {
    label: `$(${stateIcons[shownState(job)]}) ${plainLabel(job.name)}`,
    description: facts.join(', '),
    ...(detail !== undefined && { detail: plainLabel(detail) }),
  }
}

export function describeBatch(batch: BatchInfo): Described {
  return {
    label: `$(layers) ${plainLabel(batch.name)}`,
    description: `${countOf(batch.total, 'job')}: ${countWords(batch.counts) || t('none yet')}`,
  }
}

/** One sentence on how a job ended, or that it has not. */
export function endSentence(job: JobInfo): string {
  const name = `“${job.name}”`
  if (job.state === 'succeeded') {
    const took = job.startedAt !== undefined && job.endedAt !== undefined ? job.endedAt - job.startedAt : 0
    return t`${name} succeeded in ${formatDuration(took)}.`
  }
  if (job.state === 'dependencyFailed') return t`${name} was not run: a job before it failed.`
  // whoever lost it says how: the job service, its runner, the machine, Slurm
  if (job.state === 'lost') return job.error ? `${name}: ${job.error.message}` : t`The outcome of ${name} is unknown.`
  const why = job.error?.message ?? job.lastErrorLine
  if (job.state === 'cancelled') return why ? t`${name} cancelled: ${why}` : t`${name} cancelled.`
  if (job.state === 'failed') return why ? t`${name} failed: ${why}` : t`${name} failed.`
  return t`${name} is not over: ${jobStateText(job)}.`
}

export function batchSentence(batch: BatchInfo): string {
  const ended = t`“${batch.name}” has completed: ${countWords(batch.counts) || t('it had no jobs')}.`
  return batch.sealed === 'cut' ? `${ended} ${t('Not all of its jobs arrived.')}` : ended
}
