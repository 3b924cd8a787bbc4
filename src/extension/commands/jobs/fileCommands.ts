// “Open File of Job…”: what of a job is on a disk, its working folder among it.
import { stat } from 'node:fs/promises'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { type JobFile, jobFiles } from '../../../core/pages/jobDetails'
import { isOnDesktop } from '../../settings/workspaceContext'
import { filesOf } from '../../text/detailsModel'
import type { Command } from '../common/commandContext'
import { jobAndSpecOf } from '../common/jobPicker'
import { optionOf } from '../common/targets'

type Files = ReturnType<typeof filesOf>

/** Takes a job's id and `{ file }`, one of `jobFiles`, or lets the user pick; returns the path. */
export const openJobFile: Command = async (context, argument) => {
  const found = await jobAndSpecOf(context, argument, {
    placeholder: t('Of which job is a file to be opened?'),
    none: t('There are no jobs in the history.'),
  })
  if (!found) return undefined
  const { job, spec } = found
  const files = filesOf(spec)
  const wanted = optionOf(argument, 'file', 'string')
  const file = wanted === undefined ? await pick(job.name, files) : jobFiles.find(known => known === wanted)
  if (wanted !== undefined && file === undefined) throw new TypeError(t('file must be {0}.', jobFiles.join(', ')))
  const path = file && files[file]
  if (file && path === undefined) throw new Error(t('“{0}” has nothing of this kind on a disk.', job.name))
  if (path !== undefined) await open(path)
  return path
}

async function pick(name: string, files: Files): Promise<JobFile | undefined> {
  const labels: Readonly<Record<JobFile, string>> = {
    folder: t('$(folder) Working Folder'),
    script: t('$(file-code) Script'),
    input: t('$(file) Input'),
    stdout: t('$(output) stdout'),
    stderr: t('$(warning) stderr'),
  }
  const items = jobFiles.flatMap(file => {
    const path = files[file]
    return path === undefined ? [] : [{ label: labels[file], description: path, file }]
  })
  const options = { title: t('Files of {0}', name), placeHolder: t('Which is to be opened?'), ignoreFocusOut: true }
  return (await vscode.window.showQuickPick(items, options))?.file
}

/** A file opens in an editor; a folder is shown where it is. */
async function open(path: string): Promise<void> {
  const uri = vscode.Uri.file(path)
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new Error(t('{0} does not exist: it was not made yet, or is gone.', path))
  if (!found.isDirectory()) await vscode.commands.executeCommand('vscode.open', uri)
  else if (vscode.workspace.getWorkspaceFolder(uri)) await vscode.commands.executeCommand('revealInExplorer', uri)
  else await reveal(uri, path)
}

/** A window in a browser, or of another machine, has no file manager. */
async function reveal(uri: vscode.Uri, path: string): Promise<void> {
  const copy = t('Copy Path')
  if (isOnDesktop()) {
    await vscode.commands.executeCommand('revealFileInOS', uri)
    return
  }
  const text = t('{0} is not in a folder of this window.', path)
  if ((await vscode.window.showInformationMessage(text, copy)) === copy) await vscode.env.clipboard.writeText(path)
}
