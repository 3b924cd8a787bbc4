// The status bar item: running and queued jobs of this machine, and failures that nobody has seen.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { statusText } from '../text/statusText'
import type { UnseenFailures } from './unseenFailures'

/** How often the time that is left is shown anew. */
const UPDATE_LEFT_MS = 5000

const showFailed = { command: 'headlessJobs.find', title: t('Show Failed'), arguments: [{ text: 'state:failed' }] }

const links = [
  [t('Submit Job…'), 'headlessJobs.submit'],
  [t('Set Concurrency…'), 'headlessJobs.setConcurrency'],
  [t('Queues…'), 'headlessJobs.showQueues'],
  [t('Job Service'), 'headlessJobs.showServiceStatus'],
] as const

export function createStatusBar(client: ServiceClient, unseen: UnseenFailures): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('headlessJobs.status', vscode.StatusBarAlignment.Left, 10)
  item.name = 'Headless Jobs'
  const update = () => {
    const { text, spoken, tooltip } = statusText(
      client.state,
      client.summary,
      client.message,
      Date.now() + client.clockOffsetMs,
      unseen.count,
    )
    item.command = unseen.count > 0 ? showFailed : 'headlessJobs.jobs.focus'
    item.backgroundColor = unseen.count > 0 ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined
    const markdown = new vscode.MarkdownString()
    markdown.isTrusted = { enabledCommands: links.map(([, command]) => command) }
    for (const paragraph of tooltip) markdown.appendText(paragraph).appendMarkdown('\n\n')
    markdown.appendMarkdown(links.map(([title, command]) => `[${title}](command:${command})`).join(' · '))
    item.text = text
    item.tooltip = markdown
    item.accessibilityInformation = { label: spoken }
    void vscode.commands.executeCommand('setContext', 'headlessJobs.paused', client.summary?.paused === true)
    void vscode.commands.executeCommand('setContext', 'headlessJobs.hasWorkers', client.summary?.workers !== undefined)
  }
  const listeners = [client.onDidChangeState(update), client.onDidChangeSummary(update), unseen.onDidChange(update)]
  // the time that is left goes on while nothing else changes
  const timer = setInterval(() => client.summary?.expectedEndAt !== undefined && update(), UPDATE_LEFT_MS)
  update()
  item.show()
  return vscode.Disposable.from(item, ...listeners, { dispose: () => clearInterval(timer) })
}
