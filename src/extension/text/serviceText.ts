// What “Show Job Service Status” says and asks: of limits that were met, of a restart, of the store; and the report that is copied.
import { t } from '@vscode/l10n'
import type { WaitReason } from '../../api'
import type { LimitKind, ServiceReport, ServiceStatus, Summary } from '../../core/protocol/facts'
import {
  asSentence,
  countOf,
  formatBytes,
  formatElapsed,
  groupDigits,
  listCounts,
  plural,
  tally,
  undeliveredText,
  waitLabels,
} from '../../core/protocol/format'
import { countWords } from './jobText'
import { maskCommand } from './maskedCommand'

const limitLabels: Readonly<Record<LimitKind, string>> = {
  timeout: t('time'),
  noOutputTimeout: t('time without output'),
  outputLimit: t('output'),
  memory: t('memory'),
}

type Limits = ServiceReport['limits']

/** A line for each limit that was met; none when there was none. */
export function limitLines({ waiting, ended, stderrCut, batchesCut, connectionsClosed }: Limits): string[] {
  const waits = Object.entries(waiting) as [WaitReason, number][]
  const ends = Object.entries(ended) as [LimitKind, number][]
  return [
    ...waits.map(([reason, n]) => t`${countOf(n, 'job')} ${waitLabels[reason]}`),
    ...ends.map(([kind, n]) => t`${countOf(n, 'job')} ended by a limit: ${limitLabels[kind]}`),
    ...(stderrCut > 0 ? [t`${countOf(stderrCut, 'job')} with only the end of stderr in the history`] : []),
    ...(batchesCut > 0 ? [t`${countOf(batchesCut, 'batch')} cut short: less came than was to come`] : []),
    ...(connectionsClosed > 0 ? [t`${countOf(connectionsClosed, 'connection')} closed without a proof in time`] : []),
  ]
}

/** `2 at once, 1 in use`. */
export function concurrencyText({ concurrency, slotsTaken }: Summary): string {
  return t`${groupDigits(concurrency)} at once, ${groupDigits(slotsTaken)} in use`
}

export function storeText({ storeBytes, outputBytes }: ServiceReport): string {
  return t`${formatBytes(storeBytes)} in the store of jobs, ${formatBytes(outputBytes)} in files of outputs and arrays`
}

/** A modal question; the labels say what becomes of jobs, so that none of them can be taken for another. */
export interface Question {
  message: string
  detail: string
  /** Nothing is done. */
  close: string
  actions: string[]
}

/** `undefined` when nothing runs: then there is nothing to ask. */
export function restartQuestion(counts: Summary['counts']): (Question & { now: string; later: string }) | undefined {
  const { running, queued } = tally(counts)
  if (running === 0) return undefined
  const later = plural(running, t('Restart When It Has Ended'), t('Restart When They Have Ended'))
  const now = t`End ${countOf(running, 'Job')} and Restart`
  const stay = plural(queued, t('The queued job stays queued.'), t`The ${groupDigits(queued)} queued jobs stay queued.`)
  const runs = plural(running, t('1 job runs.'), t`${groupDigits(running)} jobs run.`)
  return {
    message: `${runs} ${t('Restart the job service?')}`,
    detail: [
      t('Jobs that are ended now count as cancelled, with all that they have started.'),
      t('Until the restart no other job starts.'),
      ...(queued > 0 ? [stay] : []),
    ].join(' '),
    close: plural(running, t('Keep It Running'), t('Keep Them Running')),
    actions: [later, now],
    later,
    now,
  }
}

export function asideQuestion(
  counts: Summary['counts'],
  report: Pick<ServiceReport, 'storeBytes' | 'outputBytes'>,
): Question {
  const { running, queued } = tally(counts)
  const cancelled = running + queued
  const [all, what] = [groupDigits(cancelled), listCounts({ running, queued })]
  return {
    message: t('Move the store of jobs aside and begin a new one?'),
    detail: [
      cancelled > 0
        ? plural(cancelled, t`1 job (${what}) is cancelled first.`, t`${all} jobs (${what}) are cancelled first.`)
        : '',
      t`The list of jobs is empty after that. Its ${formatBytes(report.storeBytes + report.outputBytes)} go into a folder of their own, from which you can take results; nothing is deleted.`,
    ]
      .filter(part => part !== '')
      .join(' '),
    close: t('Keep the Store'),
    actions: [cancelled > 0 ? t`Cancel ${countOf(cancelled, 'Job')} and Move the Store` : t('Move the Store')],
  }
}

export interface ReportFacts {
  status: ServiceStatus
  report: ServiceReport
  summary: Summary | undefined
  /** Names of secrets besides those that look so. */
  secretNames: readonly string[]
  /** Of the window: its version, its platform and the like, by name. */
  window: Readonly<Record<string, string>>
  /** Paths in it are shown without it. */
  home: string
  now: number
}

/** What can be sent to others: no environment, no names of windows, no words of commands that look secret. */
export function reportText(facts: ReportFacts): string {
  const { status, report, summary, window, home, now } = facts
  const lines = [
    '# Headless Jobs',
    ...Object.entries(window).map(([name, value]) => `${name}: ${value}`),
    // names of what was measured, for whoever helps, in any language
    `service: version ${status.version}, for ${formatElapsed(now - status.startedAt)}, ${formatBytes(status.memoryBytes)} of memory, ${countOf(status.windows.length, 'window')}${status.draining ? ', ending' : ''}`,
    `folder: ${status.stateFolder}`,
    storeText(report),
    ...(summary ? summaryLines(summary, facts.secretNames) : []),
    ...section('Limits', limitLines(report.limits)),
    ...section(
      'Settings',
      Object.entries(status.settings).map(([name, value]) => `${name}: ${value}`),
    ),
  ]
  return `${lines.map(line => (home === '' ? line : line.replaceAll(home, '~'))).join('\n')}\n`
}

function summaryLines(summary: Summary, secretNames: readonly string[]): string[] {
  const { workers = [], storeProblem, storeNews, paused, pausedBecause, undelivered } = summary
  return [
    `jobs: ${countWords(summary.counts) || 'none'}`,
    `concurrency: ${concurrencyText(summary)}. ${withoutWindow(asSentence(summary.concurrencyWhy))}`,
    ...(paused ? [`paused. ${pausedBecause ?? ''}`.trim()] : []),
    ...(undelivered ? [undeliveredText(undelivered)] : []),
    ...[storeProblem, storeNews].filter(line => line !== undefined),
    ...section(
      'Warm workers',
      workers.map(
        ({ command, state, served }) =>
          `${state}, ${countOf(served, 'job')}: ${maskCommand(command, secretNames).join(' ')}`,
      ),
    ),
  ]
}

/** Windows are named by their folders, which are nobody else's matter. */
function withoutWindow(sentence: string): string {
  return sentence.replace(/“[^”]*”/g, '“…”')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, ...lines]
}
