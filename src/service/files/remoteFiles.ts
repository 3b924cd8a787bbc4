// The files of a runner elsewhere, in parts over its channel: what its jobs wrote comes here, what they read goes there.
import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import type { FileRequest, FoundFile, FromRunner } from '../../run/base/runnerProtocol'
import { writeWhole } from '../../run/output/writeWhole'
import { forEachAtOnce } from '../base/atOnce'
import { KeptInputs } from './keptInputs'

/** Of one message; a message waits for none that is longer. */
const PART_BYTES = 256 * 1024
/** Parts on their way at once, so that a long way costs little. */
const WINDOW = 8

const LOST = 'the connection was lost'

type Answer = Extract<FromRunner, { type: 'fileAnswer' }>
type WithoutRequest<M> = M extends FileRequest ? Omit<M, 'request'> : never

export class RemoteFiles {
  readonly #send: (request: FileRequest, bytes?: Uint8Array) => void
  readonly #inputs = new KeptInputs(this)
  readonly #answers = new Map<number, (answer: Answer, bytes?: Uint8Array) => void>()
  #last = 0
  #isLost = false

  constructor(send: (request: FileRequest, bytes?: Uint8Array) => void) {
    this.#send = send
  }

  onAnswer(answer: Answer, bytes?: Uint8Array): void {
    this.#answers.get(answer.request)?.(answer, bytes)
    if (!answer.more) this.#answers.delete(answer.request)
  }

  /** No answers come any more, and nothing can be sent. */
  endAll(): void {
    this.#isLost = true
    for (const [request, resolve] of this.#answers) resolve({ type: 'fileAnswer', run: 0, request, error: LOST })
    this.#answers.clear()
  }

  /** @throws Error with the end of a sentence */
  async #request(message: WithoutRequest<FileRequest>, sent?: Uint8Array): Promise<Answer & { bytes: Uint8Array }> {
    if (this.#isLost) throw new Error(LOST)
    const request = ++this.#last
    const files: FoundFile[] = []
    const answered = new Promise<Answer & { bytes: Uint8Array }>(resolve =>
      this.#answers.set(request, (answer, bytes = new Uint8Array()) => {
        for (const file of answer.files ?? []) files.push(file)
        if (!answer.more) resolve({ ...answer, files, bytes })
      }),
    )
    this.#send({ ...message, request }, sent)
    const answer = await answered
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer
  }

  async sizeOf(path: string): Promise<number> {
    return (await this.#request({ type: 'sizeOfFile', path })).size ?? 0
  }

  /** Those of a folder there that the patterns fit. */
  async find(folder: string, patterns: readonly string[]): Promise<readonly FoundFile[]> {
    if (patterns.length === 0) return []
    return (await this.#request({ type: 'findFiles', path: folder, patterns })).files ?? []
  }

  /**
   * Puts a file into the folder of a job. The same content is sent once.
   * @param folder of the runner there
   */
  putInput(source: string, path: string, folder: string): Promise<void> {
    return this.#inputs.put(source, path, folder)
  }

  /** Under another name, whose folders are made. */
  async copy(path: string, to: string, mode: number): Promise<void> {
    await this.#request({ type: 'copyFile', path, to, mode })
  }

  /** @param use called with each part, in no order, several at once */
  read(path: string, bytes: number, use: (part: Uint8Array, offset: number) => Promise<unknown>): Promise<void> {
    return inWindow(bytes, async (offset, length) => {
      const { bytes: part } = await this.#request({ type: 'readFile', path, offset, length })
      if (part.length < length) throw new Error('it is shorter than it was')
      await use(part, offset)
    })
  }

  /** Whole or not at all. */
  async fetch(path: string, bytes: number, target: string, mode = 0o600): Promise<void> {
    // another job may bring the same one; of an earlier service that was killed it is the same one
    const part = `${target}.${createHash('sha256').update(path).digest('hex').slice(0, 8)}.part`
    await rm(part, { force: true })
    const file = await open(part, 'wx', mode)
    try {
      await this.read(path, bytes, (read, offset) => writeWhole(file, read, offset))
      await file.close()
      await rename(part, target)
    } catch (error) {
      await file.close().catch(() => undefined)
      await rm(part, { force: true })
      throw error
    }
  }

  async put(source: string, path: string): Promise<void> {
    const file = await open(source, 'r')
    try {
      const { size } = await file.stat()
      const free: Buffer[] = []
      const send = async (offset: number, length: number) => {
        const buffer = free.pop() ?? Buffer.allocUnsafe(Math.min(size, PART_BYTES))
        const { bytesRead } = await file.read(buffer, 0, length, offset)
        await this.#request({ type: 'writeFile', path, offset }, buffer.subarray(0, bytesRead))
        free.push(buffer) // it has been read there
      }
      await send(0, Math.min(size, PART_BYTES)) // which makes the file
      await inWindow(size, send, PART_BYTES)
    } catch (error) {
      void this.remove(path)
      throw error
    } finally {
      await file.close()
    }
  }

  /** What is there now: fewer bytes when it has no more. */
  async readPart(path: string, offset: number, length: number): Promise<Uint8Array> {
    return (await this.#request({ type: 'readFile', path, offset, length })).bytes
  }

  /** @param offset above 0 it must be there, and the rest of it stays */
  async write(path: string, bytes: Uint8Array, offset = 0): Promise<void> {
    for (let at = 0; at < bytes.length; at += PART_BYTES)
      await this.#request({ type: 'writeFile', path, offset: offset + at }, bytes.subarray(at, at + PART_BYTES))
  }

  async makeFolder(path: string): Promise<void> {
    await this.#request({ type: 'makeFolder', path })
  }

  /** A file, or a folder with all in it. */
  async remove(path: string): Promise<void> {
    await this.#request({ type: 'remove', path }).catch(() => undefined) // its folder goes with the runner
  }
}

/** All parts of a file from an offset on, some at once. */
function inWindow(bytes: number, transfer: (offset: number, length: number) => Promise<void>, from = 0): Promise<void> {
  return forEachAtOnce(offsetsOf(bytes, from), WINDOW, offset => transfer(offset, Math.min(PART_BYTES, bytes - offset)))
}

function* offsetsOf(bytes: number, from: number): Generator<number> {
  for (let offset = from; offset < bytes; offset += PART_BYTES) yield offset
}
