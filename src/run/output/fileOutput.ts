// A file that the process writes itself: under another name until it has succeeded, watched by its size.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, type FileHandle, open, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import { retryWhileShort } from '../base/shortage'
import { isShortage, reasonOf } from '../base/startError'
import { type Output, readFileSlice } from './output'
import { explain, type OutputTarget } from './outputTarget'
import { HalfWrittenError, putInPlace } from './replaceFile'

export class FileOutput implements Output {
  bytes = 0
  #tail: Uint8Array = new Uint8Array()

  /**
   * @param elsewhere where it is written when its own folder takes no new files
   * @throws StartError that names the file or its folder; a shortage as it is
   */
  static async open(stream: 'stdout' | 'stderr', target: OutputTarget, elsewhere: string): Promise<FileOutput> {
    const { found, isDevice, file } = target
    try {
      if (isDevice) return new FileOutput(target, file, await open(file, 'w'))
      const folder = path.dirname(file)
      const isBeside = !found || (await mayWrite(folder))
      const written = isBeside ? path.join(folder, partName()) : elsewhere
      // Nobody reads there who may not read the file.
      const mode = found ? (found.mode & 0o777) | 0o600 : 0o666
      return new FileOutput(target, written, await open(written, isBeside ? 'wx' : 'w', mode))
    } catch (error) {
      if (isShortage(error)) throw error
      throw explain(stream, target.name, error)
    }
  }

  private constructor(
    private readonly target: OutputTarget,
    /** Where it is by now; a device such as /dev/null keeps its own name. */
    private written: string,
    private readonly handle: FileHandle,
  ) {}

  /** Its final name, as it was given. */
  get file(): string {
    return this.target.name
  }

  /** It has its final name. */
  get isKept(): boolean {
    return this.written === this.target.file
  }

  get stdio(): number {
    return this.handle.fd
  }

  /** Once the process has it. */
  release(): Promise<void> {
    return this.handle.close()
  }

  /** Looks how much there is by now, and has the last bytes of it at hand. */
  async poll(tailBytes: number): Promise<void> {
    try {
      const { size } = await stat(this.written)
      if (size === this.bytes && this.#tail.length >= Math.min(tailBytes, size)) return
      this.bytes = size // also where there is no file descriptor for what follows
      if (tailBytes > 0) this.#tail = await readFileSlice(this.written, Math.max(0, size - tailBytes), tailBytes)
    } catch {
      // Somebody has removed it under our hands; the last look counts.
    }
  }

  tail(length: number): Uint8Array {
    return this.#tail.subarray(Math.max(0, this.#tail.length - length))
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return readFileSlice(this.written, offset, length)
  }

  /** Gives it its final name. On an error it stays under the name that it has. */
  async keep(): Promise<void> {
    if (this.isKept) return
    const { file, written, target } = this
    try {
      await retryWhileShort(() => putInPlace(written, target.file))
      this.written = target.file
    } catch (error) {
      const isHalf = error instanceof HalfWrittenError
      const why = reasonOf(isHalf ? error.cause : error)
      const state = isHalf ? ' There is some of the old content and some of the new one.' : ''
      throw new Error(`The output could not be saved as ${file}: ${why}.${state} It is in ${written}`)
    }
  }

  async discard(): Promise<void> {
    if (!this.isKept) await unlink(this.written).catch(() => undefined)
  }
}

/** Short whatever the file is called: a name may have 255 bytes already. Nobody can have made it beforehand. */
function partName(): string {
  return `.headless-jobs.part-${randomBytes(6).toString('hex')}`
}

function mayWrite(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
}
