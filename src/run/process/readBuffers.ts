// The memory that outputs are read into, used again and again: to make it anew for each read of a large output takes as
// long as all the rest.

/** What a pipe holds, and so the most that one read brings. */
const BUFFER_BYTES = 64 * 1024
/** Less than this is copied out, so that a few bytes do not hold a whole buffer. */
const SMALL_BYTES = 8 * 1024
/** As many as wait for the disk behind one output. */
const MAX_AT_HAND = 32

const atHand: Buffer[] = []
/** Chunks that are whole buffers of ours, and where these are. */
const lent = new WeakMap<Buffer, Buffer>()

export function acquireBuffer(): Buffer {
  return atHand.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
}

/** What a read has brought, to be kept for as long as one likes, or until `releaseChunk`. */
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

/** Nobody looks at this chunk any more. A part of one may be all that is left of it, and is nobody's to give back. */
export function releaseChunk(chunk: Buffer): void {
  const buffer = lent.get(chunk)
  lent.delete(chunk)
  if (buffer) keep(buffer)
}

function keep(buffer: Buffer): void {
  if (atHand.length < MAX_AT_HAND) atHand.push(buffer)
}
