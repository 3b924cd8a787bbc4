// Frames: messages with binary arrays. A fixed header, a JSON head, then the bytes of the arrays.
//
//   offset  bytes  what (little endian)
//        0      4  "HJF1"
//        4      4  id of the job or request; 0 for none
//        8      4  length of the head, its padding included
//       12      4  0
//       16      8  length of the body
//       24         the head: JSON, padded with blanks so that the body begins at a multiple of 8
//                  the body: the arrays one after the other, each padded to a multiple of 8
//
// Where an array belongs in the message is a list of keys and indices, so that no value can be mistaken for an array.

import { t } from '@vscode/l10n'
import { cutWithEllipsis } from '../base/cut'
import { arrayBytes, type DType, isDType, isShape, type Path } from './arrays'
import { adviceOn } from './workerMessages'

export const FRAME_HEADER_BYTES = 24
/** A longer frame ends the worker: more data belongs into arrays, which travel as files. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024
/** An array of more bytes than this travels as a file. */
export const MAX_ARRAY_BYTES_IN_FRAME = 1024 * 1024
/** So do further ones when those in the frame have so many bytes: thousands of small ones must not make it too long. */
export const MAX_BODY_BYTES = MAX_FRAME_BYTES / 2

const MAGIC = [0x48, 0x4a, 0x46, 0x31] // "HJF1"
const ALIGNMENT = 8
const BLANK = 0x20
/** How much is shown of what is no frame: enough to find the line that printed it. */
const MAX_SHOWN_BYTES = 80

/** Where an array belongs in the message, and what it is. Without `file` its bytes are next in the body. */
export interface ArrayEntry {
  path: Path
  dtype: DType
  shape: readonly number[]
  /** Name of a file in one of the folders for arrays. */
  file?: string
}

export interface Frame {
  id: number
  /** Without its arrays: `null` stands where they belong. */
  head: Record<string, unknown>
  arrays: readonly ArrayEntry[]
  /** The whole frame as it came. */
  chunks: readonly Uint8Array[]
  bytes: number
}

/** A frame that cannot be read, in one sentence. */
export class FrameError extends Error {}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

/**
 * One frame in one piece.
 * @param inline the bytes of those `arrays` that have no file, in their order
 * @throws TypeError when nobody would read it, since it is too long
 */
export function encodeFrame(
  id: number,
  head: Readonly<Record<string, unknown>>,
  arrays: readonly ArrayEntry[] = [],
  inline: readonly Uint8Array[] = [],
): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(JSON.stringify(arrays.length > 0 ? { ...head, arrays } : head))
  const headBytes = padded(text.length)
  const bodyBytes = inline.reduce((sum, bytes) => sum + padded(bytes.length), 0)
  const total = FRAME_HEADER_BYTES + headBytes + bodyBytes
  if (total > MAX_FRAME_BYTES)
    throw new TypeError(t`the message is too long: ${total} bytes; the limit is ${MAX_FRAME_BYTES} bytes`)
  const frame = new Uint8Array(total)
  const view = new DataView(frame.buffer)
  frame.set(MAGIC)
  view.setUint32(4, id, true)
  view.setUint32(8, headBytes, true)
  view.setBigUint64(16, BigInt(bodyBytes), true)
  frame.set(text, FRAME_HEADER_BYTES)
  frame.fill(BLANK, FRAME_HEADER_BYTES + text.length, FRAME_HEADER_BYTES + headBytes)
  let at = FRAME_HEADER_BYTES + headBytes
  for (const bytes of inline) {
    frame.set(bytes, at)
    at += padded(bytes.length)
  }
  return frame
}

/**
 * A copy of the frame for another id.
 * @throws FrameError when it is no frame
 */
export function withFrameId(frame: Uint8Array, id: number): Uint8Array<ArrayBuffer> {
  checkWhole(frame)
  const copy = new Uint8Array(frame)
  new DataView(copy.buffer).setUint32(4, id, true)
  return copy
}

/**
 * The frame, which names the job for the files of its answer, for a job: one that is run again has the input of an
 * earlier one.
 * @throws FrameError when it is no frame
 */
export function forJob(frame: Uint8Array, job: string): Uint8Array {
  const start = encoder.encode(`{"job":${JSON.stringify(job)},`)
  if (start.every((byte, i) => frame[FRAME_HEADER_BYTES + i] === byte)) return frame
  const { id, head, arrays, inline } = decodeFrame(frame)
  return encodeFrame(
    id,
    { ...head, job },
    arrays,
    inline.filter(bytes => bytes !== undefined),
  )
}

interface Lengths {
  id: number
  head: number
  body: number
  /** Of the whole frame. */
  total: number
}

/** @throws FrameError when these bytes are not how a frame begins, as far as they go */
function checkStart(bytes: Uint8Array): void {
  if (MAGIC.every((byte, i) => i >= bytes.length || bytes[i] === byte)) return
  const [line = ''] = new TextDecoder()
    .decode(bytes.subarray(0, MAX_SHOWN_BYTES), { stream: true }) // a character that is cut is left out
    .trimStart()
    .split(/[\r\n]/, 1)
  throw new FrameError(`no frame begins with ${JSON.stringify(line)}; what is printed must go to stderr`)
}

/**
 * @param start of a frame: its header at least
 * @throws FrameError when it is not how a frame begins
 */
function readHeader(start: Uint8Array): Lengths {
  if (start.length < FRAME_HEADER_BYTES) throw new FrameError(`a frame of ${start.length} bytes is too short`)
  checkStart(start)
  const view = new DataView(start.buffer, start.byteOffset, FRAME_HEADER_BYTES)
  const head = view.getUint32(8, true)
  const body = Number(view.getBigUint64(16, true))
  return { id: view.getUint32(4, true), head, body, total: FRAME_HEADER_BYTES + head + body }
}

/** @throws FrameError when this is not one whole frame */
function checkWhole(frame: Uint8Array): Lengths {
  const lengths = readHeader(frame)
  if (lengths.total === frame.length) return lengths
  throw new FrameError(`a frame of ${lengths.total} bytes has ${frame.length} bytes`)
}

/** @throws FrameError when the head is no JSON object, or its arrays are not described as they must be */
function readHead(
  start: Uint8Array,
  { head: headBytes, body }: Lengths,
): { head: Record<string, unknown>; arrays: readonly ArrayEntry[] } {
  const text = decoder.decode(start.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + headBytes)).trimEnd()
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    const what = text === '' ? '' : `: ${text.slice(0, MAX_SHOWN_BYTES)}${adviceOn(text)}`
    throw new FrameError(`the head of a frame is not JSON${what}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new FrameError('the head of a frame is not an object')
  const { arrays = [], ...head } = parsed as Record<string, unknown>
  if (!Array.isArray(arrays)) throw new FrameError('the arrays of a frame are not a list')
  const wrong = arrays.find(entry => !isEntry(entry))
  if (wrong !== undefined) throw new FrameError(`a frame describes an array wrongly: ${shown(wrong)}`)
  const needed = (arrays as ArrayEntry[]).reduce((sum, entry) => sum + inlineBytes(entry), 0)
  if (needed !== body) throw new FrameError(`a frame has ${body} bytes for arrays that need ${needed}`)
  return { head, arrays }
}

/** In the body, padding included. */
function inlineBytes(entry: ArrayEntry): number {
  return entry.file === undefined ? padded(arrayBytes(entry)) : 0
}

function shown(value: unknown): string {
  return cutWithEllipsis(JSON.stringify(value), MAX_SHOWN_BYTES)
}

function isEntry(entry: unknown): entry is ArrayEntry {
  if (typeof entry !== 'object' || entry === null) return false
  const { path, dtype, shape, file } = entry as Partial<Record<keyof ArrayEntry, unknown>>
  return (
    Array.isArray(path) &&
    path.length > 0 &&
    path.every(key => typeof key === 'string' || Number.isSafeInteger(key)) &&
    isDType(dtype) &&
    isShape(shape) &&
    (file === undefined || isArrayFileName(file))
  )
}

/** Names of files of arrays: the id of the job, then something that distinguishes them. Never a path. */
export function isArrayFileName(name: unknown): name is string {
  return typeof name === 'string' && /^[0-9a-f-]{36}\.[0-9a-z]{1,32}\.array$/.test(name)
}

/** Cuts a stream into frames. The chunks of a frame are kept as they come, so that the time is linear in the size. */
export class FrameReader {
  readonly #limit: number
  readonly #onFrame: (frame: Frame) => void
  /** Of the frame that is being read. */
  #chunks: Uint8Array[] = []
  #bytes = 0
  /** `undefined` until its header is there. */
  #lengths: Lengths | undefined

  constructor(limit: number, onFrame: (frame: Frame) => void) {
    this.#limit = limit
    this.#onFrame = onFrame
  }

  /** @throws FrameError when what comes is no frame; nothing can be read after that */
  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      // The header of a frame that begins in this chunk is read where it lies.
      if (this.#bytes === 0) this.#lengths = this.#readLengths(chunk.subarray(at))
      const wanted = this.#lengths?.total ?? FRAME_HEADER_BYTES
      const end = Math.min(chunk.length, at + wanted - this.#bytes)
      this.#chunks.push(chunk.subarray(at, end))
      this.#bytes += end - at
      at = end
      this.#lengths ??= this.#readLengths(join(this.#chunks, this.#bytes))
      if (this.#bytes === this.#lengths?.total) this.#deliver(this.#lengths)
    }
  }

  /**
   * The stream has ended.
   * @throws FrameError when it did so in the middle of a frame
   */
  end(): void {
    if (this.#bytes === 0) return
    const total = this.#lengths ? ` of ${this.#lengths.total}` : ''
    throw new FrameError(`its stdout ended in the middle of a frame, after ${this.#bytes}${total} bytes`)
  }

  #readLengths(start: Uint8Array): Lengths | undefined {
    if (start.length < FRAME_HEADER_BYTES) {
      checkStart(start)
      return undefined
    }
    const lengths = readHeader(start)
    if (lengths.total <= this.#limit) return lengths
    throw new FrameError(`a frame of ${lengths.total} bytes is too long; the limit is ${this.#limit} bytes`)
  }

  #deliver(lengths: Lengths): void {
    const chunks = this.#chunks
    this.#chunks = []
    this.#bytes = 0
    this.#lengths = undefined
    const [first = nothing] = chunks
    const needed = FRAME_HEADER_BYTES + lengths.head
    const start = first.length >= needed ? first : join(chunks, needed)
    this.#onFrame({ id: lengths.id, ...readHead(start, lengths), chunks, bytes: lengths.total })
  }
}

const nothing = new Uint8Array()

/** The first bytes of a list of chunks, copied into one piece, which is aligned for any array. */
export function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    if (at >= length) break
    const part = chunk.length > length - at ? chunk.subarray(0, length - at) : chunk
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * How many bytes hold the header and the head of a frame.
 * @param header the first `FRAME_HEADER_BYTES`
 * @throws FrameError when it is no frame
 */
export function startBytes(header: Uint8Array): number {
  return FRAME_HEADER_BYTES + readHeader(header).head
}

/**
 * The header and head of a frame, parsed.
 * @param start its header and its head, at least
 * @returns also where in the frame the bytes of its arrays are; `undefined` for those with a file
 */
export function decodeStart(start: Uint8Array): Omit<Frame, 'chunks'> & { offsets: (number | undefined)[] } {
  const lengths = readHeader(start)
  const { head, arrays } = readHead(start, lengths)
  let at = FRAME_HEADER_BYTES + lengths.head
  const offsets = arrays.map(entry => {
    if (entry.file !== undefined) return undefined
    const offset = at
    at += inlineBytes(entry)
    return offset
  })
  return { id: lengths.id, head, arrays, bytes: lengths.total, offsets }
}

/**
 * A frame in one piece, taken apart.
 * @returns also the bytes of its arrays, not copied; `undefined` for those with a file
 */
export function decodeFrame(frame: Uint8Array): Omit<Frame, 'chunks'> & { inline: (Uint8Array | undefined)[] } {
  checkWhole(frame)
  const { offsets, ...start } = decodeStart(frame)
  const inline = start.arrays.map((entry, i) => {
    const offset = offsets[i]
    return offset === undefined ? undefined : frame.subarray(offset, offset + arrayBytes(entry))
  })
  return { ...start, inline }
}

/**
 * Puts an array, or what is to stand for it, where it belongs in a message, in the place of a `null`.
 * @throws FrameError when there is no such place
 */
export function placeArray(root: { [key: string]: unknown }, path: Path, array: unknown): void {
  let at: unknown = root
  for (const [i, key] of path.entries()) {
    const isLast = i === path.length - 1
    const here =
      typeof at === 'object' && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string | number, unknown>)
        : undefined
    if (!here || (isLast && here[key] !== null))
      throw new FrameError(`a frame has an array for a place that its message does not have: ${shown(path)}`)
    if (isLast) here[key] = array
    else at = here[key]
  }
}
