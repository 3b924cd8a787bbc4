// Commands about the job service itself: its status with what can be done about it, its log.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { ServiceReport, ServiceStatus } from '../../../core/protocol/facts'
import {
  countOf,
  formatBytes,
  formatElapsed,
  undeliveredText,
  workersMemory,
  workersText,
} from '../../../core/protocol/format'
import { concurrencyText, limitLines, storeText } from '../../text/serviceText'
import type { Command, CommandContext } from '../common/commandContext'
import { copyReport, moveStoreAside, openFolder, restartService } from './serviceActions'

export const showLog: Command = ({ log }) => log.show()

interface StatusItem extends vscode.QuickPickItem {
  run?: () => unknown
}

/** Shows the status of the job service, and returns it; `undefined` when none is running. */
export const showServiceStatus: Command = async context => {
  const { client } = context
  if (!(await client.connect({ start: false }))) {
    void vscode.window.showInformationMessage(
      client.message ??
        t('No job service is running. It is started with the first job, and ends when nobody needs it.'),
    )
    return undefined
  }
  const [status, report] = await Promise.all([client.service.status(null), client.service.report(null)])
  void pickFrom([...actionItems(context, status, report), ...statusItems(context, status, report)])
  return status
}

async function pickFrom(items: readonly StatusItem[]): Promise<void> {
  const chosen = await vscode.window.showQuickPick(items, { title: t('Job Service'), matchOnDescription: true })
  await chosen?.run?.()
}

function actionItems(context: CommandContext, status: ServiceStatus, report: ServiceReport): StatusItem[] {
  return [
    separator(t('Actions')),
    { label: `$(output) ${t('Show Log')}`, run: () => context.log.show() },
    {
      label: `$(folder-opened) ${t('Open State Folder')}`,
      description: status.stateFolder,
      run: () => openFolder(status.stateFolder),
    },
    {
      label: `$(copy) ${t('Copy Report')}`,
      description: t('without environments and secrets'),
      run: () => copyReport(context, status, report),
    },
    {
      label: `$(debug-restart) ${t('Restart…')}`,
      description: t('queued jobs stay queued'),
      run: () => restartService(context),
    },
    {
      label: `$(archive) ${t('Move Store Aside…')}`,
      description: t('begins with an empty list; nothing is deleted'),
      run: () => moveStoreAside(context, report),
    },
  ]
}

function statusItems({ client }: CommandContext, status: ServiceStatus, report: ServiceReport): StatusItem[] {
  const { settings } = status
  const workers = client.summary?.workers
  const uptime = formatElapsed(Date.now() + client.clockOffsetMs - status.startedAt)
  const settingsItem = (label: string, description: string, setting: string): StatusItem => ({
    label,
    description,
    run: () => vscode.commands.executeCommand('workbench.action.openSettings', `@id:headlessJobs.${setting}`),
  })
  return [
    separator(t('Job service')),
    {
      label: `$(server-process) ${status.draining ? t('Ending when the jobs that run have ended') : t('Running')}`,
      description: t`pid ${status.pid}, for ${uptime}, ${formatBytes(status.memoryBytes)} of memory, version ${status.version}`,
    },
    ...(workers ? [{ label: `$(flame) ${workersText(workers)}`, description: workersMemory(workers) }] : []),
    { label: `$(window) ${countOf(status.windows.length, 'window')}`, description: status.windows.join(', ') },
    ...(client.summary
      ? [settingsItem(`$(dashboard) ${concurrencyText(client.summary)}`, client.summary.concurrencyWhy, 'concurrency')]
      : []),
    { label: `$(database) ${storeText(report)}` },
    ...undeliveredItems(client.summary?.undelivered),
    separator(t('Limits that were met')),
    ...limitItems(report),
    separator(t`Settings, from ${status.settingsFrom}`),
    ...Object.entries(settings).map(([name, value]) => settingsItem(name, String(value), name)),
  ]
}

function undeliveredItems(count: number | undefined): StatusItem[] {
  if (!count) return []
  const run = () => vscode.commands.executeCommand('headlessJobs.deliverAgain')
  return [{ label: `$(warning) ${undeliveredText(count)}`, description: t('choose it to deliver them again'), run }]
}

function separator(label: string): StatusItem {
  return { label, kind: vscode.QuickPickItemKind.Separator }
}

function limitItems({ limits }: ServiceReport): StatusItem[] {
  const lines = limitLines(limits)
  return lines.length === 0 ? [{ label: `$(check) ${t('None')}` }] : lines.map(label => ({ label: `$(info) ${label}` }))
}
