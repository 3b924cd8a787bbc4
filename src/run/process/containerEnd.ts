// Ends the container of a job for certain: its client may have been killed, and what it had started goes on.
import { spawn } from 'node:child_process'
import type { JobContainer } from '../base/runTypes'
import { containerEnd, nameOfJob } from './container'

/** Not waited for: mostly it is gone already. */
export function endContainer(container: JobContainer, id: string): void {
  const [program, ...args] = containerEnd(container, nameOfJob(id)) ?? []
  if (program === undefined) return
  spawn(program, args, { stdio: 'ignore', detached: true, windowsHide: true })
    .on('error', () => undefined) // the job says that it is not there
    .unref()
}
