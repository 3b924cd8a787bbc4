// A modal question: the window does nothing else until it is answered.
import * as vscode from 'vscode'

/**
 * Resolves with one of the actions, or `undefined` when none was chosen.
 * @param close the label of the button for that: VS Code's own “Cancel” could be read as the cancelling of jobs
 */
export async function showModal(
  message: string,
  detail: string,
  close: string,
  ...actions: string[]
): Promise<string | undefined> {
  const items = actions.map(title => ({ title }))
  const closeItem = { title: close, isCloseAffordance: true }
  const chosen = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...items, closeItem)
  return chosen === closeItem ? undefined : chosen?.title
}
