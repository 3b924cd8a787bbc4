// Asks where something of a job is to be saved.
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'

/** @param name what is proposed, in the folder `cwd` */
export function pickFile(cwd: string, jobName: string, name: string): Thenable<vscode.Uri | undefined> {
  const defaultUri = vscode.Uri.file(path.join(cwd, name))
  return vscode.window.showSaveDialog({ defaultUri, saveLabel: t('Save'), title: t`Save of ${jobName}` })
}
