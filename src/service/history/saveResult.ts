// Writes the result of a job from the history into a folder: bytes as they are, a value as JSON, and its arrays beside
// it as files of numpy's. Large ones pass through in pieces.
import { copyFile, type FileHandle, link, lstat, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredSpec } from '../../core/jobs/job'
import { arrayBytes } from '../../core/values/arrays'
import { type ArrayEntry, decodeStart, FRAME_HEADER_BYTES, placeArray, startBytes } from '../../core/values/frames'
import { readFileSlice } from '../../run/output/output'
import type { ArrayFiles } from '../state/arrayFiles'
import { npyHeader } from './npy'
import { arrayEndings, resultName } from './resultNames'

/** How much of a large array is in memory at a time. */
const PIECE_BYTES = 256 * 1024

/** What a job wrote to stdout. */
export type Stdout = { bytes: Uint8Array } | { file: string }

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** The files of a result by their endings, the main one first. */
interface Result {
  endings: readonly string[]
  /**
   * @param names of the files, in the order of `endings`
   * @param partOf where one is written
   */
  write(names: readonly string[], partOf: (name: string) => string): Promise<void>
}

/** Behind the name of a file until it is whole. */
const PART = '.part'

/**
 * An existing file is never replaced: all files of the result get the next number that is free. Each is there when it is whole, the main
 * one last; when one of them cannot be written, none stays.
 * @returns the main file, which names the others
 * @throws Error that names the job
 */
export async function saveResult(
  { name, protocol }: Pick<StoredSpec, 'name' | 'protocol'>,
  stdout: Stdout,
  folder: string,
  arrays: ArrayFiles,
): Promise<string> {
  try {
    const result = protocol === 'frames' ? await frameResult(stdout, arrays) : plainResult(stdout, protocol)
    return await writeResult(result, resultName(name), folder)
  } catch (error) {
    throw new Error(`The result of “${name}” could not be saved: ${(error as Error).message}`, { cause: error })
  }
}

async function writeResult(result: Result, base: string, folder: string): Promise<string> {
  const pathOf = (name: string) => join(folder, name)
  const partOf = (name: string) => pathOf(name + PART)
  for (let n = 1; ; n++) {
    const names = result.endings.map(ending => `${base}${n === 1 ? '' : `-${n}`}${ending}`)
    const made: string[] = []
    try {
      if (!(await claim(names.map(pathOf), made))) continue
      await result.write(names, partOf)
      for (const name of names.toReversed()) {
        await putNew(partOf(name), pathOf(name))
        made.push(pathOf(name))
      }
      return pathOf(names[0] as string)
    } catch (error) {
      for (const file of made) await rm(file, { force: true })
      throw error
    }
  }
}

/**
 * Makes an empty part of each of these files; none when one of them exists, or is being written.
 * @param made gets what was made
 */
async function claim(files: readonly string[], made: string[]): Promise<boolean> {
  for (const file of files) {
    const isMade = await makeNew(file + PART)
    if (isMade) made.push(file + PART)
    if (isMade && !(await exists(file))) continue
    for (const part of made.splice(0)) await rm(part)
    return false
  }
  return true
}

function makeNew(file: string): Promise<boolean> {
  return writeFile(file, '', { flag: 'wx' }).then(
    () => true,
    error => {
      if (error.code !== 'EEXIST') throw error
      return false
    },
  )
}

/** Also of a link that leads nowhere. */
function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  )
}

/** @throws Error for one that has come meanwhile, which stays; where a file cannot have two names that is not noticed */
async function putNew(part: string, file: string): Promise<void> {
  try {
    await link(part, file)
    await rm(part)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
    await rename(part, file)
  }
}

function plainResult(stdout: Stdout, protocol: StoredSpec['protocol']): Result {
  return {
    endings: [protocol === 'lines' ? '.json' : '.out'],
    write: async ([name = ''], partOf) => {
      if ('file' in stdout) await copyFile(stdout.file, partOf(name))
      else await writeFile(partOf(name), stdout.bytes)
    },
  }
}

async function frameResult(stdout: Stdout, files: ArrayFiles): Promise<Result> {
  const { head, arrays, offsets } = decodeStart(await readStart(stdout))
  const places = arrays.map(({ path }) => path.slice(1)) // without the head's "value"
  return {
    endings: ['.json', ...arrayEndings(places)],
    write: async ([main = '', ...names], partOf) => {
      for (const [i, entry] of arrays.entries()) {
        const name = names[i] as string
        const numbers = numbersOf(entry, offsets[i], stdout, files)
        await writeFile(partOf(name), npy(entry, numbers))
        placeArray(head, entry.path, { npy: name })
      }
      await writeFile(partOf(main), `${JSON.stringify(head.value, null, 2)}\n`)
    },
  }
}

async function readStart(stdout: Stdout): Promise<Uint8Array> {
  if ('bytes' in stdout) return stdout.bytes
  const header = await readFileSlice(stdout.file, 0, FRAME_HEADER_BYTES)
  return readFileSlice(stdout.file, 0, startBytes(header))
}

/** @throws Error when there are not as many numbers as the array has */
async function* npy(entry: ArrayEntry, numbers: Pieces): AsyncGenerator<Uint8Array> {
  yield npyHeader(entry)
  let bytes = 0
  for await (const piece of numbers) {
    bytes += piece.length
    yield piece
  }
  const expected = arrayBytes(entry)
  if (bytes !== expected) throw new Error(`an array of ${expected} bytes has ${bytes} in the history`)
}

function numbersOf(entry: ArrayEntry, offset: number | undefined, stdout: Stdout, files: ArrayFiles): Pieces {
  const bytes = arrayBytes(entry)
  if (bytes === 0) return []
  if (offset === undefined) return pieces(() => files.open(entry.file as string), 0, bytes)
  if ('bytes' in stdout) return [stdout.bytes.subarray(offset, offset + bytes)]
  return pieces(() => open(stdout.file, 'r'), offset, bytes)
}

async function* pieces(openFile: () => Promise<FileHandle>, from: number, bytes: number): AsyncGenerator<Uint8Array> {
  const handle = await openFile()
  yield* handle.createReadStream({ start: from, end: from + bytes - 1, highWaterMark: PIECE_BYTES })
}
