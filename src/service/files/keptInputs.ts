// Inputs that jobs on one host share: the same content is sent once, and kept there for the next jobs as far as there is room for it.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** Bytes that are kept; of more, what was used longest ago goes, but for what was used last. */
const KEPT_BYTES = 1024 * 1024 * 1024

/** Those there. */
interface Files {
  makeFolder(path: string): Promise<void>
  put(source: string, path: string): Promise<void>
  copy(path: string, to: string, mode: number): Promise<void>
  remove(path: string): Promise<void>
}

interface Content {
  readonly bytes: number
  readonly path: string
  /** Resolves when it is there. */
  readonly sending: Promise<void>
  /** How many are about to copy it. */
  users: number
}

export class KeptInputs {
  readonly #files: Files
  readonly #keptBytes: number
  /** By their hashes, the last used last. */
  readonly #contents = new Map<string, Content>()
  #bytes = 0
  /** Of what was sent; resolves when the hash of the first file of a size is known. */
  readonly #sizes = new Map<number, Promise<unknown>>()
  /** Resolves when the folder of inputs is there. */
  #folder: Promise<void> | undefined
  #last = 0

  constructor(files: Files, keptBytes = KEPT_BYTES) {
    this.#files = files
    this.#keptBytes = keptBytes
  }

  /**
   * Puts a copy of a file into the folder of a job.
   * @param folder of the runner there
   */
  async put(source: string, path: string, folder: string): Promise<void> {
    const { mode, size } = await stat(source)
    const content = await this.#use(source, size, `${folder}/inputs`)
    try {
      await content.sending
      await this.#files.copy(content.path, path, mode & 0o777)
    } finally {
      content.users--
      this.#trim()
    }
  }

  /** Of a size that none had before, it is sent while it is read for its hash. */
  async #use(source: string, bytes: number, folder: string): Promise<Content> {
    const first = this.#sizes.get(bytes)
    const early = first ? undefined : this.#send(source, bytes, folder)
    early?.sending.catch(() => undefined) // it is looked at by who uses it
    const hashed = hashOf(source)
    if (!first) this.#sizes.set(bytes, Promise.allSettled([hashed]))
    await first
    const hash = await hashed
    const found = this.#contents.get(hash)
    const content = found ?? early ?? this.#send(source, bytes, folder)
    this.#contents.delete(hash)
    this.#contents.set(hash, content)
    content.users++
    if (!found) this.#add(hash, content)
    return content
  }

  #add(hash: string, content: Content): void {
    this.#bytes += content.bytes
    content.sending.catch(() => this.#drop(hash, content))
  }

  #send(source: string, bytes: number, folder: string): Content {
    const path = `${folder}/${++this.#last}`
    const sending = this.#makeFolder(folder).then(() => this.#files.put(source, path))
    return { bytes, path, sending, users: 0 }
  }

  /** Once, unless that failed: the disk there may have room again. */
  #makeFolder(folder: string): Promise<void> {
    this.#folder ??= this.#files.makeFolder(folder).catch(error => {
      this.#folder = undefined
      throw error
    })
    return this.#folder
  }

  #drop(hash: string, content: Content): void {
    if (this.#contents.get(hash) !== content) return
    this.#contents.delete(hash)
    this.#bytes -= content.bytes
  }

  #trim(): void {
    let older = this.#contents.size - 1
    for (const [hash, content] of this.#contents) {
      if (this.#bytes <= this.#keptBytes || older-- === 0) return
      if (content.users > 0) continue
      this.#drop(hash, content)
      void this.#files.remove(content.path)
    }
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
