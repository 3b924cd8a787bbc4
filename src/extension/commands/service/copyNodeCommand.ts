// Copies the Node of the job service to a queue that lacks one, when the user wants that.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { showModal } from '../../quickInput/modal'
import type { CommandContext } from '../common/commandContext'

/** @returns whether it has been copied; rejects with what was in the way */
export async function offerNode({ client }: Pick<CommandContext, 'client'>, queue: string): Promise<boolean> {
  const copy = t('Copy')
  const detail = t(
    'Jobs in a queue elsewhere need one there. That which runs the job service here, about 120 MB, is put into ~/.cache/headless-jobs.',
  )
  if ((await showModal(t`Copy Node.js to “${queue}”?`, detail, t('Not Now'), copy)) !== copy) return false
  const location = vscode.ProgressLocation.Notification
  await vscode.window.withProgress({ location, title: t`Copying Node.js to “${queue}”…` }, () =>
    client.service.copyNode({ queue }),
  )
  return true
}
