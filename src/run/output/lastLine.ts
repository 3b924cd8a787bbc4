// The last line of a stream that is not blank, as it is shown in the row of a job. Pure.
import { shortenText } from '../../core/base/cut'
import { fromWholeCharacter } from './utf8'

export const MAX_LINE_CHARACTERS = 500
/** How many bytes of the end of a stream are searched for it. */
export const LINE_WINDOW_BYTES = 4096

const NEWLINE = 10
const RETURN = 13
const ESCAPE = String.fromCharCode(27)
const BELL = String.fromCharCode(7)

/**
 * Control sequences of terminals (ECMA-48): colours and cursor movements, titles and links, character sets and the rest. An
 * incomplete one reaches to the end.
 */
const terminalSequence = new RegExp(
  `${ESCAPE}(?:${[
    '\\[[0-?]*[ -/]*(?:[@-~]|$)',
    `[\\]PX^_][^${ESCAPE}${BELL}]*(?:${BELL}|${ESCAPE}\\\\|(?=${ESCAPE})|$)`,
    '[ -/]+(?:[0-~]|$)',
    '[0-~]?',
  ].join('|')})`,
  'g',
)
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\x00-\x08\x0b-\x1f\x7f]/g

/** A line as a terminal shows it, without control sequences. */
export function withoutTerminal(text: string): string {
  return text.replace(terminalSequence, '').replace(control, '')
}

/** From the end of a stream; a progress bar's `\r` ends a line too. `undefined` when all of it is blank. */
export function lastLineOf(tail: Uint8Array): string | undefined {
  let end = tail.length
  while (end > 0) {
    let start = end
    while (start > 0 && tail[start - 1] !== NEWLINE && tail[start - 1] !== RETURN) start--
    const line = decodeLine(tail.subarray(start, end), start === 0)
    if (line !== '') return shortenText(line, MAX_LINE_CHARACTERS)
    end = start - 1
  }
  return undefined
}

/** What is not UTF-8 is replaced; a character that is cut by an end of the window is left out. */
function decodeLine(bytes: Uint8Array, isCutAtStart: boolean): string {
  const whole = isCutAtStart ? fromWholeCharacter(bytes) : bytes
  // In stream mode the decoder holds back the beginning of a character whose rest has not come yet.
  const text = new TextDecoder().decode(whole, { stream: true })
  return withoutTerminal(text).trim()
}
