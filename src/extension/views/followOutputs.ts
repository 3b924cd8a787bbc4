// Open outputs follow what is written, as a terminal does: while their end is in sight it stays in sight. Who scrolls up reads on
// undisturbed, and follows again at the end.
import * as vscode from 'vscode'
import { OUTPUT_SCHEME } from './outputDocuments'

export function followOutputs(): vscode.Disposable {
  /** Of editors of outputs: whether the end was in sight before the last change. */
  const isAtEnd = new WeakMap<vscode.TextEditor, boolean>()
  const look = (editor: vscode.TextEditor) => isAtEnd.set(editor, isEndInSight(editor))
  const isOutput = ({ uri }: vscode.TextDocument) => uri.scheme === OUTPUT_SCHEME
  return vscode.Disposable.from(
    vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
      if (isOutput(textEditor.document)) look(textEditor)
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (!isOutput(document) || contentChanges.length === 0) return
      for (const editor of vscode.window.visibleTextEditors)
        if (editor.document === document && isAtEnd.get(editor)) revealEnd(editor)
    }),
  )
}

/** What is below the last line that has text. */
function isEndInSight({ document, visibleRanges }: vscode.TextEditor): boolean {
  const last = visibleRanges.at(-1)?.end.line ?? 0
  return last >= lastLine(document)
}

function lastLine(document: vscode.TextDocument): number {
  let line = document.lineCount - 1
  while (line > 0 && document.lineAt(line).isEmptyOrWhitespace) line--
  return line
}

/** Shows the last line that has text, with the cursor in it. */
export function revealEnd(editor: vscode.TextEditor): void {
  const end = editor.document.lineAt(lastLine(editor.document)).range.start
  editor.selection = new vscode.Selection(end, end)
  editor.revealRange(new vscode.Range(end, end), vscode.TextEditorRevealType.Default)
}
