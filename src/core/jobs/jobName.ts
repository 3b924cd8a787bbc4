// What a job is called when nobody named it.
import { shortenText } from '../base/cut'
import { interpreterOf, partsOf } from './interpreters'

const MAX_LINE_CHARACTERS = 80
const MAX_CODE_CHARACTERS = 40

/** Programs that start the one which the job is about. */
const launchers =
  /^(env|nice|ionice|nohup|time|timeout|stdbuf|setsid|sudo|doas|taskset|chrt|numactl|xvfb-run|srun|mpirun|mpiexec|conda|mamba|micromamba|uv|poetry|pipenv|pixi|docker|podman|apptainer|singularity|wsl|winpty|caffeinate)$/

/** The last part of a path, whichever way its slashes lean. */
function baseName(path: string): string {
  const whole = path.replace(/[\\/]+$/, '')
  return whole.slice(Math.max(whole.lastIndexOf('/'), whole.lastIndexOf('\\')) + 1) || path
}

/** On one line: the first that says something, and that there is more. */
function firstLine(text: string, most: number): string {
  const lines = text.trim().split(/[\r\n]+/)
  const first = (lines[0] ?? '').replace(/\s+/g, ' ').trim()
  return shortenText(lines.length > 1 ? `${first} …` : first, most)
}

/** What is in no path that anybody has, but in code: not even in such as `data (1)/it's.nii`. */
const inCode = /[;{}<>|`"$\r\n\t]|==|\w\((?!\d+\))|^[sy]([/|,#]).*\1.*\1\w*$/
const ours = /\$\{[\w:/]+\}/g
const isRooted = /^(\.{0,2}\/|~\/|[A-Za-z]:[\\/]|\\\\)/

function looksLikeFile(word: string): boolean {
  const plain = word.replace(ours, 'x')
  if (plain.startsWith('-') || inCode.test(plain) || /^[-+\d.,:/eE]+$/.test(plain)) return false
  if (!/[\\/]|\.\w+$/.test(plain)) return false
  return isRooted.test(plain) || (!/^[\w.-]+=/.test(plain) && (!/\s/.test(plain) || /\.\w{1,6}$/.test(plain)))
}

/** The first word that looks like a file; if there is none, the first that names one: `--input=a.nii`, `if=a.img`. */
function fileIn(words: readonly string[]): string | undefined {
  const values = words.map(word => /^-{0,2}[A-Za-z][\w.-]*=(.+)$/s.exec(word)?.[1])
  return words.find(looksLikeFile) ?? values.find(value => value !== undefined && looksLikeFile(value))
}

/** Of those that only start others the program that they start, when it is one that we know. */
function programAt(command: readonly string[]): number {
  if (!launchers.test(baseName(command[0] ?? ''))) return 0
  return Math.max(
    0,
    command.findIndex((word, i) => i > 0 && interpreterOf(baseName(word)) !== undefined),
  )
}

/**
 * Base names of the program and of its first argument that looks like a file; of code among the words its first line; for
 * a shell the line itself.
 */
export function defaultName({ command, shell }: { command: readonly string[]; shell?: boolean | string }): string {
  const [first = 'job'] = command
  if (shell) return firstLine(first, MAX_LINE_CHARACTERS) || 'job'
  const at = programAt(command)
  const program = baseName(command[at] ?? first)
  const args = command.slice(at + 1)
  const interpreter = interpreterOf(program)
  const { code, module, rest } = interpreter ? partsOf(interpreter, args) : { rest: args }
  if (interpreter?.isShell && code !== undefined) return firstLine(code, MAX_LINE_CHARACTERS) || program
  const file = fileIn(rest)
  const about = file === undefined ? firstLine(code ?? '', MAX_CODE_CHARACTERS) : baseName(file)
  return [program, module, about].filter(Boolean).join(' ')
}
