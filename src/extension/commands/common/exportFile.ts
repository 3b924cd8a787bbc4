// Where something is to be exported to: the file that the argument names, or one that the user picks.
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { workingFolder } from '../../../client/jobs/workingFolder'
import { defaultCwd } from '../../settings/workspaceContext'
import { optionOf } from './targets'

/**
 * @param argument of the command; its `file` is below the default working folder unless it is absolute
 * @param propose the name that is proposed when there is none
 */
export async function exportFile(
  argument: unknown,
  title: string,
  propose: () => string | Promise<string>,
): Promise<string | undefined> {
  const file = optionOf(argument, 'file', 'string')
  if (file !== undefined) return workingFolder(file, defaultCwd())
  const defaultUri = vscode.Uri.file(path.join(defaultCwd(), await propose()))
  return (await vscode.window.showSaveDialog({ defaultUri, saveLabel: t('Export'), title }))?.fsPath
}
