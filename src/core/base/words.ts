// Splits a command line into words as a POSIX shell does (XCU 2.2). Nothing is expanded and no shell runs.
import { t } from '@vscode/l10n'

export interface SplitCommandLine {
  words: string[]
  /** What a shell would act on and this splitter leaves as it is, each once, in order: `|`, `>`, `$HOME` as `$` … */
  operators: string[]
  /** One sentence when a quote or an escape is not finished; `words` then ends before it. */
  error?: string
}

/** Characters that a shell acts on wherever they are unquoted. */
const operatorChars = new Set('|&;<>()*?[`')
/** What `$` must be followed by to be an expansion. */
const expansion = /^\$[A-Za-z0-9_{(@*#?$!-]/
/** A word that a shell reads as an assignment. */
export const assignment = /^[A-Za-z_][A-Za-z0-9_]*=/
/** What a backslash escapes within double quotes; elsewhere in them it stands for itself. */
const escapedInDoubleQuotes = new Set('$`"\\')

/** The escapes of `$'…'`. */
export const ansiEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** The `${name}` at `index`, if it is one that we expand ourselves. */
export function variableAt(
  commandLine: string,
  index: number,
  isVariable: (name: string) => boolean,
): string | undefined {
  const match = /^\$\{([^}]*)\}/.exec(commandLine.slice(index, index + 300))
  return match && isVariable(match[1] as string) ? match[0] : undefined
}

class Splitter {
  readonly #commandLine: string
  readonly #isVariable: (name: string) => boolean
  #at = 0
  #word: string | undefined
  readonly #words: string[] = []
  readonly #operators = new Set<string>()

  constructor(commandLine: string, isVariable: (name: string) => boolean) {
    this.#commandLine = commandLine
    this.#isVariable = isVariable
  }

  run(): SplitCommandLine {
    let error: string | undefined
    while (this.#at < this.#commandLine.length && error === undefined) error = this.#unquoted()
    if (error === undefined) this.#endWord()
    return { words: this.#words, operators: [...this.#operators], ...(error !== undefined && { error }) }
  }

  #add(text: string): void {
    this.#word = (this.#word ?? '') + text
  }

  #endWord(): void {
    if (this.#word !== undefined) this.#words.push(this.#word)
    this.#word = undefined
  }

  /** Reads one character, quoted string or variable; returns what is wrong with it. */
  #unquoted(): string | undefined {
    const commandLine = this.#commandLine
    const char = commandLine[this.#at] as string
    if (/\s/.test(char)) {
      this.#endWord()
      this.#at++
      return undefined
    }
    if (char === '\\') return this.#escape()
    if (char === "'") return this.#singleQuoted()
    if (char === '"') return this.#doubleQuoted()
    if (char === '$' && commandLine[this.#at + 1] === "'") return this.#ansiQuoted()
    if (char === '$') {
      this.#dollar()
      return undefined
    }
    if (char === '~' && this.#word === undefined) this.#operators.add('~')
    if (this.#word === undefined && this.#words.length === 0 && assignment.test(commandLine.slice(this.#at))) {
      this.#operators.add('NAME=value')
    }
    const double = char === '&' || char === '|' || char === '>' || char === '<' || char === ';'
    if (operatorChars.has(char)) {
      this.#operators.add(double && commandLine[this.#at + 1] === char ? char + char : char)
      if (double && commandLine[this.#at + 1] === char) this.#advance()
    }
    this.#advance()
    return undefined
  }

  #advance(): void {
    this.#add(this.#commandLine[this.#at] as string)
    this.#at++
  }

  #dollar(): void {
    const variable = variableAt(this.#commandLine, this.#at, this.#isVariable)
    if (variable === undefined && expansion.test(this.#commandLine.slice(this.#at))) this.#operators.add('$')
    this.#add(variable ?? '$')
    this.#at += variable?.length ?? 1
  }

  #escape(): string | undefined {
    const next = this.#commandLine[this.#at + 1]
    if (next === undefined)
      return t('The line ends in a backslash that escapes nothing. To mean a backslash, write two.')
    if (next !== '\n') this.#add(next)
    this.#at += 2
    return undefined
  }

  #singleQuoted(): string | undefined {
    const end = this.#commandLine.indexOf("'", this.#at + 1)
    if (end < 0) return this.#unclosed("'", this.#at)
    this.#add(this.#commandLine.slice(this.#at + 1, end))
    this.#at = end + 1
    return undefined
  }

  #doubleQuoted(): string | undefined {
    const start = this.#at
    this.#add('')
    this.#at++
    while (this.#at < this.#commandLine.length) {
      const char = this.#commandLine[this.#at] as string
      const next = this.#commandLine[this.#at + 1]
      if (char === '"') {
        this.#at++
        return undefined
      }
      if (char === '\\' && next !== undefined && (escapedInDoubleQuotes.has(next) || next === '\n')) {
        if (next !== '\n') this.#add(next)
        this.#at += 2
      } else if (char === '$') {
        this.#dollar()
      } else {
        if (char === '`') this.#operators.add('`')
        this.#advance()
      }
    }
    return this.#unclosed('"', start)
  }

  /** `$'…'` with the escapes of C (POSIX.1-2024, XCU 2.2.4): how a line break is written on one line. */
  #ansiQuoted(): string | undefined {
    const start = this.#at
    this.#add('')
    this.#at += 2
    while (this.#at < this.#commandLine.length) {
      const rest = this.#commandLine.slice(this.#at, this.#at + 4)
      if (rest[0] === "'") {
        this.#at++
        return undefined
      }
      const code = /^\\x([0-9A-Fa-f]{1,2})/.exec(rest)
      if (code) {
        this.#add(String.fromCharCode(Number.parseInt(code[1] as string, 16)))
        this.#at += code[0].length
      } else if (rest[0] === '\\' && rest[1] !== undefined) {
        this.#add(ansiEscapes[rest[1]] ?? rest[1])
        this.#at += 2
      } else {
        this.#advance()
      }
    }
    return this.#unclosed("$'", start)
  }

  #unclosed(quote: string, start: number): string {
    return t`The quote ${quote} at character ${start + 1} is not closed.`
  }
}

/**
 * Splits a command line into words.
 * @param isVariable which `${name}` are expanded later by us and not by a shell
 */
export function splitWords(commandLine: string, isVariable: (name: string) => boolean = () => false): SplitCommandLine {
  return new Splitter(commandLine, isVariable).run()
}
