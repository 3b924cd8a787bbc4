// Finds the process that has a pipe open which outlived its job. Only on Linux: elsewhere that is too expensive.
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { linkOf } from './pipes'
import type { OpenOutput } from './spawnProcess'

/** Processes whose descriptors are read in one turn of the event loop; a millisecond or two. */
const SCAN_SLICE = 20

/** The sentence for a job whose outputs are not read any more, though a process outside of its tree has them open. */
export async function heldOpenNote(outputs: readonly OpenOutput[]): Promise<string | undefined> {
  if (outputs.length === 0) return undefined
  const links = outputs.map(({ link }) => link).filter(link => link !== undefined)
  const holder = await findHolder(links).catch(() => undefined) // short of descriptors, for example: then without its pid
  const names = outputs.map(({ name }) => name).join(' and ')
  const who = holder ? `another process (pid ${holder.pid}, ${holder.name})` : 'another process'
  const were = outputs.length === 1 ? 'was' : 'were'
  return `Its ${names} ${were} still held open by ${who} when it had ended; what came later was not read.`
}

/**
 * @param links of the descriptors of the pipes in /proc
 * @returns the first that is found; `undefined` also when it is another user's, whose descriptors cannot be read
 */
async function findHolder(links: readonly string[]): Promise<{ pid: number; name: string } | undefined> {
  if (links.length === 0) return undefined
  let inSlice = 0
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    if (hasOpen(pid, links)) return { pid, name: nameOf(pid) }
    if (++inSlice % SCAN_SLICE === 0) await nextTurn()
  }
  return undefined
}

function hasOpen(pid: number, links: readonly string[]): boolean {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).some(fd => links.includes(linkOf(`${folder}/${fd}`) ?? ''))
  } catch {
    return false // it has ended, or is another user's
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return 'ended meanwhile'
  }
}
