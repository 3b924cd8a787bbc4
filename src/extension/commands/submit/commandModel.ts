// Parses a typed command line: to words, or to a shell command with its variables as environment variables, and what is
// wrong with it.
import { homedir } from 'node:os'
import path from 'node:path'
import { t } from '@vscode/l10n'
import { environmentValue } from '../../../core/base/programSearch'
import { emptyRecord } from '../../../core/base/records'
import { protectVariables } from '../../../core/base/shellVariables'
import { splitWords } from '../../../core/base/words'
import type { Note } from '../../quickInput/note'
import {
  expandKnownVariables,
  expandVariables,
  isVariable,
  nameInShell,
  type VariableContext,
  variableValue,
} from '../../settings/variables'

/** The shell that is offered for pipes and redirections: a failure anywhere in a pipe is a failure. */
export const PIPE_SHELL = 'bash -o pipefail'

export interface CheckedCommandLine {
  words: string[]
  /** What only a shell would act on, such as `|`. */
  operators: string[]
  note?: Note
}

export function checkCommandLine(commandLine: string): CheckedCommandLine {
  const { words, operators, error } = splitWords(commandLine, isVariable)
  const message =
    error ??
    (words.length === 0 || words[0] === '' ? t('The command is empty. Type a program and its arguments.') : undefined)
  return { words, operators, ...(message !== undefined && { note: { severity: 'error', message } }) }
}

/** The fields of a job spec that a command line determines. */
export interface Command {
  command: string[]
  shell?: string
  env?: Record<string, string>
}

/** A relative path that starts with a dash would be read as an option. */
function expandWord(word: string, context: VariableContext): string {
  const expanded = expandKnownVariables(word, context)
  return expanded.startsWith('-') && /^\$\{(fileBasename|relativeFile)\}/.test(word) ? `./${expanded}` : expanded
}

const isPython = (word: string | undefined) => word === 'python' || word === 'python3'

/**
 * The command of a command line. In a shell it stays as it was typed, and values of variables are passed in the
 * environment: a file name is never read as shell code.
 * @param python the interpreter that a first word `python` or `python3` means; `undefined` leaves the word to PATH
 */
export function buildCommand(
  commandLine: string,
  inShell: boolean,
  context: VariableContext,
  python?: string,
): Command {
  const { words } = splitWords(commandLine, isVariable)
  if (!inShell) {
    const command = words.map(word => expandWord(word, context))
    if (python !== undefined && isPython(words[0])) command[0] = python
    return { command }
  }
  const { command, used } = protectVariables(commandLine, nameInShell)
  const env = emptyRecord<string>()
  for (const name of used) {
    if (!name.startsWith('env:')) env[nameInShell(name) as string] = variableValue(name, context)
  }
  if (python !== undefined && isPython(words[0])) {
    env.PATH = `${path.dirname(python)}${path.delimiter}${environmentValue(context.env, 'PATH', context.windows) ?? ''}`
  }
  return { command: [command], shell: PIPE_SHELL, ...(Object.keys(env).length > 0 && { env }) }
}

/**
 * Absolute path of a typed one: variables expanded, `~/` is the home folder, the rest relative to `cwd`. Throws a
 * sentence.
 */
export function resolvePath(typed: string, context: VariableContext): string {
  const expanded = expandVariables(typed.trim(), context)
  const home = /^~(?=$|[/\\])/.test(expanded) ? homedir() + expanded.slice(1) : expanded
  return path.resolve(context.cwd, home)
}

/** Absolute path of a file to be written, or `undefined` when nothing was typed. Throws a sentence. */
export function resolveOutput(typed: string, context: VariableContext): string | undefined {
  if (typed.trim() === '') return undefined
  if (/[/\\]$/.test(typed.trim())) throw new Error(t`${typed.trim()} names a folder. Add a file name.`)
  return resolvePath(typed, context)
}
