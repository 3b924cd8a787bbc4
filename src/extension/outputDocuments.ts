// What jobs wrote, as read-only files of their own scheme: `headless-jobs:/<job id>/<stdout|stderr|value>/<name>`. An open
// one follows its job. Runs in the window.
import { readFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { isFinal } from '../core/job'
import { MAX_LIST_BYTES, type OutputSlice } from '../core/protocol'
import { type OutputPart, outputName } from './outputModel'
import { resultText } from './plainValues'
import type { ServiceClient } from './serviceClient'

export const OUTPUT_SCHEME = 'headless-jobs'
/** How often an open output of a running job looks for more. */
const FOLLOW_INTERVAL_MS = 1000

export type Stream = 'stdout' | 'stderr'

interface Address {
  id: string
  part: OutputPart
}

function addressOf(uri: vscode.Uri): Address {
  const [, id = '', part = ''] = uri.path.split('/')
  if (part !== 'stdout' && part !== 'stderr' && part !== 'value') throw vscode.FileSystemError.FileNotFound(uri)
  return { id, part }
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
  /** The last one: whoever opens a document asks for its size and then for its text. */
  #valueText: ValueText | undefined

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

  /** Of the stream; that of a value is stdout. */
  slice({ id, part }: Address, offset: number, length: number): Promise<OutputSlice> {
    return this.#client.service.output({ id, stream: part === 'value' ? 'stdout' : part, offset, length })
  }

  /** All of the stream that there is by now. */
  async read(address: Address): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let read = 0
    for (;;) {
      const { base64, total, file } = await this.slice(address, read, MAX_LIST_BYTES)
      if (file !== undefined) return readFile(file)
      const part = Buffer.from(base64, 'base64')
      parts.push(part)
      read += part.length
      if (part.length === 0 || read >= total) return Buffer.concat(parts)
    }
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const address = addressOf(uri)
    try {
      const { total } = await this.slice(address, 0, 0)
      const job = await this.#job(address.id)
      const size = address.part === 'value' ? (await this.#readValue(address, total)).length : total
      return {
        type: vscode.FileType.File,
        ctime: job?.startedAt ?? 0,
        mtime: job?.endedAt ?? (job?.startedAt ?? 0) + total, // it only grows: a larger one is a later one
        size,
        permissions: vscode.FilePermission.Readonly,
      }
    } catch (error) {
      throw error instanceof vscode.FileSystemError ? error : vscode.FileSystemError.FileNotFound(uri)
    }
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const address = addressOf(uri)
    if (address.part !== 'value') return this.read(address)
    const { total } = await this.slice(address, 0, 0)
    return this.#readValue(address, total)
  }

  #readValue(address: Address, total: number): Promise<Uint8Array> {
    const { id } = address
    const last = this.#valueText
    if (last?.id === id && last.total === total) return last.text
    const text = this.#makeValueText(address)
    this.#valueText = { id, total, text }
    text.catch(() => {
      if (this.#valueText?.text === text) this.#valueText = undefined // what failed may be tried again
    })
    return text
  }

  /** Nothing until there is an answer. */
  async #makeValueText(address: Address): Promise<Uint8Array> {
    const [spec, answer] = await Promise.all([this.#client.service.getSpec({ id: address.id }), this.read(address)])
    if (!spec?.protocol || answer.length === 0) return new Uint8Array()
    try {
      return Buffer.from(await resultText(answer, spec.protocol, this.#client.folders))
    } catch (error) {
      throw vscode.FileSystemError.Unavailable(`The result cannot be read: ${(error as Error).message}`)
    }
  }

  watch(uri: vscode.Uri): vscode.Disposable {
    const address = addressOf(uri)
    let size = -1
    let looking = false
    const look = async () => {
      if (looking || this.#client.state !== 'connected') return
      looking = true
      try {
        const job = await this.#job(address.id)
        const { total } = await this.slice(address, 0, 0)
        if (total !== size && size >= 0) this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }])
        size = total
        if (!job || isFinal(job.state)) clearInterval(timer)
      } catch {
        clearInterval(timer) // the job was cleared
      } finally {
        looking = false
      }
    }
    const timer = setInterval(() => void look(), FOLLOW_INTERVAL_MS)
    void look()
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
    this.#registration.dispose()
    this.#changed.dispose()
  }

  async #job(id: string) {
    const { jobs } = await this.#client.service.list({ filter: { ids: [id], limit: 1 } })
    return jobs[0]
  }
}
