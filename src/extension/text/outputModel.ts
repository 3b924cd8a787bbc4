// How an output is shown: as text or not, and under which name.
import { t } from '@vscode/l10n'
import { cutBytes } from '../../core/base/cut'

/** What can be shown of a job: both streams by time, one alone, or the value that it has answered in a protocol. */
export type OutputPart = 'output' | 'stdout' | 'stderr' | 'value'

const endings: Readonly<Record<OutputPart, string>> = {
  output: '.out',
  stdout: '.stdout',
  stderr: '.err',
  value: '.json',
}

/** Read to distinguish text from binary data. */
export const SAMPLE_BYTES = 64 * 1024

/** Whether bytes are UTF-8 text; `cut` when they are only the start, which may end within a character. */
export function isText(bytes: Uint8Array, cut: boolean): boolean {
  if (bytes.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut })
    return true
  } catch {
    return false
  }
}

/** The first bytes of images that VS Code shows, in hexadecimal; dots are any digits. */
const images: readonly (readonly [ending: string, start: RegExp])[] = [
  ['.png', /^89504e470d0a1a0a/],
  ['.jpg', /^ffd8ff/],
  ['.gif', /^47494638(?:37|39)61/],
  ['.webp', /^52494646.{8}57454250/],
  ['.bmp', /^424d.{8}00000000/],
]
const svg = /^\ufeff?\s*(?:<[?!][^<]*>\s*)*<svg[\s>]/

/** The ending of the file name of an image, by its first bytes; `undefined` when it is none. */
export function imageEnding(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('hex')
  const found = images.find(([, pattern]) => pattern.test(start))
  if (found) return found[0]
  return svg.test(Buffer.from(bytes.subarray(0, 2048)).toString()) ? '.svg' : undefined
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they cannot be in file names
const notInFileNames = /[<>:"/\\|?*\x00-\x1f]+/g

/** With an extension it stays below the 255 bytes that file systems allow. */
const MAX_NAME_BYTES = 150

/**
 * A file name for what a job wrote; its ending keeps viewers of the input's format from opening it, or says JSON.
 * @param attempt the number of an earlier attempt, which is added to the name
 * @param ending another one, for a viewer of that format
 */
export function outputName(jobName: string, part: OutputPart, attempt?: number, ending = endings[part]): string {
  return fileName(jobName, `${attempt === undefined ? '' : t` (attempt ${attempt})`}${ending}`)
}

/** A name that is valid on all file systems. */
export function fileName(jobName: string, ending: string): string {
  const safe = cutBytes(jobName.replace(notInFileNames, '_'), MAX_NAME_BYTES).trim()
  return `${safe || 'job'}${ending}`
}
