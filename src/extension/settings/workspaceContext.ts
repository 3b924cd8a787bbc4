// Where jobs of this window run and what their variables mean.
import { homedir } from 'node:os'
import path from 'node:path'
import * as vscode from 'vscode'
import { readEnvironment } from './settings'
import type { VariableContext } from './variables'

export const onWindows = process.platform === 'win32'

/** Whether programs of the user's desktop see the files of this window: not in a browser, nor on another machine. */
export function isOnDesktop(): boolean {
  return vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop
}

/** The first workspace folder, else the home folder. */
export function defaultCwd(): string {
  return vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? homedir()
}

/** Makes contexts of jobs in this folder, each about a file; settings are read once for all of them. */
export function variableContexts(cwd = defaultCwd()): (file?: string) => VariableContext {
  const env = readEnvironment()
  const first = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath
  return file => ({
    file,
    workspaceFolder: (file && vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath) || first,
    userHome: homedir(),
    cwd,
    env,
    windows: path.sep === '\\',
  })
}

/** The file in the active editor, if it is one on disk. */
export function activeFile(): string | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri
  return uri?.scheme === 'file' ? uri.fsPath : undefined
}
