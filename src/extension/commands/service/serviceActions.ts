// What “Show Job Service Status” can do: restart the service, move the store aside, copy a report. Each asks before a job is ended.
import { homedir } from 'node:os'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { ServiceReport, ServiceStatus } from '../../../core/protocol/facts'
import { REQUEST_TIMEOUT_MS } from '../../../core/protocol/limits'
import { showModal } from '../../quickInput/modal'
import { readSecretNames } from '../../settings/settings'
import { asideQuestion, reportText, restartQuestion } from '../../text/serviceText'
import type { CommandContext } from '../common/commandContext'

/** At once when nothing runs. */
export async function restartService(context: CommandContext): Promise<void> {
  const { client } = context
  const question = restartQuestion(client.summary?.counts ?? {})
  const answer = question && (await showModal(question.message, question.detail, question.close, ...question.actions))
  if (question && answer === undefined) return
  if (question && answer === question.later) {
    await client.service.restart({ when: 'idle' })
    void vscode.window.showInformationMessage(t('The job service restarts when the jobs that run have ended.'))
    return
  }
  await client.service.restart({ when: 'now' })
  if (await isStartedAnew(context)) void vscode.window.showInformationMessage(t('The job service has been restarted.'))
}

export async function moveStoreAside(context: CommandContext, report: ServiceReport): Promise<void> {
  const { client } = context
  const { message, detail, close, actions } = asideQuestion(client.summary?.counts ?? {}, report)
  if ((await showModal(message, detail, close, ...actions)) === undefined) return
  const { folder } = await client.service.moveStoreAside(null)
  if (!(await isStartedAnew(context))) return
  if (await isThere(folder)) {
    const open = t('Open Folder')
    const sentence = t`The store of jobs is in ${folder} now, and a new one was begun.`
    if ((await vscode.window.showInformationMessage(sentence, open)) === open) await openFolder(folder)
  } else {
    void vscode.window.showErrorMessage(
      t('The store of jobs could not be moved and is used as before; the log says why.'),
    )
  }
}

export async function copyReport(
  { client }: CommandContext,
  status: ServiceStatus,
  report: ServiceReport,
): Promise<void> {
  const text = reportText({
    status,
    report,
    summary: client.summary,
    secretNames: readSecretNames(),
    home: homedir(),
    now: Date.now() + client.clockOffsetMs,
    window: {
      editor: `${vscode.env.appName} ${vscode.version}${vscode.env.remoteName ? `, ${vscode.env.remoteName}` : ''}`,
      platform: `${process.platform} ${process.arch}, Node ${process.versions.node}`,
    },
  })
  await vscode.env.clipboard.writeText(text)
  void vscode.window.showInformationMessage(t('The report has been copied. It has no environment and no secrets.'))
}

/** On a desktop in the file manager, elsewhere in a window of its own. */
export async function openFolder(folder: string): Promise<void> {
  const uri = vscode.Uri.file(folder)
  const local = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop
  if (local) await vscode.commands.executeCommand('revealFileInOS', uri)
  else await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true })
}

/** Waits for the end of the service, which waits for the ends of jobs, and for the next one. */
async function isStartedAnew({ client }: CommandContext): Promise<boolean> {
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: t('The job service is ending…') },
    () => disconnected(client),
  )
  if (await client.connect({ start: true })) return true
  void vscode.window.showErrorMessage(
    client.message ?? t('The job service could not be started again; its log says why.'),
  )
  return false
}

function disconnected(client: CommandContext['client']): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      if (client.isConnected && !isLate) return
      clearTimeout(timer)
      listener.dispose()
      resolve()
    }
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      done()
    }, 4 * REQUEST_TIMEOUT_MS)
    const listener = client.onDidChangeState(done)
    done()
  })
}

function isThere(folder: string): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(vscode.Uri.file(folder))).then(
    () => true,
    () => false,
  )
}
