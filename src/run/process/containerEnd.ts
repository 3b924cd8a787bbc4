// Ends the container of a job for certain: its client may have been killed, and what it had started goes on. And says when there was none.
import { spawn } from 'node:child_process'
import type { JobError } from '../../api'
import { containerEnd, nameOfJob } from '../../core/jobs/containerWords'
import type { JobContainer, RunEnd } from '../base/runTypes'

/** Not waited for: mostly it is gone already. */
export function endContainer(container: JobContainer, id: string): void {
  const [program, ...args] = containerEnd(container, nameOfJob(id)) ?? []
  if (program === undefined) return
  spawn(program, args, { stdio: 'ignore', detached: true, windowsHide: true })
    .on('error', () => undefined) // the job says that it is not there
    .unref()
}

/** The exit code with which podman and docker say that they have not started the command. */
const NOT_STARTED = 125

/** Why there was no container; `undefined` when the command was started. A command may end with the same code, and prints otherwise. */
export function containerError(
  { runtime, image }: JobContainer,
  { exitCode, endedBy, lastErrorLine = '' }: Pick<RunEnd, 'exitCode' | 'endedBy' | 'lastErrorLine'>,
): JobError | undefined {
  if (exitCode !== NOT_STARTED || endedBy !== 'self' || (runtime !== 'podman' && runtime !== 'docker')) return undefined
  const said = /^(?:Error|docker): (.*?)\.?$/.exec(lastErrorLine)?.[1]
  if (said === undefined) return undefined
  return { kind: 'start', message: `${runtime} could not start the container of the image ${image}: ${said}.` }
}
