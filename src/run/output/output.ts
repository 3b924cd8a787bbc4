// The interface of both kinds of output: a pipe that is read, and a file that the process writes itself.
import { open } from 'node:fs/promises'

export interface Output {
  /** For `spawn`. */
  readonly stdio: 'pipe' | number
  /** Of the whole stream so far, as of the last look at a file. */
  readonly bytes: number
  /** The last bytes, at most `length`, as far as they are in memory. */
  tail(length: number): Uint8Array
  /** Fewer than `length` bytes when there are no more yet. */
  read(offset: number, length: number): Promise<Uint8Array>
}

export async function readFileSlice(file: string, offset: number, length: number): Promise<Uint8Array> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const slice = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - offset)))
    let filled = 0
    while (filled < slice.length) {
      const { bytesRead } = await handle.read(slice, filled, slice.length - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return slice.subarray(0, filled)
  } finally {
    await handle.close()
  }
}
