// The arrays of jobs that speak a protocol, and the helper for Python: files that are sent and brought besides the streams.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isInputArrayFile } from '../../core/values/arrayFile'
import { isArrayFileName } from '../../core/values/frames'
import type { ProtocolSpec } from '../../run/base/runTypes'
import type { RemoteFiles } from './remoteFiles'

/** The folder of the helper beside what else the runner has. */
export const HELPER = 'python'

/** As it is there. */
export function protocolThere(protocol: ProtocolSpec, folder: string): ProtocolSpec {
  return { ...protocol, arrayFolders: [folder], pythonFolder: `${folder}/${HELPER}` }
}

/** @returns the files there that were sent */
export async function sendArrays(
  id: string,
  { arrayFolders }: ProtocolSpec,
  files: RemoteFiles,
  folder: string,
): Promise<string[]> {
  const sent: string[] = []
  for (const from of arrayFolders) {
    const names = (await readdir(from)).filter(name => name.startsWith(id) && isInputArrayFile(name))
    for (const name of names.filter(other => !sent.includes(other))) {
      await files.put(join(from, name), `${folder}/${name}`)
      sent.push(name)
    }
  }
  return sent.map(name => `${folder}/${name}`)
}

/**
 * To the folder on disk, where they stay as long as their job.
 * @returns the files there that were brought
 * @throws Error for a name that no file of this job has
 */
export async function bringArrays(
  id: string,
  names: readonly string[],
  { arrayFolders }: ProtocolSpec,
  files: RemoteFiles,
  folder: string,
): Promise<string[]> {
  const target = arrayFolders.at(-1) ?? ''
  for (const name of names) {
    if (!isArrayFileName(name) || !name.startsWith(`${id}.`)) throw new Error(`"${name}" is no array of this job`)
    const bytes = await files.sizeOf(`${folder}/${name}`)
    await files.fetch(`${folder}/${name}`, bytes, join(target, name))
  }
  return names.map(name => `${folder}/${name}`)
}

/** Where the helper for Python is, or will be. */
const helpers = new WeakMap<RemoteFiles, Promise<void>>()

/** Before the first job that may need it; what failed is tried again with the next. */
export async function sendHelperOnce(
  protocol: ProtocolSpec | undefined,
  files: RemoteFiles,
  folder: string,
): Promise<void> {
  if (!protocol) return
  const sent = helpers.get(files) ?? sendHelper(protocol.pythonFolder, files, folder)
  helpers.set(files, sent)
  try {
    await sent
  } catch (error) {
    if (helpers.get(files) === sent) helpers.delete(files)
    throw error
  }
}

/** All of it, which is small. */
async function sendHelper(pythonFolder: string, files: RemoteFiles, folder: string): Promise<void> {
  const names = await readdir(pythonFolder, { recursive: true })
  for (const name of names.sort()) {
    const from = join(pythonFolder, name)
    const to = `${folder}/${HELPER}/${name.replaceAll('\\', '/')}`
    if ((await stat(from)).isDirectory()) await files.makeFolder(to)
    else if (name.endsWith('.py')) await files.put(from, to)
  }
}
