// What a process reads from stdin: nothing, bytes, or a file.
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import { isShortage, reasonOf, StartError } from '../base/startError'

/** A file system in memory, for all users. */
const IN_MEMORY = '/dev/shm'

/** @throws StartError that names the file; a shortage as it is */
export async function openInput(name: string, cwd: string): Promise<FileHandle> {
  const file = path.resolve(cwd, name)
  try {
    // Checked before it is opened: opening a named pipe would wait for a writer.
    const found = await stat(file)
    if (found.isFile() || found.isCharacterDevice()) return await open(file, 'r')
    throw new StartError(`The stdin file ${file} is ${found.isDirectory() ? 'a folder' : 'not a file'}.`)
  } catch (error) {
    if (error instanceof StartError || isShortage(error)) throw error
    throw new StartError(`The stdin file ${file} cannot be read: ${reasonOf(error)}.`)
  }
}

/**
 * A few bytes in a file without a name, where that is possible: its process may open it as `/dev/stdin` too, which a socket
 * does not allow, and a FIFO only as long as it has a writer.
 * @returns its descriptor, at the beginning; `undefined` when a socket is used instead
 * @throws a shortage of the machine
 */
export function openBytes(bytes: Uint8Array): number | undefined {
  if (process.platform !== 'linux' || bytes.length > MAX_INLINE_BYTES) return undefined
  const file = path.join(IN_MEMORY, `headless-jobs-${randomUUID()}`)
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'wx+', 0o600)
    unlinkSync(file)
    if (writeSync(descriptor, bytes, 0, bytes.length, 0) === bytes.length) return descriptor
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor)
    if (isShortage(error)) throw error
    return undefined
  }
  closeSync(descriptor) // there is no room for it
  return undefined
}

/** The stream writes as fast as the process reads. A process may close its stdin early. */
export function feed(stdin: Writable, bytes: Uint8Array): void {
  stdin.on('error', () => undefined)
  stdin.end(bytes)
}
