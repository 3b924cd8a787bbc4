// What is only shown is cut to what a person reads, marked with “…”: a message with many rows stays far below the limit
// of a message, whatever a command or a name is. Whoever needs the whole asks for it. Runs in every process.
import type { JobInfo } from '../api'
import type { BatchInfo, WorkerInfo } from './protocol'

/** Of a text in a message: eight of them in each of 200 rows fit into one. */
const MAX_SHOWN_BYTES = 2048
/** Of a sentence that somebody else has written: a reason, what a function has thrown. */
export const MAX_SENTENCE_BYTES = 8 * 1024
/** Of a word in a message: its quotes and its comma. */
const WORD_BYTES = 3

/** How many bytes a character takes in a message, at most. */
function bytesOf(code: number): number {
  if (code < 0x20) return 6
  if (code === 0x22 || code === 0x5c) return 2
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  if (code >= 0xd800 && code <= 0xdfff) return 6 // alone
  return code < 0x10000 ? 3 : 4
}

/** How much of a text there is room for in so many bytes of a message. */
function fitting(text: string, maxBytes: number): { length: number; bytes: number } {
  let bytes = 0
  for (let length = 0; length < text.length; ) {
    const code = text.codePointAt(length) as number
    const more = bytesOf(code)
    if (bytes + more > maxBytes) return { length, bytes }
    bytes += more
    length += code < 0x10000 ? 1 : 2
  }
  return { length: text.length, bytes }
}

/** The text, or its beginning that takes at most so many bytes in a message. */
export function cutText(text: string, maxBytes = MAX_SHOWN_BYTES): string {
  if (text.length * 6 <= maxBytes) return text
  const { length } = fitting(text, maxBytes)
  return length === text.length ? text : `${text.slice(0, length)}…`
}

/** Words as long as there is room; the last one is cut, or is “…” when more follow. */
function cutWords(words: readonly string[]): readonly string[] {
  let left = MAX_SHOWN_BYTES
  for (const [i, word] of words.entries()) {
    const { length, bytes } = fitting(word, left)
    if (length < word.length) return [...words.slice(0, i), `${word.slice(0, length)}…`]
    left -= bytes + WORD_BYTES
    if (left <= 0 && i + 1 < words.length) return [...words.slice(0, i + 1), '…']
  }
  return words
}

export function shownJob(info: JobInfo): JobInfo {
  const { error, cancelReason, lastErrorLine } = info
  return {
    ...info,
    name: cutText(info.name),
    owner: cutText(info.owner),
    queue: cutText(info.queue),
    command: cutWords(info.command),
    cwd: cutText(info.cwd),
    ...(error && { error: { ...error, message: cutText(error.message) } }),
    ...(cancelReason !== undefined && { cancelReason: cutText(cancelReason) }),
    ...(lastErrorLine !== undefined && { lastErrorLine: cutText(lastErrorLine) }),
  }
}

export function shownBatch(info: BatchInfo): BatchInfo {
  return { ...info, name: cutText(info.name), owner: cutText(info.owner) }
}

export function shownWorker(info: WorkerInfo): WorkerInfo {
  const { owner } = info
  return {
    ...info,
    name: cutText(info.name),
    command: cutWords(info.command),
    ...(owner !== undefined && { owner: cutText(owner) }),
  }
}
