// A question that is answered before anything else goes on.
import * as vscode from 'vscode'

/**
 * One of the actions; `undefined` when nothing is to be done.
 * @param leave says so on the button for that: VS Code's own “Cancel” could be read as the cancelling of jobs
 */
export async function askModally(
  message: string,
  detail: string,
  leave: string,
  ...actions: string[]
): Promise<string | undefined> {
  const items = actions.map(title => ({ title }))
  const close = { title: leave, isCloseAffordance: true }
  const chosen = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...items, close)
  return chosen === close ? undefined : chosen?.title
}
