// The files of a runner for a job service that does not see them: read, written and removed in parts, on request.
import { constants } from 'node:fs'
import { chmod, copyFile, type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { inParts } from '../../core/protocol/lists'
import { findFiles } from '../base/findFiles'
import type { FileRequest, FoundFile, FromRunner } from '../base/runnerProtocol'
import { reasonOf } from '../base/startError'
import { writeWhole } from '../output/writeWhole'

type Answer = Extract<FromRunner, { type: 'fileAnswer' }>

type Send = (answer: Answer, bytes?: Uint8Array) => void

/** Never rejects: what is wrong is said. */
export async function onFileRequest(message: FileRequest, bytes: Uint8Array | undefined, send: Send): Promise<void> {
  const answer = { type: 'fileAnswer', run: 0, request: message.request } as const
  try {
    if (message.type === 'readFile')
      send(answer, await withFile(message.path, 'r', file => read(file, message.offset, message.length)))
    else if (message.type === 'findFiles')
      for (const { list: files, ...more } of inParts(await findFiles(message.path, message.patterns), foundBytes))
        send({ ...answer, files, ...more })
    else send({ ...answer, ...(await handle(message, bytes)) })
  } catch (error) {
    send({ ...answer, error: reasonOf(error) })
  }
}

async function handle(
  message: Exclude<FileRequest, { type: 'findFiles' | 'readFile' }>,
  bytes: Uint8Array = new Uint8Array(),
): Promise<Pick<Answer, 'size'>> {
  if (message.type === 'sizeOfFile') return { size: (await stat(message.path)).size }
  if (message.type === 'writeFile') {
    const { path, offset } = message
    await withFile(path, offset === 0 ? 'w' : 'r+', file => writeWhole(file, bytes, offset))
  } else if (message.type === 'makeFolder') await mkdir(message.path, { recursive: true, mode: 0o700 })
  else if (message.type === 'copyFile') await copyTo(message.path, message.to, message.mode)
  else await rm(message.path, { force: true, recursive: true })
  return {}
}

/** With the names and numbers beside its path. */
function foundBytes(file: FoundFile): number {
  return 100 + file.path.length
}

/** A copy, since a job may write into it; where the file system can, it takes no room. */
async function copyTo(file: string, to: string, mode = 0): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true, mode: 0o700 })
  await copyFile(file, to, constants.COPYFILE_FICLONE)
  await chmod(to, mode | 0o600)
}

async function withFile<T>(path: string, flags: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o600)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

async function read(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(length)
  const { bytesRead } = await file.read(buffer, 0, length, offset)
  return buffer.subarray(0, bytesRead)
}
