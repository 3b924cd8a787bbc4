// Variables of ours in a command that a shell runs.
import { variableAt } from './words'

/** What encloses a position in a shell command: it decides how a variable must be written there. */
type Context = 'plain' | '"' | '(' | '`'

/** `$name`, or the start of `${name%…}` and the like. */
const shellParameter = /^\$(?:\{([A-Za-z_]\w*)|([A-Za-z_]\w*))/

/**
 * A shell command in which each unquoted `${name}` of ours has become `"${name}"`, so that the shell keeps its value one
 * word. Values are passed as environment variables and never become part of the command.
 * @param nameInShell the environment variable for one of our variables; `undefined` if it is not ours
 * @returns the command, and which of our variables it uses, by our names
 */
export function protectVariables(
  command: string,
  nameInShell: (name: string) => string | undefined,
): { command: string; used: string[] } {
  const contexts: Context[] = ['plain']
  const used = new Set<string>()
  let result = ''
  for (let at = 0; at < command.length; ) {
    const context = contexts.at(-1) as Context
    const isDollar = command[at] === '$'
    const variable = isDollar ? variableAt(command, at, name => nameInShell(name) !== undefined) : undefined
    if (variable !== undefined) {
      const name = variable.slice(2, -1)
      used.add(name)
      const written = `\${${nameInShell(name)}}`
      result += context === '"' ? written : `"${written}"`
      at += variable.length
      continue
    }
    let length = literalLength(command, at, context)
    if (length === 0) {
      const name = isDollar ? parameterAt(command, at) : undefined
      if (name !== undefined && nameInShell(name) !== undefined) used.add(name)
      length = updateContexts(contexts, command, at)
    }
    result += command.slice(at, at + length)
    at += length
  }
  return { command: result, used: [...used] }
}

/** The length of an escaped character or a single-quoted string at this position; 0 for anything else. */
function literalLength(command: string, at: number, context: Context): number {
  if (command[at] === '\\') return 2
  if (command[at] !== "'" || context === '"') return 0
  const end = command.indexOf("'", at + 1)
  return (end < 0 ? command.length : end + 1) - at
}

function parameterAt(command: string, at: number): string | undefined {
  const [, braced, plain] = shellParameter.exec(command.slice(at, at + 300)) ?? []
  return braced ?? plain
}

/**
 * Enters or leaves a double-quoted string or a substitution.
 * @returns how many characters that takes
 */
function updateContexts(contexts: Context[], command: string, at: number): number {
  if (command.startsWith('$(', at)) {
    contexts.push('(')
    return 2
  }
  const char = command[at]
  const context = contexts.at(-1)
  if (char === '"' || char === '`') {
    if (context === char) contexts.pop()
    else contexts.push(char)
  } else if (char === '(' && context !== '"') contexts.push('(')
  else if (char === ')' && context === '(') contexts.pop()
  return 1
}
