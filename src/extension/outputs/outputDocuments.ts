// Outputs of jobs as read-only files of a scheme of their own; see outputAddress.ts. A long output is shown in parts, of which the
// last one follows what is written. The document of a job shows its latest attempt, also after a rerun.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { JobInfo } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { resultText } from '../../client/values/plainValues'
import { sentenceOf } from '../../core/base/sentence'
import { isFinal } from '../../core/jobs/job'
import { stateLabels } from '../../core/protocol/format'
import type { OutputPart } from '../text/outputModel'
import { MAX_SHOWN_BYTES, type Move, type Notice } from '../text/outputStretch'
import { type Address, addressOf, OUTPUT_SCHEME, type Target } from './outputAddress'
import { type Output, OutputSource } from './outputSource'
import { OutputText } from './outputText'

/** How often an open output polls for more, and for a rerun of its job. */
const POLL_INTERVAL_MS = 1000

/** What a document shows now. */
interface Found {
  target: Target
  output: Output
  startedAt: number
  /** More may be written to it. */
  isLive: boolean
}

/** A sentence instead of an output that cannot be shown. */
interface Placeholder {
  placeholder: string
  /** It must not replace what an open document shows. */
  isWorse?: true
}

/** What is known of a document while it is open. */
interface Document {
  /** Of the target that was shown last. */
  text: OutputText | undefined
  targetId: string
  isLive: boolean
  /** How often the reader went to another part. */
  moves: number
  /** The stamp of what was read last, and of what VS Code was last asked to read. */
  read: string
  notified: string
  /** The stamp of the last look, and when that was new: VS Code reads again what has another time. */
  seen: string
  changedAt: number
}

/** Where the output of an earlier attempt is now, instead of an empty document. */
function nothingSentence({ name, state, earlierAttempts = 0 }: JobInfo, part: OutputPart): string | undefined {
  if (earlierAttempts === 0) return undefined
  const attempt = earlierAttempts + 1
  const where = part === 'output' || part === 'value' ? '' : part
  const wrote = isFinal(state)
    ? where === ''
      ? t`Attempt ${attempt} of “${name}” ${stateLabels[state]} and wrote nothing.`
      : t`Attempt ${attempt} of “${name}” ${stateLabels[state]} and wrote nothing to ${where}.`
    : t`Attempt ${attempt} of “${name}” has written nothing yet.`
  return `${wrote}\n${t('“Show Earlier Attempt…” opens what was written before.')}\n`
}

/** The text of a value, made from so many bytes of stdout. */
interface ValueText {
  id: string
  total: number
  text: Promise<Uint8Array>
}

export class OutputDocuments implements vscode.FileSystemProvider, vscode.Disposable {
  readonly source: OutputSource
  readonly #client: ServiceClient
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>()
  readonly #looked = new vscode.EventEmitter<vscode.Uri>()
  readonly #registrations: vscode.Disposable
  readonly onDidChangeFile = this.#changed.event
  /** The output of an open document was looked at; what is known of it may have changed. */
  readonly onDidLook = this.#looked.event
  /** The last one: VS Code reads the size of a document first and then its text. */
  #valueText: ValueText | undefined
  /** By their addresses. */
  readonly #documents = new Map<string, Document>()

  constructor(client: ServiceClient) {
    this.#client = client
    this.source = new OutputSource(client)
    const isReadonly = new vscode.MarkdownString(t('This is what the job wrote; it cannot be changed.'))
    this.#registrations = vscode.Disposable.from(
      vscode.workspace.registerFileSystemProvider(OUTPUT_SCHEME, this, { isReadonly, isCaseSensitive: true }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#documents.delete(uri.toString())),
    )
  }

  /** What the document of this address shows now: the latest attempt, where it follows. */
  async targetOf(uri: vscode.Uri): Promise<Target | undefined> {
    const found = await this.#find(addressOf(uri))
    return 'placeholder' in found ? undefined : found.target
  }

  /** The lines above and below the part that an open document shows. */
  noticesOf(uri: vscode.Uri): { above?: Notice | undefined; below?: Notice | undefined } {
    const text = this.#documents.get(uri.toString())?.text
    return { above: text?.above, below: text?.below }
  }

  /** Where stderr stands in an open document that shows both streams. */
  stderrIn(uri: vscode.Uri): vscode.Range[] {
    const places = this.#documents.get(uri.toString())?.text?.stderrPlaces() ?? []
    return places.map(({ start, end }) => new vscode.Range(...start, ...end))
  }

  /** Whether an open document shows the end of its output, and whether more may be written. */
  stateOf(uri: vscode.Uri): { showsEnd: boolean; isLive: boolean } {
    const { text, isLive = false } = this.#documents.get(uri.toString()) ?? {}
    return { showsEnd: text?.follows ?? true, isLive }
  }

  /** The reader of an open document is not at its end, and not to be disturbed. */
  hold(uri: vscode.Uri, isHeld: boolean): void {
    const text = this.#documents.get(uri.toString())?.text
    if (text) text.isHeld = isHeld
  }

  /** Another part of a long output, in the same document. */
  move(uri: vscode.Uri, move: Move): void {
    const document = this.#documents.get(uri.toString())
    if (!document?.text) return
    document.text.move(move)
    document.moves++
    this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }])
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const address = addressOf(uri)
    const found = await this.#find(address)
    return {
      type: vscode.FileType.File,
      ctime: 'placeholder' in found ? 0 : found.startedAt,
      mtime: this.#look(uri, found).changedAt,
      size: await this.#sizeOf(found, address),
      permissions: vscode.FilePermission.Readonly,
    }
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const address = addressOf(uri)
    const found = await this.#find(address)
    const document = this.#look(uri, found)
    document.read = document.seen
    if ('placeholder' in found) return Buffer.from(found.placeholder)
    const { target, output } = found
    if (target.part === 'value') return this.#readValue(target, output.total)
    if (address.isRaw) return this.source.read(target)
    if (document.targetId !== target.id) document.text = undefined
    document.targetId = target.id
    document.text ??= new OutputText()
    const text = await document.text.text(output)
    this.#looked.fire(uri)
    return text
  }

  /** The attempt of the document, or the sentence why none can be shown. */
  async #find({ follows, isRaw: _, ...target }: Address): Promise<Found | Placeholder> {
    try {
      const place = await this.#client.service.place({ id: target.id })
      if (!place) return cleared()
      const { latest } = place
      const now = follows ? { ...target, id: latest.id } : target
      const output = await this.source.output(now)
      const nothing = follows && output.total === 0 && nothingSentence(latest, target.part)
      if (nothing) return { placeholder: nothing }
      const { submittedAt, startedAt = submittedAt, state } = latest
      return { target: now, output, startedAt: follows ? startedAt : 0, isLive: follows && !isFinal(state) }
    } catch (error) {
      return { placeholder: `${t`What the job wrote cannot be shown now: ${sentenceOf(error)}`}\n`, isWorse: true }
    }
  }

  /** Remembers what was found, and when it was another than before. */
  #look(uri: vscode.Uri, found: Found | Placeholder): Document {
    const key = uri.toString()
    const document = this.#documents.get(key) ?? this.#newDocument(key)
    const seen = stampOf(found, document)
    if (seen !== document.seen) document.changedAt = Math.max(Date.now(), document.changedAt + 1)
    document.seen = seen
    document.isLive = !('placeholder' in found) && found.isLive
    return document
  }

  #newDocument(key: string): Document {
    const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.toString()))
    // what was read and never opened as a text is not kept
    for (const other of this.#documents.keys()) if (!open.has(other)) this.#documents.delete(other)
    const document: Document = {
      ...{ text: undefined, targetId: '', isLive: false, moves: 0 },
      ...{ read: '', notified: '', seen: '', changedAt: 0 },
    }
    this.#documents.set(key, document)
    return document
  }

  /** That of a part is not known before it is read: what counts for VS Code is that it is not large. */
  async #sizeOf(found: Found | Placeholder, { isRaw }: Address): Promise<number> {
    if ('placeholder' in found) return Buffer.byteLength(found.placeholder)
    if (found.target.part === 'value') return (await this.#readValue(found.target, found.output.total)).length
    return isRaw ? found.output.total : Math.min(found.output.total, MAX_SHOWN_BYTES)
  }

  #readValue(target: Target, total: number): Promise<Uint8Array> {
    const { id } = target
    const last = this.#valueText
    if (last?.id === id && last.total === total) return last.text
    const text = this.#makeValueText(target)
    this.#valueText = { id, total, text }
    text.catch(() => {
      if (this.#valueText?.text === text) this.#valueText = undefined // a failed read may be repeated
    })
    return text
  }

  /** Empty until there is an answer. */
  async #makeValueText(target: Target): Promise<Uint8Array> {
    const [spec, answer] = await Promise.all([
      this.#client.service.getSpec({ id: target.id }),
      this.source.read(target),
    ])
    if (!spec?.protocol || answer.length === 0) return new Uint8Array()
    try {
      return Buffer.from(await resultText(answer, spec.protocol, this.#client.folders))
    } catch (error) {
      throw vscode.FileSystemError.Unavailable(t`The result cannot be read: ${sentenceOf(error)}`)
    }
  }

  /** Polls while the document is shown: its job may be run again at any time. The output of a cleared job stays shown. */
  watch(uri: vscode.Uri): vscode.Disposable {
    const address = addressOf(uri)
    let polling = false
    const poll = async () => {
      if (polling || this.#client.state !== 'connected') return
      polling = true
      const found = await this.#find(address)
      polling = false
      const document = this.#look(uri, found)
      this.#looked.fire(uri)
      const { read, notified, seen } = document
      if (('placeholder' in found && found.isWorse) || seen === read || seen === notified) return
      document.notified = seen
      this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }])
    }
    const timer = setInterval(() => void poll(), POLL_INTERVAL_MS)
    return new vscode.Disposable(() => clearInterval(timer))
  }

  readDirectory(): [string, vscode.FileType][] {
    return []
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri)
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri)
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri)
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri)
  }

  dispose(): void {
    this.#registrations.dispose()
    this.#changed.dispose()
    this.#looked.dispose()
  }
}

function cleared(): Placeholder {
  const sentence = t(
    'This job is not in the history of Headless Jobs any more:\nit was cleared, or it had become too old.',
  )
  return { placeholder: `${sentence}\n`, isWorse: true }
}

/** Changes when the content of the document changes; a part that does not follow stays as it is. */
function stampOf(found: Found | Placeholder, { text, targetId, moves }: Document): string {
  if ('placeholder' in found) return found.placeholder
  const { target, output } = found
  const isFixed = text?.follows === false && targetId === target.id
  return `${target.id} ${isFixed ? '' : output.total} ${moves}`
}
