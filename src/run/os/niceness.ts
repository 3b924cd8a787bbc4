// Lets the editor and everything else go first on a full machine.
import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { isShortage } from '../base/startError'

/** Of a process; on Linux of one thread. What it starts from then on inherits it. */
export function makeNice(pid: number, niceness: number): void {
  if (niceness <= 0) return
  try {
    setPriority(pid, niceness)
  } catch {
    // Gone already, or this service is nicer than that itself.
  }
}

/**
 * Where Linux shares the processor out by sessions (autogroup), niceness counts only inside of one, and each job is one:
 * so the session is made nice too. The kernel allows few such changes a second; `false` means try again later.
 */
export function makeSessionNice(pid: number, niceness: number): boolean {
  if (process.platform !== 'linux' || niceness <= 0) return true
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness))
    return true
  } catch (error) {
    return !isShortage(error)
  }
}
