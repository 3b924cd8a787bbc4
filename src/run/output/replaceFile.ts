// Replaces a file by a finished one as if it had been written in place: links, mode and owner stay.
import { execFile } from 'node:child_process'
import { constants, type Stats } from 'node:fs'
import { chmod, chown, open, rename, stat, unlink } from 'node:fs/promises'
import { isShortage } from '../base/startError'
import { writeWhole } from './writeWhole'

/** How much of a file that is copied is in memory at a time. */
const PIECE_BYTES = 1024 * 1024
/** Copying attributes takes milliseconds; where it takes longer, they are given up. */
const ATTRIBUTES_TIMEOUT_MS = 10_000
/** All but set-user-id and set-group-id, which every write clears. */
const MODE_BITS = 0o1777

/** A part of the old content is lost. */
export class HalfWrittenError extends Error {}

/**
 * Atomic wherever a rename is possible. It is not with other names of the same file (hard links), an owner whom we may not
 * set, a folder without write permission and a mount: there the content is copied over the old one, and a crash of the
 * machine in the middle of that leaves some of both.
 * @throws an error of the file system, a shortage among them, after which the old content is there, or a HalfWrittenError
 */
export async function putInPlace(part: string, file: string): Promise<void> {
  const old = await stat(file).catch(() => undefined)
  if (!old?.isFile()) return rename(part, file)
  if (await copyMetadata(part, file, old)) {
    try {
      return await rename(part, file)
    } catch {
      // because of the sticky bit of the folder, for example
    }
  }
  await copyOver(part, file)
  await unlink(part)
}

/** Gives the new file the attributes of the old one; not possible with hard links, or for a file of another owner. */
async function copyMetadata(part: string, file: string, old: Stats): Promise<boolean> {
  if (old.nlink > 1) return false
  try {
    const { uid, gid } = await stat(part)
    if (process.platform === 'linux') await copyAttributes(file, part)
    if (uid !== old.uid || gid !== old.gid) await chown(part, old.uid, old.gid)
    await chmod(part, old.mode & MODE_BITS)
    return true
  } catch (error) {
    if (isShortage(error)) throw error
    return false
  }
}

/** Access control lists and extended attributes, as far as possible; Node has no functions for them. */
function copyAttributes(from: string, to: string): Promise<void> {
  const words = ['--attributes-only', '--preserve=mode,xattr', '--', from, to]
  return new Promise((resolve, reject) => {
    const options = { timeout: ATTRIBUTES_TIMEOUT_MS, killSignal: 'SIGKILL' } as const
    execFile('cp', words, options, error => (isShortage(error) ? reject(error) : resolve()))
  })
}

async function copyOver(part: string, file: string): Promise<void> {
  const from = await open(part, 'r')
  try {
    const to = await open(file, constants.O_WRONLY)
    let size = 0
    try {
      const piece = Buffer.allocUnsafe(PIECE_BYTES)
      for (let read = await from.read(piece); read.bytesRead > 0; read = await from.read(piece)) {
        await writeWhole(to, piece.subarray(0, read.bytesRead), size)
        size += read.bytesRead
      }
      await to.truncate(size)
    } catch (error) {
      throw size === 0 ? error : new HalfWrittenError(undefined, { cause: error })
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}
