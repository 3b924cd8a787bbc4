// Marks stderr in documents that show both streams by time: with a bar beside its lines and in the scroll bar, and a colour.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { OUTPUT_SCHEME } from './outputAddress'
import type { OutputDocuments } from './outputDocuments'

/** VS Code's own colour for what a debugged program writes to stderr, and a bar of the same for the margin. */
const COLOUR = 'debugConsole.errorForeground'
const bar = (colour: string) =>
  vscode.Uri.parse(
    `data:image/svg+xml;utf8,${encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M6 0h3v16h-3z" fill="${colour}"/></svg>`,
    )}`,
  )

export function markStderr(documents: OutputDocuments): vscode.Disposable {
  const mark = vscode.window.createTextEditorDecorationType({
    color: new vscode.ThemeColor(COLOUR),
    overviewRulerColor: new vscode.ThemeColor(COLOUR),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    light: { gutterIconPath: bar('#a1260d') },
    dark: { gutterIconPath: bar('#f48771') },
  })
  const show = (editors: readonly vscode.TextEditor[]) => {
    for (const editor of editors) {
      const { uri } = editor.document
      if (uri.scheme !== OUTPUT_SCHEME) continue
      const hoverMessage = t('Written to stderr')
      editor.setDecorations(
        mark,
        documents.stderrIn(uri).map(range => ({ range, hoverMessage })),
      )
    }
  }
  const of = (uri: vscode.Uri) =>
    vscode.window.visibleTextEditors.filter(({ document }) => document.uri.toString() === uri.toString())
  return vscode.Disposable.from(
    mark,
    vscode.window.onDidChangeVisibleTextEditors(show),
    vscode.workspace.onDidChangeTextDocument(({ document }) => show(of(document.uri))),
    vscode.workspace.onDidOpenTextDocument(({ uri }) => show(of(uri))),
  )
}
