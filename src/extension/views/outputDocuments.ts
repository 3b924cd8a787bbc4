// Outputs of jobs as read-only files of their own scheme: `headless-jobs:/<job id>/<stdout|stderr|value>/<name>`
// shows the latest attempt of its job, also after a rerun; `…/<job id>/earlier/…` is one attempt.
import { readFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import type { JobInfo } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { resultText } from '../../client/values/plainValues'
import { sentenceOf } from '../../core/base/sentence'
import { isFinal } from '../../core/jobs/job'
import type { OutputSlice } from '../../core/protocol/facts'
import { stateLabels } from '../../core/protocol/format'
import { MAX_LIST_BYTES } from '../../core/protocol/limits'
import { type OutputPart, outputName } from '../text/outputModel'

export const OUTPUT_SCHEME = 'headless-jobs'
/** How often an open output polls for more, and for a rerun of its job. */
const POLL_INTERVAL_MS = 1000

export type Stream = 'stdout' | 'stderr'

/** The output of one attempt: that of the job itself, or one that was retried. */
interface Target {
  id: string
  part: OutputPart
  retry?: number
}

/** A document: it follows the job to its latest attempt, or shows the target alone. */
interface Address extends Target {
  follows: boolean
}

const addressPattern = /^\/([^/]+)\/(?:(earlier)(?:-(\d+))?\/)?(stdout|stderr|value)\//

function addressOf(uri: vscode.Uri): Address {
  const [, id, earlier, attempt, part] = addressPattern.exec(uri.path) ?? []
  if (id === undefined) throw vscode.FileSystemError.FileNotFound(uri)
  const retry = Number(attempt ?? 0)
  return { id, part: part as OutputPart, follows: earlier === undefined, ...(retry > 0 && { retry }) }
}

/** What a document shows now. */
interface Found {
  target: Target
  /** Bytes of the stream. */
  total: number
  startedAt: number
  changedAt: number
}

/** A sentence instead of an output that cannot be shown. */
interface Placeholder {
  placeholder: string
  changedAt: number
  /** It must not replace what an open document shows. */
  isWorse?: true
}

const cleared: Placeholder = {
  placeholder: 'This job is not in the history of Headless Jobs any more:\nit was cleared, or it had become too old.\n',
  changedAt: 0,
  isWorse: true,
}

/** Where the output of an earlier attempt is now, instead of an empty document. */
function nothingSentence({ name, state, earlierAttempts = 0 }: JobInfo, part: OutputPart): string | undefined {
  if (earlierAttempts === 0) return undefined
  const stream = part === 'value' ? 'stdout' : part
  const wrote = isFinal(state)
    ? `${stateLabels[state]} and wrote nothing to ${stream}`
    : `has written nothing to ${stream} yet`
  return `Attempt ${earlierAttempts + 1} of “${name}” ${wrote}.\n“Show Earlier Attempt…” opens what was written before.\n`
}

/** Changes when the content of the document changes. */
function stampOf(found: Found | Placeholder): string {
  return 'placeholder' in found ? found.placeholder : `${found.target.id} ${found.total}`
}

/** The text of a value, made from so many bytes of stdout. */
interface ValueText {
  id: string
  total: number
  text: Promise<Uint8Array>
}

export class OutputDocuments implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #client: ServiceClient
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>()
  readonly #registration: vscode.Disposable
  readonly onDidChangeFile = this.#changed.event
  /** The last one: VS Code reads the size of a document first and then its text. */
  #valueText: ValueText | undefined
  /** The stamp of what was read last of each document. */
  readonly #read = new Map<string, string>()

  constructor(client: ServiceClient) {
    this.#client = client
    const isReadonly = new vscode.MarkdownString('This is what the job wrote; it cannot be changed.')
    this.#registration = vscode.workspace.registerFileSystemProvider(OUTPUT_SCHEME, this, {
      isReadonly,
      isCaseSensitive: true,
    })
  }

  uriOf(id: string, part: OutputPart, jobName: string): vscode.Uri {
    return vscode.Uri.from({ scheme: OUTPUT_SCHEME, path: `/${id}/${part}/${outputName(jobName, part)}` })
  }

  /** One attempt as it was, with its number in the name. */
  uriOfAttempt({ id, part, retry = 0 }: Target, number: number, jobName: string): vscode.Uri {
    const which = retry > 0 ? `earlier-${retry}` : 'earlier'
    const path = `/${id}/${which}/${part}/${outputName(jobName, part, number)}`
    return vscode.Uri.from({ scheme: OUTPUT_SCHEME, path })
  }

  /** Of the stream; that of a value is stdout. */
  slice({ id, part, retry }: Target, offset: number, length: number): Promise<OutputSlice> {
    const stream = part === 'value' ? 'stdout' : part
    return this.#client.service.output({ id, stream, offset, length, ...(retry !== undefined && { attempt: retry }) })
  }

  /** The whole stream up to now. */
  async read(target: Target): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let read = 0
    for (;;) {
      const { base64, total, file } = await this.slice(target, read, MAX_LIST_BYTES)
      if (file !== undefined) return readFile(file)
      const part = Buffer.from(base64, 'base64')
      parts.push(part)
      read += part.length
      if (part.length === 0 || read >= total) return Buffer.concat(parts)
    }
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const found = await this.#find(addressOf(uri))
    return {
      type: vscode.FileType.File,
      ctime: 'placeholder' in found ? 0 : found.startedAt,
      mtime: found.changedAt,
      size: await this.#sizeOf(found),
      permissions: vscode.FilePermission.Readonly,
    }
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const found = await this.#find(addressOf(uri))
    this.#read.set(uri.toString(), stampOf(found))
    return this.#textOf(found)
  }

  /** The attempt of the document, or the sentence why none can be shown. */
  async #find({ follows, ...target }: Address): Promise<Found | Placeholder> {
    try {
      const place = await this.#client.service.place({ id: target.id })
      if (!place) return cleared
      const { latest } = place
      const now = follows ? { ...target, id: latest.id } : target
      const { total } = await this.slice(now, 0, 0)
      if (!follows) return { target: now, total, startedAt: 0, changedAt: total }
      const { submittedAt, startedAt = submittedAt, endedAt } = latest
      // it must grow with each change: outputs only grow, and a rerun starts after the end of the attempt before it
      const changedAt = endedAt ?? startedAt + total
      const nothing = total === 0 && nothingSentence(latest, target.part)
      return nothing ? { placeholder: nothing, changedAt } : { target: now, total, startedAt, changedAt }
    } catch (error) {
      return {
        placeholder: `What the job wrote cannot be shown now: ${sentenceOf(error)}\n`,
        changedAt: 0,
        isWorse: true,
      }
    }
  }

  async #sizeOf(found: Found | Placeholder): Promise<number> {
    return 'placeholder' in found || found.target.part === 'value' ? (await this.#textOf(found)).length : found.total
  }

  async #textOf(found: Found | Placeholder): Promise<Uint8Array> {
    if ('placeholder' in found) return Buffer.from(found.placeholder)
    return found.target.part === 'value' ? this.#readValue(found.target, found.total) : this.read(found.target)
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
    const [spec, answer] = await Promise.all([this.#client.service.getSpec({ id: target.id }), this.read(target)])
    if (!spec?.protocol || answer.length === 0) return new Uint8Array()
    try {
      return Buffer.from(await resultText(answer, spec.protocol, this.#client.folders))
    } catch (error) {
      throw vscode.FileSystemError.Unavailable(`The result cannot be read: ${(error as Error).message}`)
    }
  }

  /** Polls while the document is open: its job may be run again at any time. The output of a cleared job stays shown. */
  watch(uri: vscode.Uri): vscode.Disposable {
    const address = addressOf(uri)
    const key = uri.toString()
    let notified = ''
    let polling = false
    const poll = async () => {
      if (polling || this.#client.state !== 'connected') return
      polling = true
      const found = await this.#find(address)
      polling = false
      const now = stampOf(found)
      if (('placeholder' in found && found.isWorse) || now === this.#read.get(key) || now === notified) return
      notified = now
      this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }])
    }
    const timer = setInterval(() => void poll(), POLL_INTERVAL_MS)
    return new vscode.Disposable(() => {
      clearInterval(timer)
      this.#read.delete(key)
    })
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
    this.#registration.dispose()
    this.#changed.dispose()
  }
}
