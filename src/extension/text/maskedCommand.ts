// A command as it may be shown to others: without the words that look secret.
import { isSecret } from '../../service/base/secrets'

export const MASK = '…'

/** What begins so is a key of a well-known service, or a token of the usual form. */
const knownKey = /^(gh[a-z]_|github_pat_|glpat-|sk-|pk-|xox[a-z]-|AKIA|ASIA|AIza|eyJ[\w-]+\.)/
/** `NAME=value`, `--name=value`. */
const assignment = /^(-{0,2})([\w.-]+)=(.+)$/s
const option = /^--?([a-z][\w-]*)$/i
/** Of a header: `Authorization: Bearer …`. */
const header = /^([\w-]+):\s*(.+)$/s

/** A word of a line of a shell, with what is quoted in it. */
const lineWord = /(?:"[^"]*"?|'[^']*'?|[^\s"'])+/g
const quoted = /^(["'])(.*)\1$/s

/** Each word that looks secret is replaced, by its own form or because an option before it announces it. */
export function maskCommand(words: readonly string[], extra: readonly string[] = []): string[] {
  return words.map((word, i) => (isAnnounced(word, words[i - 1], extra) ? MASK : maskWord(word, extra)))
}

function isAnnounced(word: string, before = '', extra: readonly string[]): boolean {
  const name = option.exec(before)?.[1]
  if (name === undefined || option.test(word)) return false
  if (/^(u|user)$/.test(name) && /.:./.test(word)) return true // curl's name and password
  return isSecret(name, '', extra)
}

function maskWord(word: string, extra: readonly string[]): string {
  const [, quote = '', inner = ''] = quoted.exec(word) ?? []
  if (inner !== '') return `${quote}${maskWord(inner, extra)}${quote}`
  const [, dashes = '', name = '', value = ''] = assignment.exec(word) ?? []
  if (name !== '' && (isSecret(name, value, extra) || knownKey.test(value))) return `${dashes}${name}=${MASK}`
  const [, field = '', content = ''] = header.exec(word) ?? []
  if (field !== '' && isSecret(field, content, extra)) return `${field}: ${MASK}`
  const inLine = word.match(lineWord) ?? []
  if (inLine.length > 1) return maskLine(word, inLine, extra)
  return isSecret('', word, extra) || knownKey.test(word) ? MASK : word
}

/** What is between the words stays. */
function maskLine(line: string, words: readonly string[], extra: readonly string[]): string {
  const masked = maskCommand(words, extra)
  let i = 0
  return line.replace(lineWord, () => masked[i++] as string)
}
