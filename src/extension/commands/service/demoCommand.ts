// “Run Demo”: the two demonstrations, with their progress in a notification; and the script of one to be read.
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { HeadlessJobsApi } from '../../../api'
import { runDemo as runBoth } from '../../../client/api/demo'
import { selectedPython } from '../../settings/pythonInterpreter'
import { mayStartJobs } from '../../settings/trust'
import { onWindows } from '../../settings/workspaceContext'
import { OWN_ID } from '../../text/notificationModel'
import type { Command } from '../common/commandContext'

/** Returns the counts of `DemoReport`. */
export const runDemo: Command = async ({ callbackApi, log }) => {
  const extension = vscode.extensions.getExtension(OWN_ID)
  if (!extension || !mayStartJobs()) return undefined
  void vscode.commands.executeCommand('headlessJobs.jobs.focus')
  const python = (await selectedPython(log)) ?? (onWindows ? 'python' : 'python3')
  const report = await withProgress(callbackApi, path.join(extension.extensionPath, 'examples'), python)
  const { jobs, succeeded, failed, callbacks, seconds } = report
  const took = seconds.toFixed(1)
  const text =
    failed > 0
      ? t`The demo has run ${jobs} jobs in ${took} s: ${succeeded} succeeded, ${failed} failed, were cancelled or gave wrong values, ${callbacks} callbacks were called.`
      : t`The demo has run ${jobs} jobs in ${took} s: ${succeeded} succeeded, 0 failed, ${callbacks} callbacks were called.`
  void (failed > 0 ? vscode.window.showWarningMessage(text) : vscode.window.showInformationMessage(text))
  return report
}

/** Opens the worker of the first demonstration, and returns its path. */
export const openExample: Command = async () => {
  const file = path.join(vscode.extensions.getExtension(OWN_ID)?.extensionPath ?? '', 'examples', 'noise.py')
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file))
  return file
}

function withProgress(api: HeadlessJobsApi, scripts: string, python: string) {
  const options = { location: vscode.ProgressLocation.Notification, title: t('Headless Jobs demo') }
  return vscode.window.withProgress(options, progress =>
    runBoth(api, {
      scripts,
      python,
      onProgress: (done, total) => progress.report({ message: t`${done} of ${total}`, increment: 100 / total }),
    }),
  )
}
