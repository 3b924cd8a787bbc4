// What commands use.
import type * as vscode from 'vscode'
import type { HeadlessJobsApi } from '../../../api'
import type { ServiceClient } from '../../../client/connection/serviceClient'
import type { ToJobsPage } from '../../../core/pages/jobsPage'
import type { FollowedOutputs } from '../../outputs/followedOutputs'
import type { OutputDocuments } from '../../outputs/outputDocuments'
import type { CommandHistory } from '../../quickInput/commandHistory'
import type { TimelinePanels } from '../../timeline/timelinePanels'
import type { Notifications } from '../../views/notifications'
import type { PageRequests } from '../../views/pageRequests'

export interface CommandContext {
  client: ServiceClient
  /** Submits as this extension: results stay in the history. */
  api: HeadlessJobsApi
  /** The same for callbacks, which are given the values. */
  callbackApi: HeadlessJobsApi
  documents: OutputDocuments
  outputs: FollowedOutputs
  notifications: Notifications
  timelines: TimelinePanels
  /** What the view is asked to show. */
  view: PageRequests<ToJobsPage>
  /** Past command lines of “Submit Job…”, and of “Run Command on Files…”. */
  submitHistory: CommandHistory
  filesHistory: CommandHistory
  log: vscode.LogOutputChannel
}

/** What a command does with the arguments that it was called with, and what it returns to the caller. */
export type Command = (context: CommandContext, ...args: unknown[]) => unknown
