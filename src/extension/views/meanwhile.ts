// Reports to the user what ended while no window of this workspace was there: one line, when the window is connected again.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { sentenceOf } from '../../core/base/sentence'
import { readNotificationLevel } from '../settings/settings'
import { meanwhileMessage } from '../text/notificationModel'

const SHOW = t('Show')
const SHOW_FAILED = t('Show Failed')

export function notifyMeanwhile(client: ServiceClient, log: vscode.LogOutputChannel): vscode.Disposable {
  let isBack = true
  client.notifiesMeanwhile = () => readNotificationLevel() !== 'never'
  const connected = client.onDidConnect(() => {
    notify(client, isBack).catch(error => log.warn(`What ended meanwhile is not known: ${sentenceOf(error)}`))
    isBack = false
  })
  return new vscode.Disposable(() => connected.dispose())
}

/** @param isBack the window has just been opened or reloaded; else it was there, and only the connection was not */
async function notify({ service }: ServiceClient, isBack: boolean): Promise<void> {
  const ended = await service.endedMeanwhile(null)
  const message = ended && meanwhileMessage(readNotificationLevel(), ended, isBack)
  if (!message) return
  const { severity, text, failed } = message
  const show = severity === 'warning' ? vscode.window.showWarningMessage : vscode.window.showInformationMessage
  const chosen = await show(text, ...(failed.length > 0 ? [SHOW_FAILED, SHOW] : [SHOW]))
  if (chosen === SHOW) await vscode.commands.executeCommand('headlessJobs.jobs.focus')
  else if (chosen === SHOW_FAILED) await vscode.commands.executeCommand('headlessJobs.showFailed', { ids: failed })
}
