// What jobs wrote, as read-only files of their own scheme: `headless-jobs:/<job id>/<stdout|stderr>/<name>`. An open one
// follows its job. Runs in the window.
import { readFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { isFinal } from '../core/job'
import { MAX_LIST_BYTES, type OutputSlice } from '../core/protocol'
import { outputName } from './outputModel'
import type { ServiceClient } from './serviceClient'

export const OUTPUT_SCHEME = 'headless-jobs'
/** How often an open output of a running job looks for more. */
const FOLLOW_INTERVAL_MS = 1000

export type Stream = 'stdout' | 'stderr'

interface Address {
  id: string
  stream: Stream
}

function addressOf(uri: vscode.Uri): Address {
  const [, id = '', stream = ''] = uri.path.split('/')
  if (stream !== 'stdout' && stream !== 'stderr') throw vscode.FileSystemError.FileNotFound(uri)
  return { id, stream }
}

export class OutputDocuments implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #client: ServiceClient
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>()
  readonly #registration: vscode.Disposable
  readonly onDidChangeFile = this.#changed.event

  constructor(client: ServiceClient) {
    this.#client = client
    const isReadonly = new vscode.MarkdownString('This is what the job wrote; it cannot be changed.')
    this.#registration = vscode.workspace.registerFileSystemProvider(OUTPUT_SCHEME, this, {
      isReadonly,
      isCaseSensitive: true,
    })
  }

  uriOf(id: string, stream: Stream, jobName: string): vscode.Uri {
    return vscode.Uri.from({ scheme: OUTPUT_SCHEME, path: `/${id}/${stream}/${outputName(jobName, stream)}` })
  }

  slice({ id, stream }: Address, offset: number, length: number): Promise<OutputSlice> {
    return this.#client.service.output({ id, stream, offset, length })
  }

  /** All that there is by now. */
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
      return {
        type: vscode.FileType.File,
        ctime: job?.startedAt ?? 0,
        mtime: job?.endedAt ?? (job?.startedAt ?? 0) + total, // it only grows: a larger one is a later one
        size: total,
        permissions: vscode.FilePermission.Readonly,
      }
    } catch {
      throw vscode.FileSystemError.FileNotFound(uri)
    }
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.read(addressOf(uri))
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
