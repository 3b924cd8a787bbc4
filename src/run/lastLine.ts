// The last line of a stream that says something, for the row of a job. Pure; in the job service.

export const MAX_LINE_CHARACTERS = 500
/** Enough bytes of the end of a stream to find it in. */
export const LINE_WINDOW_BYTES = 4096

const NEWLINE = 10
const RETURN = 13
const ESCAPE = String.fromCharCode(27)
/** Colours and cursor movements of terminals. */
export const terminalSequence = new RegExp(`${ESCAPE}\\[[0-9;?]*[ -/]*[@-~]`, 'g')

/** From the end of a stream; a progress bar's `\r` ends a line too. `undefined` when all of it is blank. */
export function lastLineOf(tail: Uint8Array): string | undefined {
  let end = tail.length
  while (end > 0) {
    let start = end
    while (start > 0 && tail[start - 1] !== NEWLINE && tail[start - 1] !== RETURN) start--
    const line = decodeLine(tail.subarray(start, end), start === 0)
    if (line !== '') return line.length > MAX_LINE_CHARACTERS ? `${line.slice(0, MAX_LINE_CHARACTERS - 1)}…` : line
    end = start - 1
  }
  return undefined
}

/** What is not UTF-8 is replaced; a character that is cut by an end of the window is left out. */
function decodeLine(bytes: Uint8Array, isCutAtStart: boolean): string {
  let start = 0
  if (isCutAtStart) while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++
  // In stream mode the beginning of a character whose rest has not come yet is held back.
  const text = new TextDecoder().decode(bytes.subarray(start), { stream: true })
  return text.replace(terminalSequence, '').trim()
}
