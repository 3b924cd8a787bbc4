// Jobs are not started from a workspace that is not trusted: commands check it here, the API in the client's hub. The job
// service itself may run.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'

/** Whether jobs may be started here; says why when not, and offers to change it. */
export function mayStartJobs(): boolean {
  if (vscode.workspace.isTrusted) return true
  void explain()
  return false
}

async function explain(): Promise<void> {
  const manage = t('Manage Workspace Trust')
  const message = t('Jobs cannot be started in a workspace that is not trusted: a job runs programs with your rights.')
  if ((await vscode.window.showWarningMessage(message, manage)) === manage) {
    await vscode.commands.executeCommand('workbench.trust.manage')
  }
}
