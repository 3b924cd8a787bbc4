// Saves results of the history to a folder, after a confirmation.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { workingFolder } from '../../../client/jobs/workingFolder'
import { countOf, groupDigits } from '../../../core/protocol/format'
import { showModal } from '../../quickInput/modal'
import { defaultCwd } from '../../settings/workspaceContext'
import { doneOf, notifyStopped, runWithProgress } from '../common/bulkProgress'
import type { Command, CommandContext } from '../common/commandContext'
import { targetsOf } from '../common/jobPicker'
import { filtersOfIds, selectJobs } from '../common/jobSelection'
import { filtersOf, optionOf } from '../common/targets'

const NOTHING = t('There is nothing to save: these jobs wrote their results to files of their own, or have none.')

/** Writes results that are only in the history into a folder. Takes `{ folder }`; returns the files. */
export const saveResults: Command = async (context, argument) => {
  const targets = await targetsOf(context, argument, {
    placeholder: t('Of which job or batch are the results to be saved?'),
    has: 'result',
    batches: true,
    everything: t('All results'),
    none: t('No job has a result in the history.'),
  })
  if (!targets) return undefined
  const { ownIds, earlierIds } = await selectJobs(context.client.service, filtersOf(targets))
  const given = optionOf(argument, 'folder', 'string')
  if (given !== undefined)
    return (await write(context, [...ownIds, ...earlierIds], workingFolder(given, defaultCwd()), 'newest')).files
  if (ownIds.length + earlierIds.length === 0) {
    void vscode.window.showInformationMessage(NOTHING)
    return []
  }
  const ids = earlierIds.length > 0 ? await confirmEarlier(ownIds, earlierIds) : ownIds
  return ids && (await saveToPickedFolder(context, ids, 'newest'))?.files
}

/** All results of these jobs that exist nowhere else, those of earlier attempts too; `false` when the user cancelled. */
export async function saveUnsaved(context: CommandContext, ids: readonly string[]): Promise<boolean> {
  return (await saveToPickedFolder(context, ids, 'unsaved'))?.stopped === false
}

/** The last attempt of some jobs has no result: whether to save that of an earlier attempt. */
async function confirmEarlier(own: readonly string[], earlier: readonly string[]): Promise<string[] | undefined> {
  const one = earlier.length === 1
  if (own.length === 0) {
    const question = one ? t('Save the result of an earlier attempt?') : t('Save the results of earlier attempts?')
    const detail = one
      ? t('The last attempt of this job has no result, but one before it has.')
      : t`The last attempts of these ${earlier.length} jobs have no result, but some before them have.`
    const save = one ? t('Save Earlier Result') : t('Save Earlier Results')
    return (await showModal(question, detail, t('Save Nothing'), save)) === save ? [...earlier] : undefined
  }
  const question = one ? t('Save the result of earlier attempts too?') : t('Save the results of earlier attempts too?')
  const detail = one
    ? t('1 of these jobs has no result in the last attempt, but in one before it.')
    : t`${groupDigits(earlier.length)} of these jobs have no result in the last attempt, but in one before it.`
  const saveAll = t('Save All')
  const chosen = await showModal(question, detail, t('Save Nothing'), saveAll, t('Save the Latest Only'))
  if (chosen === undefined) return undefined
  return chosen === saveAll ? [...own, ...earlier] : [...own]
}

async function saveToPickedFolder(
  context: CommandContext,
  ids: readonly string[],
  which: 'newest' | 'unsaved',
): Promise<{ files: string[]; stopped: boolean } | undefined> {
  const folder = await pickFolder()
  if (folder === undefined) return undefined
  const { files, stopped } = await write(context, ids, folder, which)
  if (!stopped) void notifySaved(files, folder)
  return { files, stopped }
}

async function write(
  { client }: CommandContext,
  ids: readonly string[],
  folder: string,
  which: 'newest' | 'unsaved',
): Promise<{ files: string[]; stopped: boolean }> {
  const files: string[] = []
  const { stopped } = await runWithProgress(t('Saving results'), filtersOfIds(ids), async (filter, work) => {
    const saved = await client.service.save({ filter, folder, which }, work)
    for (const file of saved.files) files.push(file)
    return saved.files.length
  })
  if (stopped) notifyStopped(t`Saved ${doneOf(files.length, 'result', stopped)} in ${folder}`)
  return { files, stopped: stopped !== undefined }
}

async function pickFolder(): Promise<string | undefined> {
  const start = vscode.workspace.workspaceFolders?.[0]?.uri
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: t('Save Results Here'),
      title: t('Folder for the results'),
      ...(start && { defaultUri: start }),
    })) ?? []
  return folder?.fsPath
}

async function notifySaved(files: readonly string[], folder: string): Promise<void> {
  const [first] = files
  if (first === undefined) {
    await vscode.window.showInformationMessage(NOTHING) // they were cleared meanwhile
    return
  }
  const open = t('Open')
  const text = files.length === 1 ? t`Saved ${first}.` : t`Saved ${countOf(files.length, 'result')} in ${folder}.`
  const chosen = await vscode.window.showInformationMessage(text, ...(files.length === 1 ? [open] : []))
  if (chosen === open) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(first))
}
