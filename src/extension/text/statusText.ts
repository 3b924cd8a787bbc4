// The text of the status bar.
import type { ServiceState } from '../../client/connection/serviceState'
import { stateIcons } from '../../core/jobs/stateIcons'
import type { Summary, WorkerInfo } from '../../core/protocol/facts'
import {
  asSentence,
  countOf,
  formatLeft,
  formatPercent,
  groupDigits,
  listCounts,
  tally,
  undeliveredText,
  workersMemory,
  workersText,
} from '../../core/protocol/format'
import { countWords } from './jobText'

export interface StatusText {
  /** With icons. */
  text: string
  /** The same for a screen reader. */
  spoken: string
  /** Paragraphs, plain text. */
  tooltip: string[]
}

/**
 * Only the icon while nothing is queued or running.
 * @param now the service's clock
 * @param unseen jobs that have failed since the view was shown last
 */
export function statusText(
  state: ServiceState,
  summary: Summary | undefined,
  message?: string,
  now = Date.now(),
  unseen = 0,
): StatusText {
  if (state === 'failed') {
    const tooltip = [message ?? 'The job service cannot be reached.', 'Click to see the jobs.']
    return { text: '$(warning) Jobs', spoken: 'Headless Jobs: the job service cannot be reached', tooltip }
  }
  if (state === 'silent' || (state === 'connecting' && message !== undefined)) {
    const [what, short] =
      state === 'silent' ? ['does not answer', 'no answer'] : ['is being started again', 'restarting']
    const counts = summary?.counts ?? {}
    return {
      text: `$(warning) Jobs: ${short}`,
      spoken: `Headless Jobs: the job service ${what}`,
      tooltip: [message ?? '', ...(countWords(counts) ? [`Before that: ${countWords(counts)}.`] : [])],
    }
  }
  if (!summary || state === 'none') {
    return { text: '$(server-process)', spoken: 'Headless Jobs', tooltip: ['No jobs are queued or running.'] }
  }
  const { running, queued } = tally(summary.counts)
  const facts = [summary.paused ? 'paused' : '', listCounts({ running, queued }), ...progressWords(summary, now)]
  const doing = facts.filter(part => part !== '').join(', ')
  const isBlocked = summary.storeProblem !== undefined
  const icon = isBlocked ? '$(warning)' : iconOf(summary, running, queued)
  return {
    text: [icon, doing, unseen > 0 ? `$(error) ${groupDigits(unseen)} failed` : '']
      .filter(part => part !== '')
      .join(' '),
    spoken: `Headless Jobs: ${doing || 'idle'}${unseenWords(unseen)}${isBlocked ? ', nothing can be written' : ''}`,
    tooltip: [
      ...(unseen > 0
        ? [`${countOf(unseen, 'job')} failed since you last saw the view. Click to see what failed.`]
        : []),
      ...(summary.storeProblem === undefined ? [] : [summary.storeProblem]),
      ...(summary.storeNews === undefined ? [] : [summary.storeNews]),
      `At most ${groupDigits(summary.concurrency)} at once. ${asSentence(summary.concurrencyWhy)}`,
      ...(summary.paused ? [`The queue is paused. ${asSentence(summary.pausedBecause ?? '')}`.trim()] : []),
      ...(countWords(summary.counts) ? [`Jobs: ${countWords(summary.counts)}.`] : []),
      ...(summary.undelivered ? [undeliveredText(summary.undelivered)] : []),
      ...(summary.workers ? [workersSentence(summary.workers)] : []),
      ...(state === 'connecting' ? ['Connecting to the job service again.'] : []),
    ],
  }
}

function unseenWords(unseen: number): string {
  return unseen > 0 ? `, ${groupDigits(unseen)} failed since you last saw the view` : ''
}

/** `42%`, `3m left`. */
function progressWords({ fraction, expectedEndAt, paused }: Summary, now: number): string[] {
  return [
    ...(fraction === undefined ? [] : [formatPercent(fraction)]),
    ...(expectedEndAt === undefined || paused ? [] : [`${formatLeft(Math.max(0, expectedEndAt - now))} left`]),
  ]
}

function iconOf({ paused }: Summary, running: number, queued: number): string {
  if (running > 0) return `$(${stateIcons.running}~spin)`
  if (paused) return '$(debug-pause)'
  return queued > 0 ? `$(${stateIcons.queued})` : '$(server-process)'
}

function workersSentence(workers: readonly WorkerInfo[]): string {
  return asSentence([workersText(workers), workersMemory(workers)].filter(part => part !== '').join(', '))
}
