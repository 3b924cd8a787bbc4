// Open outputs follow what is written, as a terminal does: while their end is in sight it stays in sight. Who scrolls up reads on
// undisturbed, is shown so in the status bar and the title of the editor, and follows again at the end.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { Move } from '../text/outputStretch'
import { OUTPUT_SCHEME } from './outputAddress'
import type { OutputDocuments } from './outputDocuments'

/** What menus and keys in package.json ask for, of the active editor. */
const contexts = { isAway: 'headlessJobs.isAwayFromEnd', hasEarlier: 'headlessJobs.hasEarlierPart' }

export class FollowedOutputs implements vscode.Disposable {
  readonly #documents: OutputDocuments
  /** Of editors of outputs: whether the end was in sight before the last change, or will be as soon as VS Code has scrolled. */
  readonly #isAtEnd = new WeakMap<vscode.TextEditor, boolean>()
  /** Where the reader goes once the text of another part is there, by the address of the document. */
  readonly #moves = new Map<string, Move>()
  readonly #item = vscode.window.createStatusBarItem('headlessJobs.following', vscode.StatusBarAlignment.Right, 101)
  readonly #registrations: vscode.Disposable
  /** What was set last. */
  #set = ''

  constructor(documents: OutputDocuments) {
    this.#documents = documents
    this.#item.name = t('Headless Jobs: Output Followed')
    this.#registrations = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor(() => this.#show()),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
        if (isOutput(textEditor)) this.#look(textEditor)
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (document.uri.scheme === OUTPUT_SCHEME && contentChanges.length > 0) this.#changed(document)
      }),
      documents.onDidLook(() => this.#show()),
    )
  }

  dispose(): void {
    this.#registrations.dispose()
    this.#item.dispose()
  }

  /** Shows another part of a long output, or its end, in each editor of the document. */
  move(uri: vscode.Uri, move: Move): void {
    const isThere = move === 'end' && this.#documents.stateOf(uri).showsEnd
    if (!isThere) {
      this.#moves.set(uri.toString(), move)
      this.#documents.move(uri, move)
      return
    }
    for (const editor of editorsOf(uri)) this.#follow(editor)
  }

  #changed({ uri }: vscode.TextDocument): void {
    const move = this.#moves.get(uri.toString())
    this.#moves.delete(uri.toString())
    for (const editor of editorsOf(uri)) {
      const goal = move ?? (this.#isAtEnd.get(editor) ? 'end' : undefined)
      if (goal === 'end') {
        this.#follow(editor)
        continue
      }
      // what is before is read from its end on
      if (goal === 'earlier') revealEnd(editor)
      else if (goal !== undefined) reveal(editor, 0)
      this.#look(editor)
    }
  }

  /** What VS Code reports until it has scrolled is of before: more that comes in between is followed all the same. */
  #follow(editor: vscode.TextEditor): void {
    revealEnd(editor)
    this.#setAtEnd(editor, true)
  }

  #look(editor: vscode.TextEditor): void {
    this.#setAtEnd(editor, isEndInSight(editor))
  }

  #setAtEnd(editor: vscode.TextEditor, isAtEnd: boolean): void {
    this.#isAtEnd.set(editor, isAtEnd)
    const { uri } = editor.document
    this.#documents.hold(uri, !editorsOf(uri).some(other => this.#isAtEnd.get(other)))
    if (editor === vscode.window.activeTextEditor) this.#show()
  }

  #isEndShown(editor: vscode.TextEditor): boolean {
    return this.#isAtEnd.get(editor) ?? isEndInSight(editor)
  }

  /** The state of the active editor, in the status bar and for menus and keys. */
  #show(): void {
    const editor = vscode.window.activeTextEditor
    const uri = editor && isOutput(editor) ? editor.document.uri : undefined
    const { showsEnd, isLive } = uri ? this.#documents.stateOf(uri) : { showsEnd: true, isLive: false }
    const isAway = editor !== undefined && uri !== undefined && !(showsEnd && this.#isEndShown(editor))
    const hasEarlier = uri !== undefined && this.#documents.noticesOf(uri).above !== undefined
    const now = `${isAway} ${hasEarlier} ${isLive}`
    if (now === this.#set) return
    this.#set = now
    void vscode.commands.executeCommand('setContext', contexts.isAway, isAway)
    void vscode.commands.executeCommand('setContext', contexts.hasEarlier, hasEarlier)
    this.#item.text = isAway ? `$(debug-pause) ${t('Not Following')}` : `$(arrow-down) ${t('Following')}`
    this.#item.tooltip = isAway
      ? t('What the job writes comes below. Click to go to the end and follow it.')
      : t('The end of this output stays in sight while the job writes. Scroll up to read on undisturbed.')
    this.#item.command = isAway ? 'headlessJobs.goToEnd' : undefined
    if (isLive) this.#item.show()
    else this.#item.hide()
  }
}

function isOutput({ document }: vscode.TextEditor): boolean {
  return document.uri.scheme === OUTPUT_SCHEME
}

function editorsOf(uri: vscode.Uri): vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter(({ document }) => document.uri.toString() === uri.toString())
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
  reveal(editor, lastLine(editor.document))
}

function reveal(editor: vscode.TextEditor, line: number): void {
  const { start } = editor.document.lineAt(line).range
  editor.selection = new vscode.Selection(start, start)
  editor.revealRange(new vscode.Range(start, start), vscode.TextEditorRevealType.Default)
}
