// The answers of “Run Command on Files…”, the jobs made of them, and conflicts between their outputs.
import path from 'node:path'
import { t } from '@vscode/l10n'
import type { JobSpec } from '../../../api'
import { joinWords, quoteWord } from '../../../core/base/quoting'
import { sentenceOf } from '../../../core/base/sentence'
import { protectVariables } from '../../../core/base/shellVariables'
import { splitWords } from '../../../core/base/words'
import { defaultName } from '../../../core/jobs/jobName'
import type { Note } from '../../quickInput/note'
import {
  baseName,
  expandVariables,
  isFileVariable,
  isVariable,
  nameInShell,
  type VariableContext,
  variablesIn,
} from '../../settings/variables'
import { buildCommand, resolveOutput } from '../submit/commandModel'
import { queueOf } from '../submit/queueStep'

/** How the file reaches the command: as its last argument, on stdin, or by a variable in the command line. */
export type Feed = 'argument' | 'stdin' | 'named'

export interface FilesDraft {
  commandLine: string
  inShell: boolean
  feed: Feed
  /** Absolute paths. */
  files: readonly string[]
  /** As typed, with variables; empty keeps the results in the history. */
  saveAs: string
  queue: string
  /** The concurrency of the batch; 0 for no limit of its own. */
  concurrency: number
  /** Of the batch. */
  name?: string
  /** The pattern by which the files were found, as typed. */
  pattern?: string
}

/** The context of a job that is about this file. */
export type ContextOf = (file: string) => VariableContext

/** Variables that name the file itself; with others the file may still be the stdin. */
const paths: ReadonlySet<string> = new Set(['file', 'relativeFile', 'fileBasename'])

/** Our variables that a command line uses; a shell also reads `$file`. */
function used({ commandLine, inShell }: Pick<FilesDraft, 'commandLine' | 'inShell'>): string[] {
  return inShell ? protectVariables(commandLine, nameInShell).used : variablesIn(commandLine)
}

/** Whether the command line names the file itself, so that the user is not asked how it gets it. */
export function namesFile(draft: Pick<FilesDraft, 'commandLine' | 'inShell'>): boolean {
  return used(draft).some(name => paths.has(name))
}

/** Whether the command line uses any variable about the file. */
export function mentionsFile(draft: Pick<FilesDraft, 'commandLine' | 'inShell'>): boolean {
  return used(draft).some(isFileVariable)
}

/** How the file reaches the command, whatever was answered for an earlier command line. */
function feedFor(draft: FilesDraft): Feed {
  if (namesFile(draft)) return 'named'
  return draft.feed === 'named' && !mentionsFile(draft) ? 'argument' : draft.feed
}

/** Names that distinguish the files: base names, or paths from their common folder where base names repeat. */
export function namesOf(files: readonly string[], windows: boolean): string[] {
  const bases = files.map(file => baseName(file, windows))
  if (new Set(bases).size === bases.length) return bases
  const separator = windows ? /[\\/]/ : '/'
  const split = files.map(file => file.split(separator))
  const [first = []] = split
  let common = 0
  while (first.length - 1 > common && split.every(parts => parts[common] === first[common])) common++
  return split.map(parts => parts.slice(common).join('/'))
}

export function batchName(draft: FilesDraft): string {
  if (draft.inShell) return defaultName({ command: [draft.commandLine], shell: true })
  return defaultName({
    command: splitWords(draft.commandLine, isVariable).words.filter(word => !variablesIn(word).some(isFileVariable)),
  })
}

/** Characters of a pattern or folder in the name of a batch: its end says more. */
const MAX_PLACE_LENGTH = 40

/**
 * A name by which two runs of a script differ: what is run, on which files, and a number from the second time on.
 * @param cwd where relative patterns begin
 * @param taken names that other batches have
 */
export function proposedName(draft: FilesDraft, cwd: string, taken: readonly string[]): string {
  const name = placedName(draft, cwd)
  if (!taken.includes(name)) return name
  const numbers = taken.map(other => {
    const [, number] = other.startsWith(name) ? (/^ \((\d{1,6})\)$/.exec(other.slice(name.length)) ?? []) : []
    return Number(number ?? 1)
  })
  return `${name} (${Math.max(...numbers) + 1})`
}

/** Without a number. */
export function placedName(draft: FilesDraft, cwd: string): string {
  const place = draft.pattern?.trim() || commonFolder(draft.files, cwd)
  if (place === '') return batchName(draft)
  const cut = place.length > MAX_PLACE_LENGTH ? `…${place.slice(1 - MAX_PLACE_LENGTH)}` : place
  return `${batchName(draft)}: ${cut}`
}

/** The folder that all files are in, as seen from `cwd`; empty where that is `cwd` itself. */
function commonFolder(files: readonly string[], cwd: string): string {
  const [first = [], ...others] = files.map(file => path.dirname(file).split(path.sep))
  const differs = first.findIndex((part, i) => others.some(other => other[i] !== part))
  const common = (differs < 0 ? first : first.slice(0, differs)).join(path.sep)
  return path.relative(cwd, common)
}

function commandLineOf({ commandLine, inShell }: FilesDraft, feed: Feed): string {
  if (feed !== 'argument') return commandLine
  return inShell ? `${commandLine} "\${file}"` : `${commandLine} \${file}`
}

/** The jobs, one a file. Throws a sentence. */
export function specsOf(draft: FilesDraft, contextOf: ContextOf, python?: string): JobSpec[] {
  const names = namesOf(draft.files, path.sep === '\\')
  const feed = feedFor(draft)
  const commandLine = commandLineOf(draft, feed)
  return draft.files.map((file, index) => {
    const context = contextOf(file)
    const output = resolveOutput(draft.saveAs, context)
    return {
      ...buildCommand(commandLine, draft.inShell, context, python),
      name: names[index] as string,
      cwd: context.cwd,
      ...(feed === 'stdin' && { stdin: { file } }),
      ...(output !== undefined && { stdout: { file: output } }),
      ...queueOf(draft),
    } as JobSpec
  })
}

/** Where each job writes; `undefined` entries keep it in the history. Throws a sentence. */
export function outputsOf(draft: Pick<FilesDraft, 'files' | 'saveAs'>, contextOf: ContextOf): (string | undefined)[] {
  return draft.files.map(file => resolveOutput(draft.saveAs, contextOf(file)))
}

/** Two jobs that would write one file, or one that would write over an input. */
export function outputProblem(
  files: readonly string[],
  outputs: readonly (string | undefined)[],
  ignoreCase: boolean,
): string | undefined {
  const key = (file: string) => (ignoreCase ? path.normalize(file).toLowerCase() : path.normalize(file))
  const inputs = new Set(files.map(key))
  const writers = new Map<string, string>()
  for (const [index, output] of outputs.entries()) {
    if (output === undefined) continue
    const file = files[index] as string
    if (inputs.has(key(output))) {
      return t`The job for ${path.basename(file)} would write over the input ${output}. Add a folder or another ending.`
    }
    const other = writers.get(key(output))
    if (other !== undefined) {
      const [one = '', two = ''] = namesOf([other, file], path.sep === '\\')
      return t`The jobs for ${one} and ${two} would both write ${output}. Add \${fileStem} or \${relativeFileDirname}.`
    }
    writers.set(key(output), file)
  }
  return undefined
}

/** The problem of a pattern while it is typed, as far as it is known without reading the disk. */
export function checkPattern(
  draft: Pick<FilesDraft, 'files' | 'saveAs'>,
  contextOf: ContextOf,
  ignoreCase: boolean,
): Note | undefined {
  try {
    const message = outputProblem(draft.files, outputsOf(draft, contextOf), ignoreCase)
    return message === undefined ? undefined : { severity: 'error', message }
  } catch (error) {
    return { severity: 'error', message: sentenceOf(error) }
  }
}

/** A pattern with its variables expanded; their values are escaped. Throws a sentence. */
export function patternOf(typed: string, context: VariableContext): string {
  const about = { ...context, file: undefined } // the files are not found yet
  return expandVariables(typed, about, value => value.replaceAll(/[*?[\]{}()!+@|]/g, '[$&]'))
}

/** More than any machine runs at once. */
const MAX_AT_ONCE = 100_000

/** 0 for “auto” or nothing, the number, or a sentence. */
export function parseAtOnce(typed: string): number | string {
  const text = typed.trim().toLowerCase()
  if (text === '' || text === 'auto') return 0
  const count = Number(text)
  return Number.isInteger(count) && count > 0 && count <= MAX_AT_ONCE
    ? count
    : t`Type a whole number from 1 to ${MAX_AT_ONCE}, or auto for as many as the machine allows.`
}

/** A job as one line of text: its command, input and output; paths relative to its folder. */
export function describeSpec(spec: JobSpec): string {
  const command = spec.shell ? (spec.command[0] ?? '') : joinWords(spec.command)
  const read = typeof spec.stdin === 'object' && 'file' in spec.stdin ? ` < ${quoteWord(spec.stdin.file)}` : ''
  const written = typeof spec.stdout === 'object' && 'file' in spec.stdout ? ` > ${quoteWord(spec.stdout.file)}` : ''
  const text = command + read + written
  return spec.cwd === undefined ? text : text.replaceAll(`${spec.cwd}${path.sep}`, `.${path.sep}`)
}
