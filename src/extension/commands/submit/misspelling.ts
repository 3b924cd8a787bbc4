// Variables in a command line that are none of ours and resemble one: without a question they would become a shell's,
// which knows nothing of them and fills in nothing.
import { nearVariables, type VariableContext } from '../../settings/variables'

export interface Misspelling {
  /** As it stands in the line: `${flie}` or `$flie`. */
  written: string
  /** Our variables that may be meant, by their names. */
  near: string[]
}

const reference = /(?<!\\)(?:\$\{([^}]*)\}|\$([A-Za-z_]\w*))/g

/** Each once, in order. What the line itself sets, or the environment has, is somebody else's on purpose. */
export function misspellingsIn(line: string, env: VariableContext['env']): Misspelling[] {
  const found = new Map<string, Misspelling>()
  for (const [written, braced, plain] of line.matchAll(reference)) {
    const name = (braced ?? plain) as string
    if (plain !== undefined && isQuoted(line, written)) continue
    const near = nearVariables(name)
    const [head] = /^\w+/.exec(name.trim()) ?? []
    if (near.length === 0 || (head !== undefined && (env[head] !== undefined || isSetIn(line, head)))) continue
    found.set(written, { written, near })
  }
  return [...found.values()]
}

/** The line with another name in each of these places. */
export function replaceMisspelling(line: string, { written }: Misspelling, name: string): string {
  return line.replace(reference, text => (text === written ? `\${${name}}` : text))
}

/** Within single quotes a shell fills in nothing: `awk '{ print $fiel }'`. */
function isQuoted(line: string, written: string): boolean {
  return !line.replaceAll(/'[^']*'/g, "''").includes(written)
}

/** As in `name=…`, `for name in …`, `read name`. */
function isSetIn(line: string, name: string): boolean {
  const words = 'for|select|read|local|export|declare|typeset|mapfile|readarray|printf\\s+-v'
  return new RegExp(`(?:^|[\\s;&|(])(?:${name}(?:\\[[^\\]]*\\])?\\+?=|(?:${words})\\s[^;|&]*?\\b${name}\\b)`).test(line)
}
