// Unknown variables in a command line that resemble ours: without a confirmation a shell would expand them to nothing.
import { nearVariables, type VariableContext } from '../../settings/variables'

export interface Misspelling {
  /** As it is written: `${flie}` or `$flie`. */
  written: string
  /** Our variables that may be meant, by their names. */
  near: string[]
}

const reference = /(?<!\\)(?:\$\{([^}]*)\}|\$([A-Za-z_]\w*))/g

/** Each once, in order; without variables that the command line sets or the environment has. */
export function misspellingsIn(commandLine: string, env: VariableContext['env']): Misspelling[] {
  const found = new Map<string, Misspelling>()
  for (const [written, braced, plain] of commandLine.matchAll(reference)) {
    const name = (braced ?? plain) as string
    if (plain !== undefined && isQuoted(commandLine, written)) continue
    const near = nearVariables(name)
    const [head] = /^\w+/.exec(name.trim()) ?? []
    if (near.length === 0 || (head !== undefined && (env[head] !== undefined || isSetIn(commandLine, head)))) continue
    found.set(written, { written, near })
  }
  return [...found.values()]
}

/** The command line with another name in each of these places. */
export function replaceMisspelling(commandLine: string, { written }: Misspelling, name: string): string {
  return commandLine.replace(reference, text => (text === written ? `\${${name}}` : text))
}

/** Within single quotes a shell expands nothing: `awk '{ print $fiel }'`. */
function isQuoted(commandLine: string, written: string): boolean {
  return !commandLine.replaceAll(/'[^']*'/g, "''").includes(written)
}

/** As in `name=…`, `for name in …`, `read name`. */
function isSetIn(commandLine: string, name: string): boolean {
  const words = 'for|select|read|local|export|declare|typeset|mapfile|readarray|printf\\s+-v'
  return new RegExp(`(?:^|[\\s;&|(])(?:${name}(?:\\[[^\\]]*\\])?\\+?=|(?:${words})\\s[^;|&]*?\\b${name}\\b)`).test(
    commandLine,
  )
}
