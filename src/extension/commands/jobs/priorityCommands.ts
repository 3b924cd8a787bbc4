// “Move to Front” and “Set Priority…”: which of the jobs that wait start first, of one row, of many, or of all that was found.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { countOf, groupDigits } from '../../../core/protocol/format'
import { runWithProgress } from '../common/bulkProgress'
import type { Command, CommandContext } from '../common/commandContext'
import { confirmMany, type ManyQuestion } from '../common/foundTargets'
import { targetsOf } from '../common/jobPicker'
import { filtersOfIds, selectJobs } from '../common/jobSelection'
import { filtersOf, optionOf } from '../common/targets'

/** How long what was done is in the status bar. */
const SHOWN_MS = 5000

const frontQuestion = (): ManyQuestion => ({
  question: count => t`Move ${countOf(count, 'job')} to the front?`,
  act: count => t`Move ${countOf(count, 'Job')}`,
  detail: t('They start before all others that wait now, in the order in which they were submitted.'),
  keep: t('Keep Order'),
})

/** Takes jobs and batches as other commands do; returns how many were moved, `undefined` when the user did not confirm. */
export const moveToFront: Command = async (context, argument) => {
  const { service } = context.client
  const chosen = await waitingOf(context, argument, t('Which job or batch is to start first?'))
  if (!chosen) return undefined
  const { ids, others } = chosen
  const asks = optionOf(argument, 'confirm', 'boolean') !== false
  if (asks && !(await confirmMany(ids.length, frontQuestion()))) return undefined
  const { priority } = await service.highestPriority(null)
  const moved = await setAll(context, ids, Math.min(priority + 1, Number.MAX_SAFE_INTEGER))
  const jobs = moved === 1 ? t('Moved 1 job to the front') : t('Moved {0} jobs to the front', groupDigits(moved))
  notify(jobs, others)
  return moved
}

/** Takes `{ priority }` too, or prompts for it; returns how many jobs have it now. */
export const setPriority: Command = async (context, argument) => {
  const given = optionOf(argument, 'priority', 'number')
  if (given !== undefined && !Number.isSafeInteger(given)) throw new TypeError(t('priority must be a whole number.'))
  const chosen = await waitingOf(context, argument, t('Which job or batch is to get another priority?'))
  if (!chosen) return undefined
  const { ids, others } = chosen
  const priority = given ?? (await promptPriority(context, ids))
  if (priority === undefined) return undefined
  const changed = await setAll(context, ids, priority)
  const one = t('1 job has priority {0} now', priority)
  notify(changed === 1 ? one : t('{0} jobs have priority {1} now', groupDigits(changed), priority), others)
  return changed
}

/** Those of the targets that wait, and how many others there are; `undefined` when there is nothing to do. */
async function waitingOf(
  context: CommandContext,
  argument: unknown,
  placeholder: string,
): Promise<{ ids: readonly string[]; others: number } | undefined> {
  const targets = await targetsOf(context, argument, {
    placeholder,
    states: ['queued'],
    batches: true,
    none: t('No job is waiting.'),
  })
  if (!targets) return undefined
  const { service } = context.client
  const { ids } = await selectJobs(service, filtersOf(targets, ['queued']))
  const all = await selectJobs(service, filtersOf(targets))
  if (ids.length > 0) return { ids, others: all.ids.length - ids.length }
  void vscode.window.showInformationMessage(t('None of these jobs waits: what runs or has ended keeps its place.'))
  return undefined
}

async function promptPriority({ client }: CommandContext, ids: readonly string[]): Promise<number | undefined> {
  const { jobs } = await client.service.list({ filter: { ids: ids.slice(0, 1) } })
  const count = groupDigits(ids.length)
  const typed = await vscode.window.showInputBox({
    title: ids.length === 1 ? t('Priority of 1 Job That Waits') : t('Priority of {0} Jobs That Wait', count),
    value: String(jobs[0]?.priority ?? 0),
    prompt: t('A higher number starts first; 0 is usual, a number below 0 starts after the others.'),
    ignoreFocusOut: true,
    validateInput: text => (/^\s*[-+]?\d{1,9}\s*$/.test(text) ? undefined : t('Type a whole number, such as 1 or -1.')),
  })
  return typed === undefined ? undefined : Number(typed)
}

async function setAll({ client }: CommandContext, ids: readonly string[], priority: number): Promise<number> {
  const { done } = await runWithProgress(
    t('Changing the order of jobs'),
    filtersOfIds(ids, ['queued']),
    async (filter, work) => (await client.service.setPriority({ filter, priority }, work)).changed,
    ids.length,
  )
  return done
}

/** In the status bar, unless some were not changed. */
function notify(done: string, others: number): void {
  if (others === 0) {
    vscode.window.setStatusBarMessage(`$(check) ${done}`, SHOWN_MS)
    return
  }
  const rest =
    others === 1
      ? t('1 other does not wait: it runs or has ended.')
      : t('{0} others do not wait: they run or have ended.', groupDigits(others))
  void vscode.window.showInformationMessage(`${done}. ${rest}`)
}
