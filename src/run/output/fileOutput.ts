// A file that the process writes itself: under another name until it has succeeded, watched by its size.
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, type FileHandle, open, rm, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import { retryWhileShort } from '../base/shortage'
import { isShortage, reasonOf } from '../base/startError'
import { type Output, readFileSlice } from './output'
import { explain, findTarget, type OutputTarget } from './outputTarget'
import { HalfWrittenError, putInPlace } from './replaceFile'
import { writeWhole } from './writeWhole'

export class FileOutput implements Output {
  bytes = 0
  #tail: Uint8Array = new Uint8Array()

  /**
   * @param elsewhere where it is written when its own folder takes no new files; that of no other output
   * @throws StartError that names the file or its folder; a shortage as it is
   */
  static async open(stream: 'stdout' | 'stderr', target: OutputTarget, elsewhere: string): Promise<FileOutput> {
    const { found, isDevice, file } = target
    try {
      if (isDevice) return new FileOutput(target, file, await open(file, 'w'))
      const folder = path.dirname(file)
      const isBeside = !found || (await mayWrite(folder))
      const written = isBeside ? path.join(folder, partName(elsewhere)) : elsewhere
      if (isBeside) await rm(written, { force: true }) // of one that was killed
      // Not readable for more users than the file itself.
      const mode = found ? (found.mode & 0o777) | 0o600 : 0o666
      return new FileOutput(target, written, await open(written, isBeside ? 'wx' : 'w', mode))
    } catch (error) {
      if (isShortage(error)) throw error
      throw explain(stream, target.name, error)
    }
  }

  private constructor(
    private readonly target: OutputTarget,
    /** Its present path; that of a device such as /dev/null never changes. */
    private written: string,
    private readonly handle: FileHandle,
  ) {}

  /** Its final path, as given. */
  get file(): string {
    return this.target.name
  }

  /** Whether it is in its final place. */
  get isKept(): boolean {
    return this.written === this.target.file
  }

  get stdio(): number {
    return this.handle.fd
  }

  /** For what comes from elsewhere. */
  write(bytes: Uint8Array, position: number): Promise<void> {
    return writeWhole(this.handle, bytes, position)
  }

  /** To be called when the process has its own descriptor. */
  release(): Promise<void> {
    return this.handle.close()
  }

  /** Updates the size, and reads the last bytes into memory. */
  async poll(tailBytes: number): Promise<void> {
    try {
      const { size } = await stat(this.written)
      if (size === this.bytes && this.#tail.length >= Math.min(tailBytes, size)) return
      const tail = tailBytes > 0 && (await this.read(Math.max(0, size - tailBytes), tailBytes).catch(() => undefined))
      // Together, so that no line is searched in an older tail; without a file descriptor for the tail the size counts alone.
      if (tail) this.#tail = tail
      this.bytes = size
    } catch {
      // It has been removed meanwhile; what the last poll has found counts.
    }
  }

  tail(length: number): Uint8Array {
    return this.#tail.subarray(Math.max(0, this.#tail.length - length))
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return readFileSlice(this.written, offset, length)
  }

  /** Moves it to its final place. After an error it is where it was. */
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

/**
 * Short, since the name of the file itself may have 255 bytes already. Always the same for one output of one job, so that it is found
 * when who was writing it has been killed; made of the id of the job, which nobody can know who would create it beforehand.
 */
function partName(elsewhere: string): string {
  const hash = createHash('sha256').update(path.basename(elsewhere)).digest('hex')
  return `.headless-jobs.part-${hash.slice(0, 12)}`
}

/** What was written of an output whose writer has gone is removed; never rejects. Parameters as of `open`. */
export async function removePart(stream: 'stdout' | 'stderr', name: string, cwd: string, elsewhere: string) {
  const target = await findTarget(stream, name, cwd).catch(() => undefined)
  if (!target || target.isDevice) return
  const part = path.join(path.dirname(target.file), partName(elsewhere))
  await rm(part, { force: true }).catch(() => undefined)
}

function mayWrite(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
}
