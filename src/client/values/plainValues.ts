// The answer of a job with a protocol as text for users, and its input as text for a shell.
import { arrayBytes, toNdArray } from '../../core/values/arrays'
import { type ArrayEntry, decodeFrame, decodeStart, placeArray } from '../../core/values/frames'
import type { MessageProtocol } from '../../core/values/workerMessages'
import { jsonPieces, shownArray, shownCount } from './arrayText'
import { prettyJson } from './prettyJson'
import { decodeValue, readArray, type ValueFolders } from './values'

/** As text it takes about three times as much. */
export const MAX_ARRAY_BYTES_IN_JSON = 16 * 1024 * 1024

/** The value of an answer as a JSON document; of large arrays the first numbers are read and shown. */
export async function resultText(
  answer: Uint8Array,
  protocol: MessageProtocol,
  folders: ValueFolders,
): Promise<string> {
  if (protocol === 'lines') return document(await decodeValue(answer, protocol, folders))
  const { head, arrays, inline } = decodeFrame(answer)
  for (const [i, entry] of arrays.entries()) {
    placeArray(head, entry.path, shownArray(entry, await firstNumbers(entry, inline[i], folders)))
  }
  return document(head.value)
}

function document(value: unknown): string {
  return `${prettyJson(value)}\n`
}

function firstNumbers(entry: ArrayEntry, inline: Uint8Array | undefined, folders: ValueFolders) {
  const count = shownCount(entry)
  if (!inline) return readArray(entry, folders, count)
  const first = { dtype: entry.dtype, shape: [count] }
  return toNdArray(first, inline.subarray(0, arrayBytes(first)))
}

/** Bytes of the numbers in the arrays of an input. */
export function arrayBytesOf(frame: Uint8Array): number {
  return decodeStart(frame).arrays.reduce((sum, entry) => sum + arrayBytes(entry), 0)
}

/** The value in a frame as JSON, its arrays as nested lists, in pieces. */
export async function inputPieces(frame: Uint8Array, folders: ValueFolders): Promise<Iterable<string>> {
  return jsonPieces(await decodeValue(frame, 'frames', folders))
}
