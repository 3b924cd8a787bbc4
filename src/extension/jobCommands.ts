// Commands that change what becomes of jobs: cancel, run again, clear, save. Runs in the window.
import * as vscode from 'vscode'
import { groupDigits } from '../core/format'
import type { OwnedFilter } from '../core/protocol'
import type { Command, CommandContext } from './commandContext'
import { targetsOf } from './jobPicker'
import { activeStates, countOf, failedStates, finalStates, sumOf } from './jobText'
import { filtersOf, optionOf, type Targets } from './targets'
import { mayStartJobs } from './trust'
import { workingFolder } from './workingFolder'
import { defaultCwd } from './workspaceContext'

/** More jobs than this are not cancelled without a question. */
const CONFIRM_ABOVE = 20

const everything: Targets = { ids: [], batchIds: [], all: true }

/** Returns how many were cancelled; `undefined` when the user thought better of it. */
export const cancel: Command = async (context, argument) => {
  const targets = await targetsOf(context, argument, {
    placeholder: 'Which job or batch is to be cancelled?',
    states: activeStates,
    batches: true,
    everything: 'Everything that is queued or runs',
    none: 'No job is queued or running.',
  })
  return targets && cancelTargets(context, targets, optionOf(argument, 'confirm', 'boolean'))
}

export const cancelAll: Command = (context, argument) =>
  cancelTargets(context, everything, optionOf(argument, 'confirm', 'boolean'))

async function cancelTargets(
  { client }: CommandContext,
  targets: Targets,
  confirm = true,
): Promise<number | undefined> {
  if (confirm) {
    const total = await activeCount(client, targets)
    if (total === 0) {
      void vscode.window.showInformationMessage('There is nothing to cancel: no job is queued or running.')
      return 0
    }
    if (total > CONFIRM_ABOVE) {
      const detail = 'Jobs that run are ended, with all that they have started.'
      const answer = await askModally(
        `Cancel ${countOf(total, 'job')}?`,
        detail,
        'Keep Running',
        `Cancel ${countOf(total, 'Job')}`,
      )
      if (answer === undefined) return undefined
    }
  }
  let cancelled = 0
  for (const filter of filtersOf(targets, activeStates)) {
    cancelled += (await client.service.cancel({ filter })).cancelled
  }
  return cancelled
}

/** How many jobs a cancel would reach, at most. */
async function activeCount(client: CommandContext['client'], targets: Targets): Promise<number> {
  if (targets.all) {
    return (await client.connect({ start: false })) ? sumOf(client.summary?.counts ?? {}, activeStates) : 0
  }
  const batches = await Promise.all(targets.batchIds.map(id => client.service.getBatch({ id })))
  return batches.reduce((sum, batch) => sum + sumOf(batch?.counts ?? {}, activeStates), targets.ids.length)
}

/**
 * One of the actions; `undefined` when nothing is to be done.
 * @param leave says so on the button for that: VS Code's own “Cancel” could be read as the cancelling of jobs
 */
async function askModally(
  message: string,
  detail: string,
  leave: string,
  ...actions: string[]
): Promise<string | undefined> {
  const items = actions.map(title => ({ title }))
  const close = { title: leave, isCloseAffordance: true }
  const chosen = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...items, close)
  return chosen === close ? undefined : chosen?.title
}

/** Returns the ids of the new jobs. */
export const rerun: Command = async (context, argument) => {
  if (!mayStartJobs()) return undefined
  const targets = await targetsOf(context, argument, {
    placeholder: 'Which job or batch is to be run again?',
    states: finalStates,
    batches: true,
    none: 'No job has ended yet.',
  })
  return targets && rerunFilters(context, filtersOf(targets, targets.states ?? finalStates))
}

/** Returns the ids of the new jobs. */
export const rerunFailed: Command = async (context, argument) => {
  if (!mayStartJobs()) return undefined
  const targets = await targetsOf(context, argument, {
    placeholder: 'Which failed jobs are to be run again?',
    states: failedStates,
    batches: true,
    everything: 'All failed jobs',
    none: 'No job has failed.',
  })
  if (!targets) return undefined
  const ids = await rerunFilters(context, filtersOf(targets, failedStates))
  if (ids.length === 0) void vscode.window.showInformationMessage('None of these jobs has failed.')
  return ids
}

async function rerunFilters({ client }: CommandContext, filters: readonly OwnedFilter[]): Promise<string[]> {
  const ids: string[] = []
  await client.connect({ start: true })
  for (const filter of filters) {
    const { jobs } = await client.service.rerun({ filter, environment: client.environmentHash })
    for (const job of jobs) ids.push(job.id)
  }
  return ids
}

/** Removes ended jobs from the history. Returns how many. */
export const clear: Command = async (context, argument) => {
  const targets = await targetsOf(context, argument, {
    placeholder: 'Which ended job or batch is to be removed from the history?',
    states: finalStates,
    batches: true,
    everything: 'Everything that has ended',
    none: 'No job has ended yet.',
  })
  return targets && clearFilters(context, filtersOf(targets, targets.states ?? finalStates))
}

export const clearFinished: Command = context => clearFilters(context, filtersOf(everything, finalStates))

/** Nothing is destroyed silently: a result that exists nowhere else is offered to be saved first. */
async function clearFilters(context: CommandContext, filters: readonly OwnedFilter[]): Promise<number | undefined> {
  const { service } = context.client
  let cleared = 0
  let unsaved = 0
  const kept: OwnedFilter[] = []
  for (const filter of filters) {
    const outcome = await service.clear({ filter, unsaved: 'keep' })
    cleared += outcome.cleared
    unsaved += outcome.unsaved
    if (outcome.unsaved > 0) kept.push(filter)
  }
  if (kept.length === 0) return cleared
  const save = 'Save to Folder…'
  const noun = unsaved === 1 ? 'a result that was' : `${groupDigits(unsaved)} results that were`
  const question = `Delete ${noun} not saved?`
  const detail = `${unsaved === 1 ? 'It exists' : 'They exist'} nowhere but in the history of Headless Jobs.`
  const chosen = await askModally(question, detail, unsaved === 1 ? 'Keep Result' : 'Keep Results', save, 'Delete')
  if (chosen === undefined) return cleared
  if (chosen === save) {
    const saved = await saveFilters(context, kept)
    return saved === undefined ? cleared : cleared + ((await clearFilters(context, kept)) ?? 0)
  }
  for (const filter of kept) cleared += (await service.clear({ filter, unsaved: 'delete' })).cleared
  return cleared
}

/** Writes results that are only in the history into a folder. Takes `{ folder }`; returns the files. */
export const saveResults: Command = async (context, argument) => {
  const targets = await targetsOf(context, argument, {
    placeholder: 'Of which job or batch are the results to be saved?',
    states: ['succeeded'],
    batches: true,
    everything: 'All results',
    none: 'No job has succeeded yet.',
  })
  return targets && saveFilters(context, filtersOf(targets), optionOf(argument, 'folder', 'string'))
}

async function saveFilters(
  { client }: CommandContext,
  filters: readonly OwnedFilter[],
  given?: string,
): Promise<string[] | undefined> {
  const folder = given === undefined ? await askFolder() : workingFolder(given, defaultCwd())
  if (folder === undefined) return undefined
  const files: string[] = []
  for (const filter of filters) files.push(...(await client.service.save({ filter, folder })).files)
  if (given === undefined) void tellSaved(files, folder)
  return files
}

async function askFolder(): Promise<string | undefined> {
  const start = vscode.workspace.workspaceFolders?.[0]?.uri
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: 'Save Results Here',
      title: 'Folder for the results',
      ...(start && { defaultUri: start }),
    })) ?? []
  return folder?.fsPath
}

async function tellSaved(files: readonly string[], folder: string): Promise<void> {
  if (files.length === 0) {
    await vscode.window.showInformationMessage(
      'There was nothing to save: these jobs wrote their results to files of their own, or nothing.',
    )
    return
  }
  const open = 'Open'
  const [first] = files
  const text =
    files.length === 1 && first ? `Saved ${first}.` : `Saved ${countOf(files.length, 'result')} in ${folder}.`
  const chosen = await vscode.window.showInformationMessage(text, ...(files.length === 1 ? [open] : []))
  if (chosen === open && first) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(first))
}
