// The files that a job names as its own, where its queue copies files: sent into the folder in which it runs, and brought from there.
import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { findFiles } from '../../run/base/findFiles'
import type { FoundFile } from '../../run/base/runnerProtocol'
import type { RunSpec } from '../../run/base/runTypes'
import { reasonOf, StartError } from '../../run/base/startError'
import { forEachAtOnce } from '../base/atOnce'
import { inTime } from './lateFiles'
import type { RemoteFiles } from './remoteFiles'

/** Files on their way at once: a small one costs the way there and back, which may be long. */
const FILES_AT_ONCE = 8

/** What is not below the folder of the job is in a folder of its own there. */
const OUTSIDE = '.outside'

/** Of a file that is there still. */
export class NotBroughtError extends Error {}

/** A path from a folder to what is in it. */
function isBelow(relative: string): boolean {
  return relative !== '' && relative !== '..' && !/^\.\.[\\/]/.test(relative) && !path.isAbsolute(relative)
}

/** Where a path of this machine is in the folder of the job. */
export function inFolder(file: string, { cwd }: Pick<RunSpec, 'cwd'>, folder: string): string {
  const relative = path.relative(cwd, path.resolve(cwd, file))
  const place = isBelow(relative) ? relative : path.join(OUTSIDE, path.resolve(cwd, file).replace(/^([a-zA-Z]):/, '$1'))
  return `${folder}/${place.split(path.sep).join('/')}`
}

/**
 * Sends the inputs, and the files that words of the command name: a script is one of them.
 * @param place the folder of the runner there, and in it that of the job
 * @returns the command with those words as they are there
 * @throws StartError for an input that fits nothing
 */
export async function sendNamed(
  spec: RunSpec,
  files: RemoteFiles,
  { folder, jobFolder }: { folder: string; jobFolder: string },
): Promise<string[]> {
  const { command, cwd, inputs = [], shell } = spec
  const sent = new Set<string>()
  const send = async (file: string) => {
    if (sent.has(file)) return
    sent.add(file)
    await files.putInput(file, inFolder(file, spec, jobFolder), folder)
  }
  for (const pattern of inputs) {
    const found = await findFiles(cwd, [pattern])
    if (found.length === 0) throw new StartError(`No file fits the input ${pattern} in ${cwd}.`)
    await forEachAtOnce(found, FILES_AT_ONCE, ({ path: name }) => send(path.resolve(cwd, name)))
  }
  if (shell) return [...command]
  const words: string[] = []
  for (const [index, word] of command.entries()) {
    const file = await fileOf(word, index, cwd)
    if (file !== undefined) await send(file)
    words.push(file !== undefined && path.isAbsolute(word) ? inFolder(file, spec, jobFolder) : word)
  }
  return words
}

/** Of a word that names a file; a program that is not below the folder of the job is the one that is there. */
async function fileOf(word: string, index: number, cwd: string): Promise<string | undefined> {
  if (word === '' || word.startsWith('-') || (index === 0 && !/[\\/]/.test(word))) return undefined
  const file = path.resolve(cwd, word)
  if (index === 0 && !isBelow(path.relative(cwd, file))) return undefined
  const about = await stat(file).catch(() => undefined)
  return about?.isFile() ? file : undefined
}

/** @returns the first pattern that nothing fits, if not at once */
export async function missingOutput(
  patterns: readonly string[],
  find: (patterns: readonly string[]) => Promise<readonly FoundFile[]>,
  stopped: () => unknown,
): Promise<string | undefined> {
  for (const pattern of patterns)
    if (!(await inTime(async () => (await find([pattern])).length > 0, stopped))) return pattern
  return undefined
}

/**
 * @param sent what of it the job was sent: brought only when it has changed
 * @throws Error for the first that cannot be brought, when the others have been
 */
export async function bringOutputs(
  outputs: readonly FoundFile[],
  sent: readonly FoundFile[],
  cwd: string,
  { files, jobFolder }: { files: RemoteFiles; jobFolder: string },
): Promise<void> {
  const sentAt = new Map(sent.map(file => [file.path, file.changedAt]))
  let problem: { error: unknown } | undefined
  const bring = async ({ path: name, bytes, mode, changedAt }: FoundFile) => {
    const target = path.resolve(cwd, name)
    if (!isBelow(path.relative(cwd, target))) throw new Error(`"${name}" is not below the folder of the job`)
    if (changedAt !== undefined && changedAt === sentAt.get(name)) return
    try {
      await mkdir(path.dirname(target), { recursive: true })
      await files.fetch(`${jobFolder}/${name}`, bytes, target, mode)
    } catch (error) {
      throw new NotBroughtError(reasonOf(error))
    }
  }
  await forEachAtOnce(outputs, FILES_AT_ONCE, output =>
    bring(output).catch(error => {
      problem ??= { error }
    }),
  )
  if (problem) throw problem.error
}
