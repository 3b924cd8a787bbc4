// What a job wrote may be seen later elsewhere: a network disk keeps for some seconds what it knows of a folder.
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** From the end of the job until a file that has not come is missing. */
const LATE_FILE_MS = 10_000
const FIRST_LOOK_MS = 50
const LONGEST_LOOK_MS = 1000

/**
 * Looks again and again, with growing pauses, until it is there or is not wanted any more.
 * @returns whether it was there in time
 */
export async function inTime(isThere: () => Promise<boolean>, stopped: () => unknown): Promise<boolean> {
  const end = performance.now() + LATE_FILE_MS
  for (let pauseMs = FIRST_LOOK_MS; !(await isThere()); pauseMs = Math.min(LONGEST_LOOK_MS, 2 * pauseMs)) {
    if (performance.now() > end || stopped()) return false
    await delay(pauseMs)
  }
  return true
}

/** A listing of its folder makes a network disk look anew, which a question about the file alone does not. */
export async function isWhole(file: string, bytes: number): Promise<boolean> {
  await readdir(path.dirname(file)).catch(() => undefined)
  const about = await stat(file).catch(() => undefined)
  return about !== undefined && (!about.isFile() || about.size >= bytes)
}
