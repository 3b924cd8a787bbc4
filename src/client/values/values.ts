// Values for workers and from them: as JSON, or as frames whose large arrays are files that the other side maps.
import { type FileHandle, open, readdir, readFile, rm, statfs, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { t } from '@vscode/l10n'
import type { NdArray } from '../../api'
import type { JobTail, StoredInput } from '../../core/jobs/job'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import { inputArrayFile, isInputArrayFile } from '../../core/values/arrayFile'
import { arrayBytes, bytesOfArray, countOf, separateArrays, toNdArray } from '../../core/values/arrays'
import {
  type ArrayEntry,
  decodeFrame,
  encodeFrame,
  MAX_ARRAY_BYTES_IN_FRAME,
  MAX_BODY_BYTES,
  placeArray,
} from '../../core/values/frames'
import type { MessageProtocol } from '../../core/values/workerMessages'
import { openArrayFile } from '../../service/base/paths'

/** Where files go: large messages to the spool folder, large arrays first to the one in memory. */
export interface ValueFolders {
  spool: string
  arrays: string
}

/** Large enough that the cost of a call does not matter, small enough that no system refuses the length. */
const PIECE_BYTES = 64 * 1024 * 1024
/** Pieces that are read at once: most of the time is spent on allocating their memory. */
const READS_AT_ONCE = 2

/**
 * The value as it is sent; synchronously when it is small.
 * @param id of the job or request, which names the files
 * @throws TypeError for what cannot be sent
 */
export function storeValue(
  value: unknown,
  id: string,
  protocol: MessageProtocol,
  folders: ValueFolders,
): StoredInput | Promise<StoredInput> {
  if (protocol === 'lines') return storeText(jsonOf(value), id, folders)
  const { value: plain, arrays } = separateArrays(value)
  const large: { name: string; bytes: Uint8Array }[] = []
  const inline: Uint8Array[] = []
  let inlineBytes = 0
  const entries = arrays.map(({ path, array, dtype, shape }): ArrayEntry => {
    const entry = { path: ['value', ...path], dtype, shape }
    const bytes = bytesOfArray(array)
    if (bytes.length <= MAX_ARRAY_BYTES_IN_FRAME && inlineBytes + bytes.length <= MAX_BODY_BYTES) {
      inline.push(bytes)
      inlineBytes += bytes.length
      return entry
    }
    const file = inputArrayFile(id, large.length)
    large.push({ name: file, bytes })
    return { ...entry, file }
  })
  const stored = storeBytes(encodeFrame(0, { job: id, value: plain }, entries, inline), id, folders)
  return large.length === 0 ? stored : withArrays(stored, large, folders)
}

/** @throws TypeError for what JSON cannot hold */
function jsonOf(value: unknown): string {
  const { value: plain, arrays } = separateArrays(value)
  if (arrays.length > 0) throw new TypeError(t("arrays of numbers need the protocol 'frames'"))
  return JSON.stringify(plain) ?? 'null'
}

function storeText(text: string, id: string, folders: ValueFolders): StoredInput | Promise<StoredInput> {
  const fits = text.length * 3 <= MAX_INLINE_BYTES || Buffer.byteLength(text) <= MAX_INLINE_BYTES
  return fits ? { text } : storeBytes(Buffer.from(text), id, folders)
}

function storeBytes(bytes: Uint8Array, id: string, { spool }: ValueFolders): StoredInput | Promise<StoredInput> {
  if (bytes.length <= MAX_INLINE_BYTES)
    return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') }
  const file = join(spool, `${id}.in`)
  return writeFile(file, bytes, { mode: 0o600 }).then(() => ({ file, owned: true as const }))
}

async function withArrays(
  stored: StoredInput | Promise<StoredInput>,
  files: readonly { name: string; bytes: Uint8Array }[],
  folders: ValueFolders,
): Promise<StoredInput> {
  const input = await stored
  for (const { name, bytes } of files) await writeArray(name, bytes, folders)
  return { ...input, arrays: true } as StoredInput
}

/** What was written for jobs or requests that are not sent, whole or not: on a full disk it would keep that full. */
export async function removeInputs(ids: readonly string[], folders: ValueFolders): Promise<void> {
  const [id] = ids
  if (id === undefined) return
  if (ids.length === 1) return removeInputsOf(id, folders)
  const { spool, arrays } = folders
  const unsent = new Set(ids)
  const isUnsent = (name: string) =>
    unsent.has(name.slice(0, name.indexOf('.'))) && (isInputArrayFile(name) || name.endsWith('.in'))
  for (const folder of new Set([spool, arrays])) {
    const names = (await readdir(folder).catch(() => [])).filter(isUnsent)
    await Promise.allSettled(names.map(name => rm(join(folder, name), { force: true })))
  }
}

/** By their names: the folders may have very many files. */
async function removeInputsOf(id: string, { spool, arrays }: ValueFolders): Promise<void> {
  const isRemoved = (path: string) =>
    unlink(path).then(
      () => true,
      () => false,
    )
  await isRemoved(join(spool, `${id}.in`))
  for (let index = 0, isThere = true; isThere; index++) {
    const name = inputArrayFile(id, index)
    isThere = (await Promise.all([spool, arrays].map(folder => isRemoved(join(folder, name))))).includes(true)
  }
}

/**
 * In memory if at least half of the memory disk stays free; else, or when it turns out to be full, in the spool folder.
 */
async function writeArray(name: string, bytes: Uint8Array, { arrays, spool }: ValueFolders): Promise<void> {
  if (arrays !== spool && (await hasRoom(arrays, bytes.length))) {
    const file = join(arrays, name)
    try {
      return await writeLarge(file, bytes)
    } catch {
      await rm(file, { force: true })
    }
  }
  await writeLarge(join(spool, name), bytes)
}

/** As `writeFile`, which writes in pieces so small that it takes twice as long. */
async function writeLarge(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, at, Math.min(bytes.length - at, PIECE_BYTES), at)
      at += bytesWritten
    }
  } finally {
    await handle.close()
  }
}

async function hasRoom(folder: string, bytes: number): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize >= 2 * bytes
  } catch {
    return false
  }
}

/** The value of an answer, its arrays typed and shaped. */
export async function readValue(
  stdout: JobTail['stdout'],
  protocol: MessageProtocol,
  folders: ValueFolders,
): Promise<unknown> {
  if (!stdout) return undefined
  const bytes = 'file' in stdout ? await readFile(stdout.file) : Buffer.from(stdout.base64, 'base64')
  return decodeValue(bytes, protocol, folders)
}

/** The value of a message, its arrays typed and shaped. */
export async function decodeValue(
  bytes: Uint8Array,
  protocol: MessageProtocol,
  folders: ValueFolders,
): Promise<unknown> {
  if (protocol === 'lines') return JSON.parse(new TextDecoder().decode(bytes))
  // a buffer of its own, not a view of Node's shared pool: the arrays are views of it
  const frame = decodeFrame(new Uint8Array(bytes))
  for (const [i, entry] of frame.arrays.entries()) {
    const inline = frame.inline[i]
    placeArray(frame.head, entry.path, inline ? toNdArray(entry, inline) : await readArray(entry, folders))
  }
  return 'message' in frame.head ? frame.head.message : frame.head.value
}

/**
 * An array that is a file.
 * @param count of its numbers that are read, from the first on; the shape is that of the whole array
 */
export async function readArray(
  entry: ArrayEntry,
  folders: ValueFolders,
  count = countOf(entry.shape),
): Promise<NdArray> {
  const name = entry.file as string
  const handle = await openArrayFile(name, folders)
  try {
    const bytes = new Uint8Array(arrayBytes({ dtype: entry.dtype, shape: [count] }))
    await readLarge(handle, name, bytes)
    return toNdArray(entry, bytes)
  } finally {
    await handle.close()
  }
}

/** @throws Error when the file has fewer bytes */
async function readLarge(handle: FileHandle, name: string, bytes: Uint8Array): Promise<void> {
  let next = 0
  const readPieces = async () => {
    while (next < bytes.length) {
      const end = Math.min(bytes.length, next + PIECE_BYTES)
      let at = next
      next = end
      while (at < end) {
        const { bytesRead } = await handle.read(bytes, at, end - at, at)
        if (bytesRead === 0) throw new Error(t`the file ${name} of an array has only ${at} of ${bytes.length} bytes`)
        at += bytesRead
      }
    }
  }
  // All are awaited: the file must not be closed while one still reads.
  const readers = await Promise.allSettled(Array.from({ length: READS_AT_ONCE }, readPieces))
  const failed = readers.find(reader => reader.status === 'rejected')
  if (failed) throw failed.reason
}
