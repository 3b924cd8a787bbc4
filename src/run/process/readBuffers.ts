// A pool of buffers for reading outputs: allocating one for each read of a large output takes as long as all the rest.

/** What a pipe holds, and so the most that one read returns. */
const BUFFER_BYTES = 64 * 1024
/** Less than this is copied, so that a few bytes do not keep a whole buffer. */
const SMALL_BYTES = 8 * 1024
/** As many as wait for the disk behind one output. */
const MAX_FREE = 32

const free: Buffer[] = []
/** The buffers of chunks that have not been released. */
const lent = new WeakMap<Buffer, Buffer>()

export function acquireBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
}

/** What a read has returned; valid until `releaseChunk`. */
export function chunkIn(buffer: Buffer, bytes: number): Buffer {
  if (bytes < SMALL_BYTES) {
    const copy = Buffer.from(buffer.subarray(0, bytes))
    keep(buffer)
    return copy
  }
  const chunk = buffer.subarray(0, bytes)
  lent.set(chunk, buffer)
  return chunk
}

/** The chunk is not used any more. A part of a chunk cannot be released: another part may be in use. */
export function releaseChunk(chunk: Buffer): void {
  const buffer = lent.get(chunk)
  lent.delete(chunk)
  if (buffer) keep(buffer)
}

function keep(buffer: Buffer): void {
  if (free.length < MAX_FREE) free.push(buffer)
}
