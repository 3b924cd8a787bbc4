// A file that the process writes itself: under another name until it has succeeded, watched by its size. In a runner.
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import { type Output, readFileSlice } from './output'
import { errorCode, isShortage, reasonOf, StartError } from './startError'

export class FileOutput implements Output {
  bytes = 0
  #tail: Uint8Array = new Uint8Array()

  /** @throws StartError that names the file or its folder; a shortage as it is */
  static async open(stream: 'stdout' | 'stderr', name: string, cwd: string, id: string): Promise<FileOutput> {
    const file = path.resolve(cwd, name)
    const isDevice = await checkTarget(stream, file)
    const written = isDevice ? file : `${file}.part-${id}`
    try {
      return new FileOutput(file, written, await open(written, 'w', 0o666))
    } catch (error) {
      if (isShortage(error)) throw error
      if (errorCode(error) === 'ENOENT')
        throw new StartError(`The folder for the ${stream} file does not exist: ${path.dirname(file)}`)
      throw new StartError(`The ${stream} file ${file} cannot be written: ${reasonOf(error)}.`)
    }
  }

  private constructor(
    /** Its final name. */
    readonly file: string,
    /** The name under which it is written; a device such as /dev/null keeps its own. */
    private written: string,
    private readonly handle: FileHandle,
  ) {}

  /** It has its final name. */
  get isKept(): boolean {
    return this.written === this.file
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
      if (tailBytes > 0) this.#tail = await readFileSlice(this.written, Math.max(0, size - tailBytes), tailBytes)
      this.bytes = size
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
    try {
      await rename(this.written, this.file)
      this.written = this.file
    } catch (error) {
      throw new Error(`The output could not be saved as ${this.file}: ${reasonOf(error)}. It is in ${this.written}`)
    }
  }

  async discard(): Promise<void> {
    if (!this.isKept) await unlink(this.written).catch(() => undefined)
  }
}

/** What is there already must be such that a rename may replace it; a device is written to and never replaced. */
async function checkTarget(stream: string, file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  if (!found || found.isFile()) return false
  if (found.isCharacterDevice()) return true
  throw new StartError(
    `The ${stream} file ${file} cannot be written: it is ${found.isDirectory() ? 'a folder' : 'not a file'}.`,
  )
}
