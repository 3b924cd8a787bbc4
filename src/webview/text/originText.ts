// From which window a row is, when it is another than the one that shows it.
import { t } from '@vscode/l10n'
import type { RowOrigin } from '../../core/protocol/facts'

/** Folders that are named; a workspace may have many. */
const MAX_FOLDERS = 3

/** `another window of this workspace`, `the window “atlas”, /home/me/atlas`, `an earlier window of /home/me/atlas`. */
export function originText({ window, workspace }: RowOrigin): string {
  if (workspace === undefined)
    return window === undefined ? t('an earlier window of this workspace') : t('another window of this workspace')
  const folders = foldersText(workspace)
  if (window !== undefined) return folders === '' ? window : t`the window “${window}”, ${folders}`
  return folders === '' ? t('an earlier window without a folder') : t`an earlier window of ${folders}`
}

/** The paths of a workspace, which is a list of addresses. */
function foldersText(workspace: string): string {
  const folders = workspace.split('\n').filter(folder => folder !== '')
  const named = folders.slice(0, MAX_FOLDERS).map(pathOf)
  return folders.length > MAX_FOLDERS ? t`${named.join(', ')} and more` : named.join(', ')
}

function pathOf(folder: string): string {
  const [, path = folder] = /^[a-z][\w+.-]*:\/\/[^/]*(\/.*)$/i.exec(folder) ?? []
  try {
    return decodeURIComponent(path)
  } catch {
    return path // an address that was cut
  }
}
