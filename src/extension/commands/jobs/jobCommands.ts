// Commands that cancel, rerun and clear jobs.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { failedStates } from '../../../core/jobs/job'
import { countOf, groupDigits, plural } from '../../../core/protocol/format'
import type { OwnedFilter } from '../../../core/protocol/protocol'
import { mayStartJobs } from '../../settings/trust'
import { activeStates, finalStates, remainingStates } from '../../text/jobText'
import { doneOf, notifyStopped, runWithProgress } from '../common/bulkProgress'
import { askAboutAwaited, askAboutUnsaved } from '../common/clearQuestions'
import type { Command, CommandContext } from '../common/commandContext'
import { CONFIRM_ABOVE, confirmMany, isSelection, type ManyQuestion } from '../common/foundTargets'
import { targetsOf } from '../common/jobPicker'
import { filtersOfIds, type JobSelection, selectJobs } from '../common/jobSelection'
import { filtersOf, optionOf, type Targets } from '../common/targets'
import { saveUnsaved } from './saveCommands'

const RUN_REMAINING = t('Run Remaining')

const everything: Targets = { ids: [], batchIds: [], all: true }

/** Returns how many were cancelled; `undefined` when the user did not confirm. */
export const cancel: Command = async (context, argument) => {
  const targets = await targetsOf(context, argument, {
    placeholder: t('Which job or batch is to be cancelled?'),
    states: activeStates,
    batches: true,
    everything: t('Everything that is queued or runs'),
    none: t('No job is queued or running.'),
  })
  return targets && cancelTargets(context, targets, optionOf(argument, 'confirm', 'boolean'))
}

export const cancelAll: Command = (context, argument) =>
  cancelTargets(context, everything, optionOf(argument, 'confirm', 'boolean'))

const cancelQuestion: ManyQuestion = {
  question: count => t`Cancel ${countOf(count, 'job')}?`,
  act: count => t`Cancel ${countOf(count, 'Job')}`,
  detail: t('Jobs that run are ended, with all that they have started.'),
  keep: t('Keep Running'),
}

async function cancelTargets(
  { client }: CommandContext,
  targets: Targets,
  confirm = true,
): Promise<number | undefined> {
  let filters = filtersOf(targets, activeStates)
  let whole: number | undefined
  if (confirm) {
    const { ids } =
      targets.all && !(await client.connect({ start: false })) ? { ids: [] } : await selectJobs(client.service, filters)
    const total = ids.length
    if (total === 0) {
      void vscode.window.showInformationMessage(t('There is nothing to cancel: no job is queued or running.'))
      return 0
    }
    if (!(await confirmMany(total, cancelQuestion))) return undefined
    if (total > CONFIRM_ABOVE) {
      filters = filtersOfIds(ids, activeStates)
      whole = total
    }
  }
  const { done: cancelled, stopped } = await runWithProgress(
    t('Cancelling jobs (“Cancel” keeps the rest)'),
    filters,
    async (filter, work) => (await client.service.cancel({ filter }, work)).cancelled,
    whole,
  )
  if (stopped) notifyStopped(t`Cancelled ${doneOf(cancelled, 'job', stopped)}`)
  return cancelled
}

const rerunQuestion: ManyQuestion = {
  question: count => t`Rerun ${countOf(count, 'job')}?`,
  act: count => t`Rerun ${countOf(count, 'Job')}`,
  detail: t('Each takes the place of what has ended, whose output is kept as an earlier attempt.'),
  keep: t('Run Nothing'),
}

/** Returns the ids of the new jobs; `undefined` when the user did not confirm. */
export const rerun: Command = async (context, argument) => {
  if (!mayStartJobs()) return undefined
  const targets = await targetsOf(context, argument, {
    placeholder: t('Which job or batch is to be run again?'),
    states: finalStates,
    batches: true,
    none: t('No job has ended yet.'),
  })
  if (!targets) return undefined
  const filters = filtersOf(targets, targets.states ?? finalStates)
  if (!isSelection(targets) || optionOf(argument, 'confirm', 'boolean') === false) return rerunFilters(context, filters)
  const { ids } = await selectJobs(context.client.service, filters)
  if (ids.length === 0)
    void vscode.window.showInformationMessage(t('There is nothing to run again: none of these jobs has ended.'))
  return (await confirmMany(ids.length, rerunQuestion))
    ? rerunFilters(context, filtersOfIds(ids, finalStates))
    : undefined
}

/** Returns the ids of the new jobs. */
export const rerunFailed: Command = async (context, argument) => {
  if (!mayStartJobs()) return undefined
  const targets = await targetsOf(context, argument, {
    placeholder: t('Which failed jobs are to be run again?'),
    states: failedStates,
    batches: true,
    everything: t('All failed jobs'),
    none: t('No job has failed.'),
  })
  if (!targets) return undefined
  const ids = await rerunFilters(context, filtersOf(targets, failedStates))
  if (ids.length === 0) void notifyNoneFailed(context, targets)
  return ids
}

/** Nothing has failed: offers to run what did not succeed. */
async function notifyNoneFailed(context: CommandContext, targets: Targets): Promise<void> {
  const { ids } = await selectJobs(context.client.service, filtersOf(targets, remainingStates))
  const instead = plural(
    ids.length,
    t`None of these jobs has failed, but 1 was cancelled. “${RUN_REMAINING}” runs what has not succeeded.`,
    t`None of these jobs has failed, but ${groupDigits(ids.length)} were cancelled. “${RUN_REMAINING}” runs what has not succeeded.`,
  )
  const [text, ...actions] = ids.length > 0 ? [instead, RUN_REMAINING] : [t('None of these jobs has failed.')]
  const chosen = await vscode.window.showInformationMessage(text as string, ...actions)
  if (chosen === RUN_REMAINING) await rerunFilters(context, filtersOfIds(ids, remainingStates))
}

/** Runs what has ended without success, cancelled jobs too. Returns the ids of the new jobs. */
export const runRemaining: Command = async (context, argument) => {
  if (!mayStartJobs()) return undefined
  const targets = await targetsOf(context, argument, {
    placeholder: t('Which jobs that have not succeeded are to be run again?'),
    states: remainingStates,
    batches: true,
    everything: t('All jobs that failed, were cancelled or have an unknown outcome'),
    none: t('No job has failed or was cancelled.'),
  })
  if (!targets) return undefined
  const ids = await rerunFilters(context, filtersOf(targets, remainingStates))
  if (ids.length === 0) {
    void vscode.window.showInformationMessage(
      t('Nothing remains of these jobs: they have succeeded, or have not ended yet.'),
    )
  }
  return ids
}

async function rerunFilters({ client }: CommandContext, filters: readonly OwnedFilter[]): Promise<string[]> {
  const ids: string[] = []
  await client.connect({ start: true })
  const { stopped } = await runWithProgress(t('Running jobs again'), filters, async (filter, work) => {
    const { jobs } = await client.service.rerun({ filter, environment: client.environmentHash }, work)
    for (const job of jobs) ids.push(job.id)
    return jobs.length
  })
  if (stopped) notifyStopped(t`Queued ${doneOf(ids.length, 'job', stopped)} again`)
  return ids
}

/** Removes ended jobs from the history. Returns how many. */
export const clear: Command = async (context, argument) => {
  const targets = await targetsOf(context, argument, {
    placeholder: t('Which ended job or batch is to be removed from the history?'),
    states: finalStates,
    batches: true,
    everything: t('Everything that has ended'),
    none: t('No job has ended yet.'),
  })
  if (!targets) return undefined
  const asks = isSelection(targets) && optionOf(argument, 'confirm', 'boolean') !== false
  return clearFilters(context, filtersOf(targets, targets.states ?? finalStates), asks)
}

const clearQuestion: ManyQuestion = {
  question: count => t`Clear ${countOf(count, 'job')}?`,
  act: count => t`Clear ${countOf(count, 'Job')}`,
  detail: t('They leave the list, with their output. Files that they have written stay.'),
  keep: t('Keep in List'),
}

export const clearFinished: Command = context => clearFilters(context, filtersOf(everything, finalStates))

/**
 * Results that exist nowhere else are offered to be saved first.
 * @param asks also when there are none, about many jobs
 */
async function clearFilters(
  context: CommandContext,
  filters: readonly OwnedFilter[],
  asks = false,
): Promise<number | undefined> {
  const { service } = context.client
  const selection = await selectJobs(service, filters)
  const { ids, awaitedIds } = selection
  if (asks && ids.length === 0)
    void vscode.window.showInformationMessage(t('There is nothing to clear: none of these jobs has ended.'))
  if (awaitedIds.length === 0) return clearOthers(context, selection, asks)
  const chosen = await askAboutAwaited(awaitedIds.length, ids.length)
  if (chosen === undefined) return 0
  const awaited = new Set(awaitedIds)
  const others = filtersOfIds(
    ids.filter(id => !awaited.has(id)),
    finalStates,
  )
  const cleared = await clearOthers(context, await selectJobs(service, others), false)
  return chosen === 'others' ? cleared : (cleared ?? 0) + (await clearIds(context, awaitedIds, 'delete'))
}

/** For the results of these nobody waits but the user. */
async function clearOthers(
  context: CommandContext,
  { ids, unsavedIds, unsaved }: JobSelection,
  asks: boolean,
): Promise<number | undefined> {
  if (unsaved === 0)
    return !asks || (await confirmMany(ids.length, clearQuestion)) ? clearIds(context, ids, 'keep') : undefined
  const chosen = await askAboutUnsaved(unsaved)
  if (chosen === undefined) return 0
  if (chosen === 'delete') return clearIds(context, ids, 'delete')
  return (await saveUnsaved(context, unsavedIds)) ? clearIds(context, ids, 'keep') : 0
}

async function clearIds(
  { client }: CommandContext,
  ids: readonly string[],
  unsaved: 'keep' | 'delete',
): Promise<number> {
  const { done: cleared, stopped } = await runWithProgress(
    t('Removing jobs from the history'),
    filtersOfIds(ids, finalStates),
    async (filter, work) => (await client.service.clear({ filter, unsaved }, work)).cleared,
    ids.length,
  )
  if (stopped) notifyStopped(t`Removed ${doneOf(cleared, 'job', stopped)}`)
  return cleared
}
