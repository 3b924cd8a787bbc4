// What is only shown is cut to what a person reads, marked with “…”: a message with many rows stays far below the limit
// of a message, whatever a command or a name is. Whoever needs the whole asks for it.
import type { JobError, JobInfo } from '../../api'
import type { BatchInfo, WorkerInfo } from './facts'

/** Of a text in a message: ten of them in each of 200 rows fit into one. */
const MAX_SHOWN_BYTES = 1500
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

/** With all of its texts cut, whichever it has. */
function withTextsCut<T extends object>(info: T): T {
  const texts = Object.entries(info).filter(([, value]) => typeof value === 'string')
  return { ...info, ...Object.fromEntries(texts.map(([key, text]) => [key, cutText(text)])) }
}

export function shownJob(info: JobInfo): JobInfo {
  const { error } = info
  const command = cutWords(info.command)
  return { ...withTextsCut(info), command, ...(error && { error: withTextsCut(error) }) }
}

export function shownBatch(info: BatchInfo): BatchInfo {
  return withTextsCut(info)
}

export function shownWorker(info: WorkerInfo): WorkerInfo {
  return { ...withTextsCut(info), command: cutWords(info.command) }
}

/** The sentence on an error, which may name what is long. */
export function shortError(error: JobError): JobError {
  return { ...error, message: cutText(error.message, MAX_SENTENCE_BYTES) }
}
