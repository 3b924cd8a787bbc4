// Resolves the command of a job to the program to start, or to a sentence that names the program or folder that is missing
// and why.
import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs'
import path from 'node:path'
import { environmentValue, isProgramPath, programCandidates } from '../../core/base/programSearch'
import { quoteWord } from '../../core/base/quoting'
import { type JobInContainer, type Mount, wordsOfJob } from '../../core/jobs/containerWords'
import { ARRAYS_VARIABLE, PROTOCOL_VARIABLE } from '../../core/values/workerMessages'
import type { JobContainer, RunSpec } from '../base/runTypes'
import { errorCode, reasonOf, StartError } from '../base/startError'
import { batchArguments, cmdLineArguments, isBatchFile, MAX_WINDOWS_COMMAND_LINE } from './windowsCommand'

const onWindows = process.platform === 'win32'

export interface Program {
  file: string
  args: readonly string[]
  /** The words with the first one resolved, as they are shown to the user. */
  command: readonly string[]
  /** Windows: `args` are quoted already. */
  verbatim: boolean
}

type ProgramSpec = Pick<RunSpec, 'id' | 'command' | 'shell' | 'wrapper' | 'container' | 'cwd' | 'env' | 'protocol'>

/** @throws StartError when it cannot be started */
export function resolveProgram(spec: ProgramSpec): Program {
  const { words, verbatim } = wordsOf(spec)
  checkWords(words)
  const [first = '', ...args] = words
  const file = cachedLookup(first, spec.cwd, spec.env)
  const command = [file, ...args]
  if (onWindows && isBatchFile(file) && !verbatim)
    return { file: commandShell(spec.env), args: batchArguments(file, args), command, verbatim: true }
  return { file, args, command, verbatim }
}

/** The sentence for an error of `spawn` itself. */
export function explainSpawnError(error: unknown, spec: ProgramSpec, program: Program): StartError {
  const code = errorCode(error)
  for (const name in spec.env)
    if (spec.env[name]?.includes('\0'))
      return new StartError(`The environment variable ${name} contains a NUL character, which no program can be given.`)
  try {
    lookup(program.file, spec.cwd, spec.env)
  } catch (problem) {
    if (problem instanceof StartError) return problem
  }
  if (code === 'E2BIG' || code === 'ENAMETOOLONG')
    return new StartError(
      `The arguments and the environment are too long for this system (${lengthOf(spec, program)} bytes; a single argument may have 128 KiB on Linux). Give the data on stdin or in a file.`,
    )
  if (code === 'ETXTBSY')
    return new StartError(`The program ${program.file} is being written just now. Run the job again when that is done.`)
  if (code === 'ENOENT') {
    const interpreter = interpreterOf(program.file)
    if (interpreter?.endsWith('\r'))
      return new StartError(
        `The script ${program.file} has Windows line endings, so its first line names no interpreter that exists. Convert it to Unix line endings, or put the interpreter before it in the command.`,
      )
    if (interpreter !== undefined)
      return new StartError(`The interpreter in the first line of ${program.file} does not exist: ${interpreter}`)
  }
  return new StartError(`The program ${program.file} could not be started in ${spec.cwd}: ${reasonOf(error)}.`)
}

function wordsOf(spec: ProgramSpec): { words: string[]; verbatim: boolean } {
  const { command, container, shell, cwd, env } = spec
  const wrapper = [...(container ? wordsOfJob(container, inContainer(spec, container)) : []), ...(spec.wrapper ?? [])]
  if (!shell) {
    if (!command[0]) throw new StartError('The command is empty: it needs at least the name of a program.')
    return { words: [...wrapper, ...command], verbatim: false }
  }
  const line = command[0]
  if (command.length !== 1 || line === undefined || line.trim() === '')
    throw new StartError('With a shell, the command is one word: the line for the shell.')
  if (shell === true && !onWindows) return { words: [...wrapper, '/bin/sh', '-c', line], verbatim: false }
  const shellWords = shell === true ? [commandShell(env)] : splitShell(shell, cwd)
  // cmd.exe parses quotes in its own way: it gets the line verbatim, which is not possible behind a wrapper.
  if (onWindows && wrapper.length === 0 && /^cmd(\.exe)?$/i.test(path.basename(shellWords[0] ?? '')))
    return { words: [...shellWords, ...cmdLineArguments(line)], verbatim: true }
  return { words: [...wrapper, ...shellWords, '-c', line], verbatim: false }
}

/** With a protocol it needs the helper for Python, and where arrays are. */
function inContainer({ id, cwd, protocol }: ProgramSpec, { env }: JobContainer): JobInContainer {
  if (!protocol) return { id, cwd, env }
  const { arrayFolders, pythonFolder } = protocol
  const mount = (folder: string, isReadOnly: boolean): Mount => ({ here: folder, there: folder, isReadOnly })
  return {
    ...{ id, cwd },
    env: [...env, PROTOCOL_VARIABLE, ARRAYS_VARIABLE, 'PYTHONPATH'],
    mounts: [mount(pythonFolder, true), ...arrayFolders.map(folder => mount(folder, false))],
  }
}

/** `bash -o pipefail` is a name and options; the path of a shell may contain blanks. */
function splitShell(shell: string, cwd: string): string[] {
  const words = shell.split(/\s+/).filter(word => word !== '')
  if (words.length === 0) throw new StartError('The name of the shell is blank.')
  if (words.length > 1 && stat(path.resolve(cwd, shell))?.isFile()) return [shell]
  return words
}

function checkWords(words: readonly string[]): void {
  const bad = words.findIndex(word => word.includes('\0'))
  if (bad >= 0)
    throw new StartError(
      `Word ${bad + 1} of the command contains a NUL character, which no program can be given: ${JSON.stringify(words[bad]?.slice(0, 100))}. Give such data on stdin.`,
    )
  if (onWindows && words.join(' ').length > MAX_WINDOWS_COMMAND_LINE)
    throw new StartError(
      `The command line is longer than Windows allows (${MAX_WINDOWS_COMMAND_LINE} characters). Give the data on stdin or in a file.`,
    )
}

/** How long a program that was found is not looked up again; thousands of jobs in a row name the same one. */
const CACHE_MS = 1000
const MAX_CACHED = 500
const lookupCache = new Map<string, { file: string; until: number }>()

function cachedLookup(program: string, cwd: string, env: ProgramSpec['env']): string {
  const key = `${program}\0${cwd}\0${environmentValue(env, 'PATH', onWindows)}`
  const now = performance.now()
  const known = lookupCache.get(key)
  if (known && known.until > now) return known.file
  const file = lookup(program, cwd, env)
  if (lookupCache.size >= MAX_CACHED) lookupCache.clear()
  lookupCache.set(key, { file, until: now + CACHE_MS })
  return file
}

/** @throws StartError that names the folder or the program, whichever it is */
function lookup(program: string, cwd: string, env: ProgramSpec['env']): string {
  checkFolder(cwd)
  let unfit: string | undefined
  for (const [folder, name] of programCandidates(program, env, onWindows)) {
    const file = path.resolve(cwd, folder, name)
    const found = stat(file)
    if (!found) continue
    if (found.isDirectory()) unfit ??= `${file} is a folder, not a program.`
    else if (isExecutable(file)) return file
    else
      unfit ??= `The program ${file} is not executable. Make it so with: chmod +x ${quoteWord(file)}. Or put its interpreter before it in the command.`
  }
  if (unfit) throw new StartError(unfit)
  const pathList = environmentValue(env, 'PATH', onWindows)
  if (isProgramPath(program, onWindows))
    throw new StartError(`The program ${path.resolve(cwd, program)} does not exist.`)
  throw new StartError(`The program ${JSON.stringify(program)} was not found. PATH searched: ${pathList || '(empty)'}`)
}

function checkFolder(cwd: string): void {
  const found = stat(cwd)
  if (!found) throw new StartError(`The working folder ${cwd} does not exist.`)
  if (!found.isDirectory()) throw new StartError(`The working folder ${cwd} is not a folder.`)
  try {
    accessSync(cwd, constants.X_OK)
  } catch (error) {
    throw new StartError(`The working folder ${cwd} cannot be entered: ${reasonOf(error)}.`)
  }
}

/** `undefined` when it does not exist or may not be read. */
function stat(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function isExecutable(file: string): boolean {
  if (onWindows) return true
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What follows `#!` in the first line of a script; a trailing carriage return is kept. */
function interpreterOf(file: string): string | undefined {
  try {
    const start = Buffer.alloc(256)
    const fd = openSync(file, 'r')
    const length = readSync(fd, start)
    closeSync(fd)
    return /^#!([^\n]*)/.exec(start.toString('utf8', 0, length))?.[1]
  } catch {
    return undefined
  }
}

function lengthOf(spec: ProgramSpec, program: Program): number {
  let bytes = 0
  for (const word of program.args) bytes += Buffer.byteLength(word) + 1
  for (const name in spec.env) bytes += Buffer.byteLength(name) + Buffer.byteLength(spec.env[name] ?? '') + 2
  return bytes
}

function commandShell(env: Readonly<Record<string, string>>): string {
  return environmentValue(env, 'COMSPEC', onWindows) ?? 'cmd.exe'
}
