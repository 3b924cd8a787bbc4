// Commands about the job service itself: its status, its folder, its log.
import * as vscode from 'vscode'
import type { ServiceStatus } from '../../../core/protocol/facts'
import {
  countOf,
  formatBytes,
  formatElapsed,
  groupDigits,
  workersMemory,
  workersText,
} from '../../../core/protocol/format'
import type { Command, CommandContext } from '../common/commandContext'

export const showLog: Command = ({ log }) => log.show()

interface StatusItem extends vscode.QuickPickItem {
  run?: () => unknown
}

/** Shows the status of the job service, and returns it; `undefined` when none is running. */
export const showServiceStatus: Command = async context => {
  const { client } = context
  if (!(await client.connect({ start: false }))) {
    void vscode.window.showInformationMessage(
      client.message ?? 'No job service is running. It is started with the first job, and ends when nobody needs it.',
    )
    return undefined
  }
  const status = await client.service.status(null)
  void pickFrom(statusItems(context, status))
  return status
}

async function pickFrom(items: readonly StatusItem[]): Promise<void> {
  const chosen = await vscode.window.showQuickPick(items, { title: 'Job Service', matchOnDescription: true })
  await chosen?.run?.()
}

function statusItems({ client, log }: CommandContext, status: ServiceStatus): StatusItem[] {
  const { settings } = status
  const workers = client.summary?.workers
  const uptime = formatElapsed(Date.now() + client.clockOffsetMs - status.startedAt)
  const settingsItem = (label: string, description: string, setting: string): StatusItem => ({
    label,
    description,
    run: () => vscode.commands.executeCommand('workbench.action.openSettings', `@id:headlessJobs.${setting}`),
  })
  return [
    separator('Actions'),
    {
      label: '$(folder-opened) Open State Folder',
      description: status.stateFolder,
      run: () => openFolder(status.stateFolder),
    },
    { label: '$(output) Show Log', run: () => log.show() },
    { label: '$(copy) Copy All of This', run: () => vscode.env.clipboard.writeText(JSON.stringify(status, null, 2)) },
    separator('Job service'),
    {
      label: `$(server-process) ${status.draining ? 'Ending: a newer version takes over' : 'Running'}`,
      description: `pid ${status.pid}, for ${uptime}, ${formatBytes(status.memoryBytes)} of memory, version ${status.version}`,
    },
    ...(workers ? [{ label: `$(flame) ${workersText(workers)}`, description: workersMemory(workers) }] : []),
    { label: `$(window) ${countOf(status.windows.length, 'window')}`, description: status.windows.join(', ') },
    ...(client.summary
      ? [
          settingsItem(
            `$(dashboard) ${groupDigits(client.summary.concurrency)} at once`,
            client.summary.concurrencyWhy,
            'concurrency',
          ),
        ]
      : []),
    separator(`Settings, from ${status.settingsFrom}`),
    ...Object.entries(settings).map(([name, value]) => settingsItem(name, String(value), name)),
  ]
}

function separator(label: string): StatusItem {
  return { label, kind: vscode.QuickPickItemKind.Separator }
}

/** On a desktop in the file manager, elsewhere in a window of its own. */
async function openFolder(folder: string): Promise<void> {
  const uri = vscode.Uri.file(folder)
  const local = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop
  if (local) await vscode.commands.executeCommand('revealFileInOS', uri)
  else await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true })
}
