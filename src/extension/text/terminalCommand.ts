// The command line that does in a terminal what a job does: folder, variables, wrapper, quoting, input and output.
import { t } from '@vscode/l10n'
import { jsonPieces } from '../../client/values/arrayText'
import { joinWords, quoteWindowsArgument, quoteWord } from '../../core/base/quoting'
import { wordsOfJob } from '../../core/jobs/containerWords'
import type { StoredInput, StoredSpec } from '../../core/jobs/job'
import { toNdArray } from '../../core/values/arrays'
import { decodeFrame, placeArray } from '../../core/values/frames'

export interface TerminalOptions {
  /** Variables that the job service sets and a terminal does not have, such as those for the number of threads. */
  serviceEnv: Readonly<Record<string, string>>
  /** Where Python finds the helper for workers; for jobs with a protocol. */
  pythonFolder: string
  windows: boolean
}

type TerminalEnv = Readonly<Record<string, string | null>>

/** Larger input does not fit into a command line that a user pastes. */
const MAX_INLINE_INPUT = 4096

/** The words that are started: a shell gets its command line after `-c`. */
export function startedWords(spec: Pick<StoredSpec, 'command' | 'shell' | 'wrapper'>): string[] {
  const wrapper = spec.wrapper ?? []
  if (!spec.shell) return [...wrapper, ...spec.command]
  const shell = spec.shell === true ? ['/bin/sh'] : spec.shell.split(/\s+/).filter(word => word !== '')
  return [...wrapper, ...shell, '-c', ...spec.command]
}

/** Where Python looks for modules. */
const PYTHONPATH = 'PYTHONPATH'

/** PYTHONPATH of the job with the helper's folder added; `undefined` when it is to be added to that of the terminal. */
function ownPythonPath({ env, secretEnv }: StoredSpec, folder: string, separator: string): string | undefined {
  const own = env?.[PYTHONPATH]
  if (own === undefined || secretEnv?.includes(PYTHONPATH)) return undefined
  return own ? `${own}${separator}${folder}` : folder
}

/** A secret is not copied: the terminal's own variable of that name is used instead. */
function assignment(name: string, value: string, secret: boolean): string {
  return secret ? `${name}="$${name}"` : `${name}=${quoteWord(value)}`
}

function posixInput(stdin: StoredInput | undefined): { before: string; after: string } {
  if (stdin === undefined || 'ask' in stdin) return { before: '', after: ' < /dev/null' }
  if ('file' in stdin) return { before: '', after: ` < ${quoteWord(stdin.file)}` }
  if ('text' in stdin) return { before: `printf %s ${quoteWord(stdin.text)} | `, after: '' }
  return { before: `printf %s ${stdin.base64} | base64 -d | `, after: '' }
}

/** A variable that is not set adds no empty folder, which would mean the current one. */
function posixAppend(name: string, folder: string): string {
  return `${name}="\${${name}:+$${name}:}"${quoteWord(folder)}`
}

/** Of a name that the job itself has not. */
function containerOf({ container, cwd, env = {} }: StoredSpec): string[] {
  return container ? wordsOfJob(container, { id: 'terminal', cwd, env: Object.keys(env) }) : []
}

function posixCommand(spec: StoredSpec, { serviceEnv, pythonFolder }: TerminalOptions): string {
  const helper = spec.protocol && pythonFolder
  const pythonPath = helper && ownPythonPath(spec, helper, ':')
  const env: TerminalEnv = { ...serviceEnv, ...spec.env, ...(pythonPath && { [PYTHONPATH]: pythonPath }) }
  const removed = Object.keys(env).filter(name => env[name] === null)
  const secrets = new Set(spec.secretEnv)
  const given = Object.keys(env).filter(name => typeof env[name] === 'string')
  const missing = (spec.secretEnv ?? []).filter(name => !Object.hasOwn(env, name))
  const assignments = [...given, ...missing].map(name => assignment(name, env[name] ?? '', secrets.has(name)))
  if (helper && !pythonPath) assignments.push(posixAppend(PYTHONPATH, helper))
  const prefix = [...(removed.length > 0 ? ['env', ...removed.flatMap(name => ['-u', name])] : []), ...assignments]
  const { before, after } = posixInput(spec.stdin)
  const stdout = typeof spec.stdout === 'object' ? ` > ${quoteWord(spec.stdout.file)}` : ''
  const stderr = spec.stderr ? ` 2> ${quoteWord(spec.stderr.file)}` : ''
  const command = [...prefix, joinWords([...containerOf(spec), ...startedWords(spec)])].join(' ')
  return `cd ${quoteWord(spec.cwd)} && ${before}${command}${after}${stdout}${stderr}`
}

/** In quotes only where that is needed. */
function windowsWord(word: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word)) return word
  return quoteWindowsArgument(word)
}

function windowsCommand(spec: StoredSpec, { serviceEnv, pythonFolder }: TerminalOptions): string {
  const secrets = new Set(spec.secretEnv)
  const helper = spec.protocol && pythonFolder
  const pythonPath = helper && ownPythonPath(spec, helper, ';')
  const sets = Object.entries({ ...serviceEnv, ...spec.env, ...(pythonPath && { [PYTHONPATH]: pythonPath }) })
    .filter(([name]) => !secrets.has(name))
    .map(([name, value]) => `set "${name}=${value ?? ''}" && `)
  if (helper && !pythonPath) sets.push(`${windowsAppend(PYTHONPATH, helper)} && `)
  const words = spec.shell === true ? [...(spec.wrapper ?? []), ...spec.command] : startedWords(spec)
  const command = spec.shell === true ? words.join(' ') : words.map(windowsWord).join(' ')
  const stdin = spec.stdin && 'file' in spec.stdin ? ` < ${windowsWord(spec.stdin.file)}` : ' < NUL'
  const stdout = typeof spec.stdout === 'object' ? ` > ${windowsWord(spec.stdout.file)}` : ''
  const stderr = spec.stderr ? ` 2> ${windowsWord(spec.stderr.file)}` : ''
  return `cd /d "${spec.cwd}" && ${sets.join('')}${command}${stdin}${stdout}${stderr}`
}

/** A variable that is not set would stay in the command line as its name. */
function windowsAppend(name: string, folder: string): string {
  return `(if defined ${name} (set "${name}=%${name}%;${folder}") else set "${name}=${folder}")`
}

/** For a POSIX shell; on Windows for the Command Prompt. */
export function terminalCommand(spec: StoredSpec, options: TerminalOptions): string {
  return options.windows ? windowsCommand(spec, options) : posixCommand(spec, options)
}

type WithInput = Pick<StoredSpec, 'stdin' | 'protocol'>

/** Why the command line cannot hold the job's input, and what to do; `undefined` when it can. */
export function inputGap(spec: WithInput, windows: boolean): string | undefined {
  const { stdin } = spec
  if (stdin && 'ask' in stdin)
    return t('Its input is made by the extension that submitted it, so the line reads nothing.')
  const input = terminalInput(spec)
  if (input === stdin && (!input || 'file' in input)) return undefined
  if (!windows && input && inlineSize(input) <= MAX_INLINE_INPUT) return undefined
  return t('Its input does not fit into a line, so the line reads nothing. “Save Input…” writes the input to a file.')
}

function inlineSize(input: StoredInput): number {
  return 'text' in input ? input.text.length : 'base64' in input ? input.base64.length : 0
}

/** The input as a terminal can provide it: bytes, text, a file; JSON in the place of a frame, unless that is large. */
function terminalInput({ stdin, protocol }: WithInput): StoredInput | undefined {
  if (!stdin || protocol !== 'frames') return stdin
  if (!('base64' in stdin) || stdin.arrays) return undefined
  const { head, arrays, inline } = decodeFrame(Buffer.from(stdin.base64, 'base64'))
  for (const [i, entry] of arrays.entries()) placeArray(head, entry.path, toNdArray(entry, inline[i] as Uint8Array))
  return { text: [...jsonPieces(head.value)].join('') }
}

/** The spec with its input as a terminal can provide it; input that does not fit is left out. */
export function terminalSpec(spec: StoredSpec, windows: boolean): StoredSpec {
  const { stdin: _, ...rest } = spec
  const stdin = inputGap(spec, windows) === undefined ? terminalInput(spec) : undefined
  return stdin ? { ...rest, stdin } : rest
}
