// The text of the status bar.
import { t } from '@vscode/l10n'
import type { ServiceState } from '../../client/connection/serviceState'
import { stateIcons } from '../../core/jobs/stateIcons'
import { describeQueue, pausedText, queuesText } from '../../core/pages/queueText'
import type { QueueInfo, Summary, WorkerInfo } from '../../core/protocol/facts'
import {
  asSentence,
  atMostText,
  countOf,
  formatPercent,
  groupDigits,
  leftText,
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
    const tooltip = [message ?? t('The job service cannot be reached.'), t('Click to see the jobs.')]
    return { text: `$(warning) ${t('Jobs')}`, spoken: t('Headless Jobs: the job service cannot be reached'), tooltip }
  }
  if (state === 'silent' || (state === 'connecting' && message !== undefined)) {
    const [text, spoken] =
      state === 'silent'
        ? [t('Jobs: no answer'), t('Headless Jobs: the job service does not answer')]
        : [t('Jobs: restarting'), t('Headless Jobs: the job service is being started again')]
    const counts = summary?.counts ?? {}
    return {
      text: `$(warning) ${text}`,
      spoken,
      tooltip: [message ?? '', ...(countWords(counts) ? [t`Before that: ${countWords(counts)}.`] : [])],
    }
  }
  if (!summary || state === 'none') {
    return { text: '$(server-process)', spoken: 'Headless Jobs', tooltip: [t('No jobs are queued or running.')] }
  }
  const { running, queued } = tally(summary.counts)
  const facts = [summary.paused ? t('paused') : '', listCounts({ running, queued }), ...progressWords(summary, now)]
  const doing = facts.filter(part => part !== '').join(', ')
  const isBlocked = summary.storeProblem !== undefined
  const icon = isBlocked ? '$(warning)' : iconOf(summary, running, queued)
  return {
    text: [icon, doing, unseen > 0 ? `$(error) ${listCounts({ failed: unseen })}` : '']
      .filter(part => part !== '')
      .join(' '),
    spoken: t`Headless Jobs: ${spokenFacts(doing, unseen, isBlocked)}`,
    tooltip: [
      ...(unseen > 0
        ? [t`${countOf(unseen, 'job')} failed since you last saw the view. Click to see what failed.`]
        : []),
      ...(summary.storeProblem === undefined ? [] : [summary.storeProblem]),
      ...(summary.storeNews === undefined ? [] : [summary.storeNews]),
      atMostText(summary),
      ...(summary.paused ? [`${pausedText(summary.queues)} ${asSentence(summary.pausedBecause ?? '')}`.trim()] : []),
      ...(countWords(summary.counts) ? [t`Jobs: ${countWords(summary.counts)}.`] : []),
      ...(summary.undelivered ? [undeliveredText(summary.undelivered)] : []),
      ...(summary.queues ? [queuesSentence(summary.queues)] : []),
      ...(summary.workers ? [workersSentence(summary.workers)] : []),
      ...(state === 'connecting' ? [t('Connecting to the job service again.')] : []),
    ],
  }
}

function spokenFacts(doing: string, unseen: number, isBlocked: boolean): string {
  const facts = [doing || t('idle')]
  if (unseen > 0) facts.push(t`${groupDigits(unseen)} failed since you last saw the view`)
  if (isBlocked) facts.push(t('nothing can be written'))
  return facts.join(', ')
}

/** `42%`, `3m left`. */
function progressWords({ fraction, expectedEndAt, paused }: Summary, now: number): string[] {
  return [
    ...(fraction === undefined ? [] : [formatPercent(fraction)]),
    ...(expectedEndAt === undefined || paused ? [] : [leftText(expectedEndAt - now)]),
  ]
}

function iconOf({ paused }: Summary, running: number, queued: number): string {
  if (running > 0) return `$(${stateIcons.running}~spin)`
  if (paused) return '$(debug-pause)'
  return queued > 0 ? `$(${stateIcons.queued})` : '$(server-process)'
}

/** `2 queues, 1 paused. local: 2 running; gpu: paused, 5 queued.` */
function queuesSentence(queues: readonly QueueInfo[]): string {
  const each = queues.map(queue => [queue.name, describeQueue(queue)].filter(Boolean).join(': '))
  return asSentence(`${queuesText(queues)}. ${each.join('; ')}`)
}

function workersSentence(workers: readonly WorkerInfo[]): string {
  return asSentence([workersText(workers), workersMemory(workers)].filter(part => part !== '').join(', '))
}
