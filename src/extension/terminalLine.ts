// The line that does in a terminal what a job does: folder, variables, wrapper, quoting, input and output. Runs in the
// window, without VS Code.
import type { StoredInput, StoredSpec } from '../core/job'
import { joinWords, quoteWord } from '../core/words'

export interface TerminalOptions {
  /** Variables that the job service sets and a terminal does not have, such as those for the number of threads. */
  serviceEnv: Readonly<Record<string, string>>
  windows: boolean
}

/** Larger input does not fit into a line that a person pastes. */
const MAX_INLINE_INPUT = 4096

/** The words that are started: a shell gets its line behind `-c`. */
export function startedWords(spec: Pick<StoredSpec, 'command' | 'shell' | 'wrapper'>): string[] {
  const wrapper = spec.wrapper ?? []
  if (!spec.shell) return [...wrapper, ...spec.command]
  const shell = spec.shell === true ? ['/bin/sh'] : spec.shell.split(/\s+/).filter(word => word !== '')
  return [...wrapper, ...shell, '-c', ...spec.command]
}

/** A secret is not copied: the terminal's own variable of that name stands in its place. */
function assignment(name: string, value: string, secret: boolean): string {
  return secret ? `${name}="$${name}"` : `${name}=${quoteWord(value)}`
}

function posixInput(stdin: StoredInput | undefined): { before: string; after: string } {
  if (stdin === undefined || 'ask' in stdin) return { before: '', after: ' < /dev/null' }
  if ('file' in stdin) return { before: '', after: ` < ${quoteWord(stdin.file)}` }
  if ('text' in stdin) return { before: `printf %s ${quoteWord(stdin.text)} | `, after: '' }
  return { before: `printf %s ${stdin.base64} | base64 -d | `, after: '' }
}

function posixLine(spec: StoredSpec, serviceEnv: Readonly<Record<string, string>>): string {
  const env = { ...serviceEnv, ...spec.env }
  const removed = Object.keys(env).filter(name => env[name] === null)
  const secrets = new Set(spec.secretEnv)
  const given = Object.keys(env).filter(name => typeof env[name] === 'string')
  const missing = (spec.secretEnv ?? []).filter(name => !(name in env))
  const assignments = [...given, ...missing].map(name => assignment(name, env[name] ?? '', secrets.has(name)))
  const prefix = [...(removed.length > 0 ? ['env', ...removed.flatMap(name => ['-u', name])] : []), ...assignments]
  const { before, after } = posixInput(spec.stdin)
  const stdout = typeof spec.stdout === 'object' ? ` > ${quoteWord(spec.stdout.file)}` : ''
  const stderr = spec.stderr ? ` 2> ${quoteWord(spec.stderr.file)}` : ''
  const command = [...prefix, joinWords(startedWords(spec))].join(' ')
  return `cd ${quoteWord(spec.cwd)} && ${before}${command}${after}${stdout}${stderr}`
}

/** A word for a Windows program's own splitting of its command line (CommandLineToArgvW). */
function windowsWord(word: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word)) return word
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}

function windowsLine(spec: StoredSpec, serviceEnv: Readonly<Record<string, string>>): string {
  const secrets = new Set(spec.secretEnv)
  const sets = Object.entries({ ...serviceEnv, ...spec.env })
    .filter(([name]) => !secrets.has(name))
    .map(([name, value]) => `set "${name}=${value ?? ''}" && `)
  const words = spec.shell === true ? [...(spec.wrapper ?? []), ...spec.command] : startedWords(spec)
  const command = spec.shell === true ? words.join(' ') : words.map(windowsWord).join(' ')
  const stdin = spec.stdin && 'file' in spec.stdin ? ` < ${windowsWord(spec.stdin.file)}` : ' < NUL'
  const stdout = typeof spec.stdout === 'object' ? ` > ${windowsWord(spec.stdout.file)}` : ''
  const stderr = spec.stderr ? ` 2> ${windowsWord(spec.stderr.file)}` : ''
  return `cd /d "${spec.cwd}" && ${sets.join('')}${command}${stdin}${stdout}${stderr}`
}

/** For a POSIX shell; on Windows for the Command Prompt. */
export function terminalLine(spec: StoredSpec, { serviceEnv, windows }: TerminalOptions): string {
  return windows ? windowsLine(spec, serviceEnv) : posixLine(spec, serviceEnv)
}

/** Why the line cannot hold the job's input, and what to do; `undefined` when it can. */
export function inputGap(stdin: StoredInput | undefined, windows: boolean): string | undefined {
  if (stdin === undefined || 'file' in stdin) return undefined
  if ('ask' in stdin) return 'Its input is made by the extension that submitted it, so the line reads nothing.'
  const size = 'text' in stdin ? stdin.text.length : stdin.base64.length
  if (!windows && size <= MAX_INLINE_INPUT) return undefined
  return 'Its input does not fit into a line, so the line reads nothing. “Save Input…” writes the input to a file.'
}

/** The spec for the line: an input that does not fit is left out. */
export function forLine(spec: StoredSpec, windows: boolean): StoredSpec {
  if (inputGap(spec.stdin, windows) === undefined) return spec
  const { stdin: _, ...rest } = spec
  return rest
}
