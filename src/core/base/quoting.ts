// Quotes words so that a POSIX shell, or a Windows program, reads them back from a command line.
import { ansiEscapes, assignment } from './words'

const plainWord = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\x00-\x1f\x7f]/

function ansiEscape(char: string): string {
  const letter = Object.entries(ansiEscapes).find(([, value]) => value === char)?.[0]
  return letter ? `\\${letter}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}

function singleQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** The word as a POSIX shell reads it back, on one line whatever is in it. */
export function quoteWord(word: string): string {
  if (plainWord.test(word)) return word
  if (!control.test(word)) return singleQuoted(word)
  const escaped = word.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replace(new RegExp(control, 'g'), ansiEscape)
  return `$'${escaped}'`
}

/** The command line that splits into these words. */
export function joinWords(words: readonly string[]): string {
  return words
    .map((word, index) => (index === 0 && assignment.test(word) ? singleQuoted(word) : quoteWord(word)))
    .join(' ')
}

/** One argument in quotes, as the C runtime of Windows splits a command line: backslashes count only before a quote. */
export function quoteWindowsArgument(argument: string): string {
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`
}
