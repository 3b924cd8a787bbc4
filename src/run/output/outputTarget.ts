// The file that an output goes to: behind all symbolic links the one that `> name` would write.
import { constants, type Stats } from 'node:fs'
import { access, readlink, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { errorCode, isShortage, reasonOf, StartError } from '../base/startError'

/** As many links in a row as Linux follows. */
const MAX_LINKS = 40

export interface OutputTarget {
  /** As given, made absolute. */
  readonly name: string
  /** Behind all links; it need not exist yet. */
  readonly file: string
  readonly found: Stats | undefined
  /** Such as /dev/null: written to, and never replaced. */
  readonly isDevice: boolean
}

/** @throws StartError that names the file or its folder; a shortage as it is */
export async function findTarget(stream: 'stdout' | 'stderr', given: string, cwd: string): Promise<OutputTarget> {
  const name = path.resolve(cwd, given)
  const refuse = (why: string) => new StartError(`The ${stream} file ${name} cannot be written: ${why}.`)
  if (given.endsWith('/')) throw refuse('it is a folder')
  try {
    const found = await statIfThere(name)
    if (found?.isCharacterDevice()) return { name, file: name, found, isDevice: true }
    if (found && !found.isFile()) throw refuse(found.isDirectory() ? 'it is a folder' : 'it is not a file')
    const file = await behindLinks(name)
    // A file without write permission must not be replaced either, though its folder would allow that.
    if (found) await access(file, constants.W_OK)
    return { name, file, found, isDevice: false }
  } catch (error) {
    throw error instanceof StartError || isShortage(error) ? error : explain(stream, name, error)
  }
}

export function isSameTarget(a: OutputTarget, b: OutputTarget): boolean {
  if (a.file === b.file) return true
  return a.found !== undefined && b.found !== undefined && a.found.dev === b.found.dev && a.found.ino === b.found.ino
}

/** The sentence for an error in opening a file for an output. */
export function explain(stream: string, name: string, error: unknown): StartError {
  if (errorCode(error) === 'ENOENT')
    return new StartError(`The folder for the ${stream} file does not exist: ${path.dirname(name)}`)
  return new StartError(`The ${stream} file ${name} cannot be written: ${reasonOf(error)}.`)
}

async function statIfThere(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The last link may lead to nothing: the file will be created there. */
async function behindLinks(name: string): Promise<string> {
  let at = name
  for (let links = 0; links <= MAX_LINKS; links++) {
    const folder = await realpath(path.dirname(at))
    const file = path.join(folder, path.basename(at))
    const link = await readlink(file).catch(() => undefined) // no link, or nothing at all
    if (link === undefined) return file
    at = path.resolve(folder, link)
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' })
}
