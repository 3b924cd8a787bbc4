// What a process reads: nothing, bytes through a pipe, or a file that it is handed. In the job service.
import { type FileHandle, open, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { isShortage, reasonOf, StartError } from './startError'

/** @throws StartError that names the file; a shortage as it is */
export async function openInput(name: string, cwd: string): Promise<FileHandle> {
  const file = path.resolve(cwd, name)
  try {
    // Looked at before it is opened: opening a named pipe waits for whoever writes into it.
    const found = await stat(file)
    if (found.isFile() || found.isCharacterDevice()) return await open(file, 'r')
    throw new StartError(`The stdin file ${file} is ${found.isDirectory() ? 'a folder' : 'not a file'}.`)
  } catch (error) {
    if (error instanceof StartError || isShortage(error)) throw error
    throw new StartError(`The stdin file ${file} cannot be read: ${reasonOf(error)}.`)
  }
}

/** The stream writes as fast as the process reads. That a process closes its stdin early is normal. */
export function feed(stdin: Writable, bytes: Uint8Array): void {
  stdin.on('error', () => undefined)
  stdin.end(bytes)
}
