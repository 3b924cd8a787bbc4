// The default name of a job.
import { shortenText } from '../base/cut'
import { interpreterOf, partsOf } from './interpreters'

const MAX_LINE_CHARACTERS = 80
const MAX_CODE_CHARACTERS = 40

/** Programs that start the one which the job is about. */
const launchers =
  /^(env|nice|ionice|nohup|time|timeout|stdbuf|setsid|sudo|doas|taskset|chrt|numactl|xvfb-run|srun|mpirun|mpiexec|conda|mamba|micromamba|uv|poetry|pipenv|pixi|docker|podman|apptainer|singularity|wsl|winpty|caffeinate)$/

/** The last part of a path, with slashes of any platform. */
function baseName(path: string): string {
  const whole = path.replace(/[\\/]+$/, '')
  return whole.slice(Math.max(whole.lastIndexOf('/'), whole.lastIndexOf('\\')) + 1) || path
}

/** The first line that is not blank, with an ellipsis when there are more. */
function firstLine(text: string, most: number): string {
  const lines = text.trim().split(/[\r\n]+/)
  const first = (lines[0] ?? '').replace(/\s+/g, ' ').trim()
  return shortenText(lines.length > 1 ? `${first} …` : first, most)
}

/** What is found in code and not in paths, not even in such as `data (1)/it's.nii`. */
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

/** The position of the program: after a launcher, that of the interpreter that it starts, if it starts a known one. */
function programAt(command: readonly string[]): number {
  if (!launchers.test(baseName(command[0] ?? ''))) return 0
  return Math.max(
    0,
    command.findIndex((word, i) => i > 0 && interpreterOf(baseName(word)) !== undefined),
  )
}

const endsAsFile = /\.\w{1,6}$/

/** The script that a command runs: what an interpreter is given first, or a program that has an ending. */
export function scriptOf({
  command,
  shell,
}: {
  command: readonly string[]
  shell?: boolean | string
}): string | undefined {
  const at = programAt(command)
  const [program, ...args] = command.slice(at)
  const interpreter = program === undefined ? undefined : interpreterOf(baseName(program))
  if (shell || program === undefined) return undefined
  if (!interpreter) return endsAsFile.test(program) && !/\.exe$/i.test(program) ? program : undefined
  const { code, module, rest } = partsOf(interpreter, args)
  const file = rest.find(word => !word.startsWith('-'))
  return code === undefined && module === undefined && file !== undefined && endsAsFile.test(file) ? file : undefined
}

/**
 * Base name of the program, its module if it has one, and the base name of the first argument that looks like a file;
 * without such a file the first line of inline code. For a shell only the first line of its command.
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
