// Entry of the extension: creates its parts and connects them.
import './l10n'
import * as vscode from 'vscode'
import type { HeadlessJobsExtension } from '../api'
import { PublicApi } from '../client/api/publicApi'
import { ServiceClient } from '../client/connection/serviceClient'
import type { Extensions } from '../client/jobs/jobHub'
import { queueNames } from '../core/jobs/queueConfig'
import type { ToJobsPage } from '../core/pages/jobsPage'
import { registerCommands, runForUser } from './commands/commands'
import { FollowedOutputs } from './outputs/followedOutputs'
import { OutputDocuments } from './outputs/outputDocuments'
import { OutputLinks } from './outputs/outputLinks'
import { markStderr } from './outputs/stderrMarks'
import { CommandHistory } from './quickInput/commandHistory'
import { clientOptions } from './settings/clientOptions'
import { onDidChangeShown, readColumns, readQueueSetting, SettingsSync, shownQueues } from './settings/settings'
import { defaultCwd } from './settings/workspaceContext'
import { OWN_ID } from './text/notificationModel'
import { restoreReports } from './timeline/reportPanels'
import { TimelinePanels } from './timeline/timelinePanels'
import { jobsView } from './views/jobsView'
import { notifyMeanwhile } from './views/meanwhile'
import { Notifications } from './views/notifications'
import { registerPageView } from './views/pageHost'
import { PageRequests } from './views/pageRequests'
import { createStatusBar } from './views/statusBar'
import { UnseenFailures } from './views/unseenFailures'

/** Returns at once; connects to a running job service and starts none. */
export function activate(context: vscode.ExtensionContext): HeadlessJobsExtension {
  const log = vscode.window.createOutputChannel('Headless Jobs', { log: true })
  const client = new ServiceClient(clientOptions(context, log))
  const isTrusted = () => vscode.workspace.isTrusted
  const queues = () => queueNames(readQueueSetting())
  const host = { defaultCwd, extensions, isTrusted, queues, log: (message: string) => log.info(message) }
  const publicApi = new PublicApi(client, host)
  const documents = new OutputDocuments(client)
  const outputs = new FollowedOutputs(documents)
  const notifications = new Notifications(client, publicApi.onDidEnd, log, context.globalState)
  const viewRequests = new PageRequests<ToJobsPage>(() => runForUser('headlessJobs.jobs.focus'))
  const timelines = new TimelinePanels(context.extensionUri, client, runForUser)
  const unseen = new UnseenFailures(client, context.workspaceState)
  const view = jobsView(client, {
    unseen,
    kept: context.workspaceState,
    requests: viewRequests,
    isTrusted,
    onDidChangeTrust: vscode.workspace.onDidGrantWorkspaceTrust,
    readColumns,
    readQueues: () => shownQueues(client),
    onDidChangeShown,
    run: runForUser,
  })
  context.subscriptions.push(
    log,
    client,
    new SettingsSync(client, log),
    unseen,
    createStatusBar(client, unseen),
    notifications,
    notifyMeanwhile(client, log),
    documents,
    timelines,
    restoreReports(),
    outputs,
    new OutputLinks(client, documents),
    markStderr(documents),
    registerPageView(context.extensionUri, view),
    registerCommands({
      client,
      api: publicApi.forOwner(OWN_ID, { resultsInHistory: true }),
      callbackApi: publicApi.forOwner(OWN_ID),
      documents,
      outputs,
      notifications,
      timelines,
      view: viewRequests,
      submitHistory: new CommandHistory(context.globalState, 'commandLines'),
      filesHistory: new CommandHistory(context.globalState, 'fileCommandLines'),
      log,
    }),
  )
  client.connect({ start: false }).catch(error => log.warn(`The job service was not reached: ${String(error)}`))
  return publicApi.exports
}

/** Not yet activated ones too: a result may wait for one of them. */
const extensions: Extensions = {
  has: id => vscode.extensions.getExtension(id) !== undefined,
  activate: async id => vscode.extensions.getExtension(id)?.activate(),
}
