// Writes all bytes, or fails: a disk that has room for some of them takes these, and says so only by their number.

/** As of a `FileHandle`. */
export interface Writable {
  write(bytes: Uint8Array, from: number, length: number, position: number): Promise<{ bytesWritten: number }>
}

/** @param position in the file */
export async function writeWhole(file: Writable, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}
