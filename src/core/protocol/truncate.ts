// Texts that are only displayed are truncated and marked with “…”, so that a message with many rows stays far below the
// limit of a message, however long a command or a name is. Whoever needs the whole text requests it.
import type { JobError, JobInfo } from '../../api'
import type { BatchInfo, WorkerInfo } from './facts'

/** Of a text in a message: ten such texts in each of 200 rows fit into one. */
const MAX_TEXT_BYTES = 1500
/** Of a sentence from outside: the reason of a cancel, what a function has thrown. */
export const MAX_SENTENCE_BYTES = 8 * 1024
/** The quotes and the comma of a word in a message. */
const WORD_OVERHEAD_BYTES = 3

/** At most how many bytes a character takes in a message. */
function bytesOf(code: number): number {
  if (code < 0x20) return 6
  if (code === 0x22 || code === 0x5c) return 2
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  if (code >= 0xd800 && code <= 0xdfff) return 6 // a lone surrogate, which JSON escapes
  return code < 0x10000 ? 3 : 4
}

/** How much of a text fits into so many bytes of a message. */
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

/** The text, or as much of its beginning as takes at most `maxBytes` in a message. */
export function truncateText(text: string, maxBytes = MAX_TEXT_BYTES): string {
  if (text.length * 6 <= maxBytes) return text
  const { length } = fitting(text, maxBytes)
  return length === text.length ? text : `${text.slice(0, length)}…`
}

/** As many words as fit; the last one is truncated, or is “…” when more follow. */
function truncateWords(words: readonly string[]): readonly string[] {
  let left = MAX_TEXT_BYTES
  for (const [i, word] of words.entries()) {
    const { length, bytes } = fitting(word, left)
    if (length < word.length) return [...words.slice(0, i), `${word.slice(0, length)}…`]
    left -= bytes + WORD_OVERHEAD_BYTES
    if (left <= 0 && i + 1 < words.length) return [...words.slice(0, i + 1), '…']
  }
  return words
}

/** A copy in which all texts are truncated. */
function truncateTexts<T extends object>(info: T): T {
  const texts = Object.entries(info).filter(([, value]) => typeof value === 'string')
  return { ...info, ...Object.fromEntries(texts.map(([key, text]) => [key, truncateText(text)])) }
}

export function truncateJob(info: JobInfo): JobInfo {
  const { error } = info
  const command = truncateWords(info.command)
  return { ...truncateTexts(info), command, ...(error && { error: truncateTexts(error) }) }
}

export function truncateBatch(info: BatchInfo): BatchInfo {
  return truncateTexts(info)
}

export function truncateWorker(info: WorkerInfo): WorkerInfo {
  return { ...truncateTexts(info), command: truncateWords(info.command) }
}

/** An error whose sentence may contain a long name. */
export function truncateError(error: JobError): JobError {
  return { ...error, message: truncateText(error.message, MAX_SENTENCE_BYTES) }
}
