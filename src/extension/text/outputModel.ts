// How an output is shown: as text or not, and under which name.
import { cutBytes } from '../../core/base/cut'

/** What can be shown of a job: what it wrote, or the value that it has answered in a protocol. */
export type OutputPart = 'stdout' | 'stderr' | 'value'

const endings: Readonly<Record<OutputPart, string>> = { stdout: '.out', stderr: '.err', value: '.json' }

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

// biome-ignore lint/suspicious/noControlCharactersInRegex: they cannot be in file names
const notInFileNames = /[<>:"/\\|?*\x00-\x1f]+/g

/** With an extension it stays below the 255 bytes that file systems allow. */
const MAX_NAME_BYTES = 150

/**
 * A file name for what a job wrote; its ending keeps viewers of the input's format from opening it, or says JSON.
 * @param attempt the number of an earlier attempt, which is added to the name
 */
export function outputName(jobName: string, part: OutputPart, attempt?: number): string {
  return fileName(jobName, `${attempt === undefined ? '' : ` (attempt ${attempt})`}${endings[part]}`)
}

/** A name that is valid on all file systems. */
export function fileName(jobName: string, ending: string): string {
  const safe = cutBytes(jobName.replace(notInFileNames, '_'), MAX_NAME_BYTES).trim()
  return `${safe || 'job'}${ending}`
}
