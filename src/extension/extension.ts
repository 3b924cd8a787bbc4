// Entry of the extension: puts its parts together. Runs in the window.
import * as vscode from 'vscode'
import type { HeadlessJobsExtension } from '../api'
import { clientOptions } from './clientOptions'
import { registerCommands, runForUser } from './commands'
import { JobsView } from './jobsView'
import { LineHistory } from './lineHistory'
import { OWN_ID } from './notificationModel'
import { Notifications } from './notifications'
import { OutputDocuments } from './outputDocuments'
import { PublicApi } from './publicApi'
import { ServiceClient } from './serviceClient'
import { SettingsSync } from './settings'
import { createStatusBar } from './statusBar'
import { defaultCwd } from './workspaceContext'

/** Returns at once; a job service that is there is connected to, none is started. */
export function activate(context: vscode.ExtensionContext): HeadlessJobsExtension {
  const log = vscode.window.createOutputChannel('Headless Jobs', { log: true })
  const client = new ServiceClient(clientOptions(context, log))
  const isTrusted = () => vscode.workspace.isTrusted
  const publicApi = new PublicApi(client, { defaultCwd, isTrusted, log: message => log.info(message) })
  const documents = new OutputDocuments(client)
  const notifications = new Notifications(client, publicApi.onDidEnd, log)
  const view = new JobsView(context.extensionUri, client, {
    isTrusted,
    onDidChangeTrust: vscode.workspace.onDidGrantWorkspaceTrust,
    run: runForUser,
  })
  context.subscriptions.push(
    log,
    client,
    new SettingsSync(client, log),
    createStatusBar(client),
    notifications,
    documents,
    vscode.window.registerWebviewViewProvider(JobsView.id, view),
    registerCommands({
      client,
      api: publicApi.forOwner(OWN_ID, { keep: true }),
      callbackApi: publicApi.forOwner(OWN_ID),
      documents,
      notifications,
      lines: new LineHistory(context.globalState, 'commandLines'),
      fileLines: new LineHistory(context.globalState, 'fileCommandLines'),
      log,
    }),
  )
  client.connect({ start: false }).catch(error => log.warn(`The job service was not reached: ${String(error)}`))
  return publicApi.exports
}
