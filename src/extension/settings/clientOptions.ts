// How the service client of this window identifies itself, and which state folder it uses.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { ClientOptions } from '../../client/base/clientOptions'
import { storageFolderSetting } from './settings'

export function clientOptions(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): ClientOptions {
  const { version } = context.extension.packageJSON as { version: string }
  const folders = vscode.workspace.workspaceFolders ?? []
  return {
    stateFolder: storageFolderSetting(),
    bundle: context.asAbsolutePath('dist/service.cjs'),
    version,
    workspace: folders
      .map(({ uri }) => uri.toString())
      .sort()
      .join('\n'),
    window: vscode.workspace.name ?? t('a window without a folder'),
    log: message => log.info(message),
  }
}
