// What an attempt wrote, as the job service has it: one stream, or both by time.
import { copyFile, open, readFile } from 'node:fs/promises'
import type { ServiceClient } from '../../client/connection/serviceClient'
import type { OutputSlice, OutputStream } from '../../core/protocol/facts'
import { MAX_LIST_BYTES } from '../../core/protocol/limits'
import { isText, SAMPLE_BYTES } from '../text/outputModel'
import { type OutputOrder, parseOrder, piecesIn, totalOf } from '../text/outputOrder'
import type { Target } from './outputAddress'

/** Reads some bytes; fewer when there are no more. */
export type ReadBytes = (offset: number, length: number) => Promise<Buffer>

/** What there is of an output now. */
export interface Output {
  total: number
  read: ReadBytes
  /** Of both streams by time. */
  order?: OutputOrder
  /** Of one stream, where it is a file. */
  file?: string
}

const streams = ['stdout', 'stderr'] as const

export class OutputSource {
  readonly #client: ServiceClient

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** @param offset bytes of the stream */
  slice({ id, retry }: Target, stream: OutputStream, offset: number, length: number): Promise<OutputSlice> {
    return this.#client.service.output({ id, stream, offset, length, ...(retry !== undefined && { attempt: retry }) })
  }

  /** As much as there is now. The value of a job with a protocol is its stdout. */
  async output(target: Target): Promise<Output> {
    if (target.part !== 'output') return this.#stream(target, target.part === 'stderr' ? 'stderr' : 'stdout')
    const order = await this.#order(target)
    if (order) return { total: totalOf(order), order, read: this.#readBoth(target, order) }
    const stdout = await this.#stream(target, 'stdout')
    if (stdout.total > 0) return stdout
    const stderr = await this.#stream(target, 'stderr')
    return { ...stderr, order: { before: { stdout: 0, stderr: 0 }, turns: [-stderr.total] } }
  }

  /** Whether it begins as text, which may end within a character: of both streams each for itself, since one may part those of the other. */
  async isText(target: Target): Promise<boolean> {
    const { read, order } = await this.output(target)
    if (!order) return isText(await read(0, SAMPLE_BYTES), true)
    const areTexts = await Promise.all(streams.map(part => this.isText({ ...target, part })))
    return areTexts.every(Boolean)
  }

  /** The whole output up to now, in memory. */
  async read(target: Target): Promise<Buffer> {
    const { total, read, file } = await this.output(target)
    return file === undefined ? readAll(read, 0, total) : readFile(file)
  }

  /** The whole output up to now to a file, whatever its size. */
  async save(target: Target, to: string): Promise<void> {
    const { total, read, file } = await this.output(target)
    if (file !== undefined) return copyFile(file, to)
    const handle = await open(to, 'w')
    try {
      for (let at = 0; at < total; ) {
        const bytes = await read(at, Math.min(MAX_LIST_BYTES, total - at))
        if (bytes.length === 0) break
        await handle.writeFile(bytes)
        at += bytes.length
      }
    } finally {
      await handle.close()
    }
  }

  async #stream(target: Target, stream: 'stdout' | 'stderr'): Promise<Output> {
    const { total, file } = await this.slice(target, stream, 0, 0)
    return { total, read: this.#readStream(target, stream), ...(file !== undefined && { file }) }
  }

  /** An older service knows none. */
  async #order(target: Target): Promise<OutputOrder | undefined> {
    const slice = await this.slice(target, 'order', 0, MAX_LIST_BYTES).catch(() => undefined)
    return slice && parseOrder(Buffer.from(slice.base64, 'base64').toString())
  }

  #readStream(target: Target, stream: 'stdout' | 'stderr'): ReadBytes {
    return async (offset, length) => {
      const { base64 } = await this.slice(target, stream, offset, Math.min(length, MAX_LIST_BYTES))
      return Buffer.from(base64, 'base64')
    }
  }

  /** What is of one stream in a stretch of both has no gap: each is read at once. */
  #readBoth(target: Target, order: OutputOrder): ReadBytes {
    const readers = { stdout: this.#readStream(target, 'stdout'), stderr: this.#readStream(target, 'stderr') }
    return async (offset, length) => {
      const found = piecesIn(order, offset, offset + length)
      const read = async (stream: 'stdout' | 'stderr') => {
        const own = found.filter(piece => piece.stream === stream)
        const from = own[0]?.offset ?? 0
        const to = own.reduce((_, piece) => piece.offset + piece.length, from)
        return { from, bytes: await readAll(readers[stream], from, to) }
      }
      const [stdout, stderr] = await Promise.all([read('stdout'), read('stderr')])
      const of = { stdout, stderr }
      return Buffer.concat(
        found.map(piece => {
          const { from, bytes } = of[piece.stream]
          return bytes.subarray(piece.offset - from, piece.offset - from + piece.length)
        }),
      )
    }
  }
}

/** In pieces of the size of a message. */
export async function readAll(read: ReadBytes, from: number, to: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let at = from; at < to; ) {
    const part = await read(at, Math.min(MAX_LIST_BYTES, to - at))
    if (part.length === 0) break
    parts.push(part)
    at += part.length
  }
  return Buffer.concat(parts)
}
