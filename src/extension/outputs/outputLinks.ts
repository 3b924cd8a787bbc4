// Links in outputs: places in files that tracebacks name, and what can be done above and below a part of a long output.
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { type FilePlace, placesIn } from '../text/fileLinks'
import type { Notice } from '../text/outputStretch'
import { addressOf, OUTPUT_SCHEME } from './outputAddress'
import type { OutputDocuments } from './outputDocuments'

/** So many different files are looked for while links are made; of the others it is said when they are opened. */
const MAX_CHECKED_FILES = 500
/** So long lines are searched before the window may do something else. */
const SLICE_MS = 10
/** Opens a place, or says that its file is not there. */
const OPEN_PLACE = '_headlessJobs.openPlace'

/** A place in a line of the document, with the whole path of its file. */
interface Found extends FilePlace {
  row: number
  file: string
}

export class OutputLinks implements vscode.DocumentLinkProvider, vscode.Disposable {
  readonly #client: ServiceClient
  readonly #documents: OutputDocuments
  readonly #registrations: vscode.Disposable
  /** The folder of the job whose output was looked at last. */
  #folder: { id: string; cwd: string } | undefined

  constructor(client: ServiceClient, documents: OutputDocuments) {
    this.#client = client
    this.#documents = documents
    this.#registrations = vscode.Disposable.from(
      vscode.languages.registerDocumentLinkProvider({ scheme: OUTPUT_SCHEME }, this),
      vscode.commands.registerCommand(OPEN_PLACE, openPlace),
    )
  }

  dispose(): void {
    this.#registrations.dispose()
  }

  async provideDocumentLinks(
    document: vscode.TextDocument,
    token: vscode.CancellationToken,
  ): Promise<vscode.DocumentLink[]> {
    const { uri } = document
    const { above, below } = this.#documents.noticesOf(uri)
    const notices = [...linksOfNotice(document, 0, above), ...linksOfNotice(document, lineOfNotice(document), below)]
    const { id, part } = addressOf(uri)
    if (part === 'value') return notices
    const cwd = await this.#folderOf(id)
    if (cwd === undefined || token.isCancellationRequested) return notices
    const found: Found[] = []
    for (let row = 0, stopAt = performance.now() + SLICE_MS; row < document.lineCount; row++) {
      if (performance.now() > stopAt) {
        await new Promise(setImmediate)
        if (token.isCancellationRequested) return notices
        stopAt = performance.now() + SLICE_MS
      }
      if (row >= document.lineCount) break // it has become another text
      for (const place of placesIn(document.lineAt(row).text))
        found.push({ ...place, row, file: wholePath(place.path, cwd) })
    }
    const files = [...new Set(found.map(({ file }) => file))]
    const missing = await missingOf(files.slice(0, MAX_CHECKED_FILES))
    const checked = new Set(files.slice(0, MAX_CHECKED_FILES))
    return [...notices, ...found.filter(({ file }) => !missing.has(file)).map(place => linkOf(place, checked))]
  }

  async #folderOf(id: string): Promise<string | undefined> {
    if (this.#folder?.id !== id) {
      const spec = await this.#client.service.getSpec({ id }).catch(() => undefined)
      this.#folder = spec && { id, cwd: spec.cwd }
    }
    return this.#folder?.cwd
  }
}

function wholePath(written: string, cwd: string): string {
  return /^~[\\/]/.test(written) ? path.join(homedir(), written.slice(2)) : path.resolve(cwd, written)
}

async function missingOf(files: readonly string[]): Promise<Set<string>> {
  const isFile = async (file: string) => (await stat(file).catch(() => undefined))?.isFile() ?? false
  const there = await Promise.all(files.map(isFile))
  return new Set(files.filter((_, i) => !there[i]))
}

function linkOf({ row, start, end, file, line, column = 1 }: Found, checked: ReadonlySet<string>): vscode.DocumentLink {
  // VS Code opens a file at the place that stands in the fragment
  const target = checked.has(file)
    ? vscode.Uri.file(file).with({ fragment: `L${line},${column}` })
    : commandUri(OPEN_PLACE, file, line, column)
  const link = new vscode.DocumentLink(new vscode.Range(row, start, row, end), target)
  link.tooltip = t('Open File')
  return link
}

async function openPlace(file: string, line: number, column: number): Promise<void> {
  const at = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1))
  if ((await missingOf([file])).size > 0) void vscode.window.showInformationMessage(t`There is no file ${file}.`)
  else await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(at, at) })
}

/** The last line with text. */
function lineOfNotice(document: vscode.TextDocument): number {
  return Math.max(0, document.lineCount - 2)
}

function linksOfNotice(document: vscode.TextDocument, row: number, notice: Notice | undefined): vscode.DocumentLink[] {
  const { text } = document.lineAt(row)
  if (notice?.text !== text) return []
  return notice.actions.map(({ words, command }) => {
    const start = text.indexOf(`[${words}]`) + 1
    const range = new vscode.Range(row, start, row, start + words.length)
    const link = new vscode.DocumentLink(range, commandUri(command, document.uri.toString()))
    link.tooltip = words
    return link
  })
}

function commandUri(command: string, ...args: readonly unknown[]): vscode.Uri {
  return vscode.Uri.parse(`command:${command}?${encodeURIComponent(JSON.stringify(args))}`)
}
