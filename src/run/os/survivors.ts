// What cannot be ended, in a sentence: processes that have become another user's (sudo), and those that wait in the
// kernel, for a disk that does not answer, say.
import { readFileSync, statSync } from 'node:fs'
import { isForeign } from './signals'

/** Of more processes only the number is given. */
const MAX_NAMED = 3

/** `It could not be ended: process 1234 belongs to root (sudo).` */
export function describeSurvivors(pids: readonly number[]): string {
  const named = pids.slice(0, MAX_NAMED).map(describe)
  const more = pids.length > MAX_NAMED ? [`${pids.length - MAX_NAMED} more processes`] : []
  return `It could not be ended: ${[...named, ...more].join(', ')}.`
}

function describe(pid: number): string {
  const { name, isWaiting } = readStatus(pid)
  const which = name ? ` (${name})` : ''
  if (isForeign(pid)) return `process ${pid} belongs to ${ownerOf(pid)}${which}`
  return `process ${pid} takes no signal${isWaiting ? ', since it waits in the kernel, for a disk say' : ''}${which}`
}

/** Linux. */
function readStatus(pid: number): { name?: string; isWaiting: boolean } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = stat.lastIndexOf(')')
    return { name: stat.slice(stat.indexOf('(') + 1, end), isWaiting: stat[end + 2] === 'D' }
  } catch {
    return { isWaiting: false }
  }
}

function ownerOf(pid: number): string {
  try {
    const { uid } = statSync(`/proc/${pid}`)
    if (uid === 0) return 'root'
    const line = readFileSync('/etc/passwd', 'utf8').match(new RegExp(`^([^:]+):[^:]*:${uid}:`, 'm'))
    return line?.[1] ?? `user ${uid}`
  } catch {
    return 'another user'
  }
}
