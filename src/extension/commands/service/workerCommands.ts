// Commands about warm workers.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { Command } from '../common/commandContext'
import { workerIdsOf } from '../common/targets'

/** Takes `{ ids }`, or stops all warm workers; returns how many are being stopped. */
export const stopWorkers: Command = async ({ client }, argument) => {
  const ids = workerIdsOf(argument)
  const connected = await client.connect({ start: false })
  const { stopped } = connected ? await client.service.stopWorkers(ids ? { ids } : {}) : { stopped: 0 }
  if (stopped === 0 && !ids) void vscode.window.showInformationMessage(t('There is no warm worker to stop.'))
  return stopped
}
