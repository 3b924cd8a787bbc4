// What every command has at hand. Runs in the window.
import type * as vscode from 'vscode'
import type { HeadlessJobsApi } from '../api'
import type { LineHistory } from './lineHistory'
import type { Notifications } from './notifications'
import type { OutputDocuments } from './outputDocuments'
import type { ServiceClient } from './serviceClient'

export interface CommandContext {
  client: ServiceClient
  /** Submits in the name of this extension: results stay in the history. */
  api: HeadlessJobsApi
  /** The same for callbacks, which are given the values. */
  callbackApi: HeadlessJobsApi
  documents: OutputDocuments
  notifications: Notifications
  /** Past command lines of “Submit Job…”, and of “Run Command on Files…”. */
  lines: LineHistory
  fileLines: LineHistory
  log: vscode.LogOutputChannel
}

/** What a command does with the arguments that it was called with, and what it returns to the caller. */
export type Command = (context: CommandContext, ...args: unknown[]) => unknown
