// Lower priority for jobs, so that the editor stays responsive on a busy machine.
import { setPriority } from 'node:os'

/** Of a process; on Linux of one thread. What it starts from then on inherits it. */
export function makeNice(pid: number, niceness: number): void {
  if (niceness <= 0) return
  try {
    setPriority(pid, niceness)
  } catch {
    // Gone already, or this service is nicer than that itself.
  }
}
