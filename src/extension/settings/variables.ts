// The variables of a command line: VS Code's own, and `${fileStem}`. They are expanded after the command line was split,
// only inside words, so that any file name stays one word.
import { t } from '@vscode/l10n'
import { environmentValue } from '../../core/base/programSearch'
import { nearNames } from './nearNames'

export interface VariableContext {
  /** Absolute path of the file that the job is about. */
  file?: string | undefined
  /** Absolute path. */
  workspaceFolder?: string | undefined
  userHome: string
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  /** Whether paths are those of Windows. */
  windows: boolean
}

/** Compressions: the extension before them belongs to them when it is one of `inner`. */
const compressions = ['gz', 'bgz', 'bz2', 'xz', 'zst', 'lz4', 'z']
const inner =
  'nii nrrd mha mhd img hdr mgh gii vtk vtp vti stl obj ply tar cpio csv tsv txt json jsonl ndjson xml log dat bin npy pkl h5 svg fasta fastq fa fq fna faa vcf bcf bed sam gff gff3 gtf wig pdb cif mzml'
/** Extensions that are two words long and are no compression. */
const compounds = [
  'ome.tif',
  'ome.tiff',
  'ome.zarr',
  'seg.nrrd',
  'seg.nii',
  'mrk.json',
  ...['func', 'surf', 'label', 'shape', 'coord', 'time', 'rgba'].map(kind => `${kind}.gii`),
  ...['dscalar', 'dtseries', 'dlabel', 'dconn', 'pscalar', 'ptseries', 'pconn', 'plabel'].map(kind => `${kind}.nii`),
]
const longExtensions: ReadonlySet<string> = new Set([
  ...compounds,
  ...compressions.flatMap(compression => [...compounds, ...inner.split(' ')].map(kind => `${kind}.${compression}`)),
])
/** Words in the longest of them: `dscalar.nii.gz`. */
const MAX_EXTENSION_WORDS = 3

function separatorAt(path: string, windows: boolean): number {
  return Math.max(path.lastIndexOf('/'), windows ? path.lastIndexOf('\\') : -1)
}

export function baseName(path: string, windows: boolean): string {
  return path.slice(separatorAt(path, windows) + 1)
}

function directoryName(path: string, windows: boolean): string {
  const at = separatorAt(path, windows)
  const isRoot = at === 0 || (windows && /^[A-Za-z]:[\\/][^\\/]*$/.test(path))
  return path.slice(0, isRoot ? at + 1 : Math.max(at, 0))
}

/** Where the last extension starts; a dot at the very front is part of the name. */
function extensionAt(name: string): number {
  const at = name.lastIndexOf('.')
  return at > 0 ? at : name.length
}

/** The name without its extension, compound ones whole: `sub-001_T1w` of `sub-001_T1w.nii.gz`. */
export function fileStem(name: string): string {
  const parts = name.split('.')
  for (let words = MAX_EXTENSION_WORDS; words >= 2; words--) {
    const stem = parts.slice(0, -words).join('.')
    if (stem !== '' && longExtensions.has(parts.slice(-words).join('.').toLowerCase())) return stem
  }
  return name.slice(0, extensionAt(name))
}

function relativePath(from: string, to: string, windows: boolean): string {
  const segments = (path: string) => path.split(windows ? /[\\/]/ : '/').filter(segment => segment !== '')
  const same = (a: string | undefined, b: string | undefined) =>
    windows ? a?.toLowerCase() === b?.toLowerCase() : a === b
  const base = segments(from)
  const target = segments(to)
  let common = 0
  while (common < base.length && common < target.length && same(base[common], target[common])) common++
  if (windows && common === 0) return to
  return [...base.slice(common).map(() => '..'), ...target.slice(common)].join(windows ? '\\' : '/')
}

type Resolver = (c: VariableContext & { file: string; workspaceFolder: string }) => string

const fileVariables: Readonly<Record<string, Resolver>> = {
  file: c => c.file,
  fileBasename: c => baseName(c.file, c.windows),
  fileBasenameNoExtension: c => {
    const name = baseName(c.file, c.windows)
    return name.slice(0, extensionAt(name))
  },
  fileDirname: c => directoryName(c.file, c.windows),
  fileDirnameBasename: c => baseName(directoryName(c.file, c.windows), c.windows),
  fileExtname: c => {
    const name = baseName(c.file, c.windows)
    return name.slice(extensionAt(name))
  },
  fileStem: c => fileStem(baseName(c.file, c.windows)),
  relativeFile: c => (c.workspaceFolder ? relativePath(c.workspaceFolder, c.file, c.windows) : c.file),
  relativeFileDirname: c => {
    const folder = directoryName(c.file, c.windows)
    return c.workspaceFolder ? relativePath(c.workspaceFolder, folder, c.windows) || '.' : folder
  },
}

const folderVariables: Readonly<Record<string, Resolver>> = {
  workspaceFolder: c => c.workspaceFolder,
  workspaceFolderBasename: c => baseName(c.workspaceFolder, c.windows),
}

const otherVariables: Readonly<Record<string, Resolver>> = {
  userHome: c => c.userHome,
  cwd: c => c.cwd,
  pathSeparator: c => (c.windows ? '\\' : '/'),
  '/': c => (c.windows ? '\\' : '/'),
}

export const variableNames: readonly string[] = [
  ...Object.keys(fileVariables),
  ...Object.keys(folderVariables),
  ...Object.keys(otherVariables),
]

const ENV_PREFIX = 'env:'

export function isVariable(name: string): boolean {
  return variableNames.includes(name) || (name.startsWith(ENV_PREFIX) && name.length > ENV_PREFIX.length)
}

/** How names of ours begin that are unlikely in a shell. */
const family = /^(file|relative|workspace)/
/** Like `env:HOME`: `env.HOME`, `Env:HOME`, `evn:HOME`. */
const likeEnv = /^\s*([A-Za-z]+)\s*[:.]\s*([A-Za-z_]\w*)\s*$/
/** A name, and what a shell does with its value, such as `%.gz`. */
const nameAndRest = /^\s*([A-Za-z_]\w*)\s*(\W.*)?$/

/** Our variables that an unknown name resembles most; empty when it resembles none. */
export function nearVariables(name: string): string[] {
  if (isVariable(name)) return []
  const [, prefix = '', ofEnvironment] = likeEnv.exec(name) ?? []
  if (nearNames(prefix, ['env'], () => false).length > 0) return [`${ENV_PREFIX}${ofEnvironment}`]
  const [, head = '', rest = ''] = nameAndRest.exec(name) ?? []
  if (isVariable(head) && rest !== '') return [] // a shell's operation on one of ours
  const known = variableNames.filter(other => /^\w/.test(other))
  return nearNames(head, known, typed => family.test(typed)).map(near => near + rest)
}

/** One sentence about an unknown variable, and what may be meant. */
export function nearSentence(written: string, near: readonly string[]): string {
  const names = near.map(name => `\${${name}}`).join(t(' or '))
  return t`There is no variable ${written}. Did you mean ${names}?`
}

/** The environment variable for a variable of ours in a shell; `undefined` when it is not ours. */
export function nameInShell(name: string): string | undefined {
  if (!isVariable(name)) return undefined
  return name.startsWith(ENV_PREFIX) ? name.slice(ENV_PREFIX.length) : name === '/' ? 'pathSeparator' : name
}

/** Whether its value depends on the file. */
export function isFileVariable(name: string): boolean {
  return Object.hasOwn(fileVariables, name)
}

const reference = /\$\{([^}]*)\}/g

/** The names between `${` and `}` in a text, each once, known or not. */
export function variablesIn(text: string): string[] {
  return [...new Set([...text.matchAll(reference)].map(match => match[1] as string))]
}

/** The value of a variable; throws a sentence for the user when it has none here. */
export function variableValue(name: string, context: VariableContext): string {
  if (name.startsWith(ENV_PREFIX))
    return environmentValue(context.env, name.slice(ENV_PREFIX.length), context.windows) ?? ''
  const ofFile = Object.hasOwn(fileVariables, name)
  const written = `\${${name}}`
  const resolver = fileVariables[name] ?? folderVariables[name] ?? otherVariables[name]
  if (!isVariable(name) || resolver === undefined) {
    const near = nearVariables(name)
    if (near.length > 0) throw new Error(nearSentence(written, near))
    throw new Error(t`There is no variable ${written}. There are ${variableNames.join(', ')} and env:NAME.`)
  }
  if (ofFile && context.file === undefined) throw new Error(t`${written} needs a file, and none is open in the editor.`)
  if (Object.hasOwn(folderVariables, name) && context.workspaceFolder === undefined) {
    throw new Error(t`${written} needs a workspace folder, and none is open.`)
  }
  return resolver({ ...context, file: context.file ?? '', workspaceFolder: context.workspaceFolder ?? '' })
}

/**
 * The text with its variables expanded, once: a value that looks like a variable stays as it is. Throws a sentence.
 * @param write how a value is written in this text
 */
export function expandVariables(text: string, context: VariableContext, write = (value: string) => value): string {
  return text.replace(reference, (_, name: string) => write(variableValue(name, context)))
}

/** The same for a word of a command: a `${…}` that is no variable of ours belongs to the command and stays. */
export function expandKnownVariables(word: string, context: VariableContext): string {
  return word.replace(reference, (text, name: string) => (isVariable(name) ? variableValue(name, context) : text))
}
