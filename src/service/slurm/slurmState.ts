// What is known of the allocations of a queue, and how it is said.

import type { RemoteState } from '../jobs/queues'
import { NO_NODE_EXIT } from '../launch/bootstrap'
import type { Allocation } from './allocation'
import type { RequestPause } from './requestPause'
import type { AllocationState } from './slurmCommands'

/** Why a script of ours has ended with this exit code, when it says so: as the end of a sentence. */
export function noNodeText(exitCode: number): string | undefined {
  if (exitCode !== NO_NODE_EXIT) return undefined
  return 'its node has no Node.js of version 22 or later: name one in "node" of the queue, or load it in "setup".'
}

/** Slots are those that take jobs, and those that are in use where no more jobs are taken. */
export function stateOf(all: readonly Allocation[], pause: RequestPause): RemoteState {
  const open = all.filter(({ isRetiring }) => !isRetiring)
  const present = open.filter(({ slots }) => slots > 0)
  const leaving = all.reduce((sum, { slots, used }) => sum + (slots > 0 ? 0 : used), 0)
  const cores = present.reduce((sum, { slots }) => sum + slots, leaving)
  if (present.length > 0) return { cores, host: [...new Set(present.map(({ host }) => host))].join(', ') }
  const { nextTryAt, problem, since } = pause
  if (problem !== undefined)
    return { problem, ...(since !== undefined && { since }), ...(nextTryAt !== undefined && { nextTryAt }) }
  // one that has not served yet may be just beginning, or ending: Slurm says which
  return open.find(({ hasServed, problem }) => hasServed && problem)?.problem ?? {}
}

/** @param state absent when Slurm does not know it any more */
export function endText(id: string, state: AllocationState | undefined): string {
  if (!state) return `The allocation ${id} has ended (Slurm does not know it any more)`
  const reason = state.reason === 'None' ? '' : `, ${state.reason}`
  return `The allocation ${id} has ended (${state.state}${reason})`
}

/** The same of one that took no job, as a sentence. */
export function earlyEndText(id: string, state: AllocationState | undefined): string {
  const text = `${endText(id, state)} before it took a job`
  if (state?.state !== 'FAILED') return `${text}.`
  return `${text}: ${noNodeText(state.exitCode) ?? '"setup" of the queue may have failed.'}`
}

/** As the beginning of a sentence. */
export function deadText({ id, problem }: Allocation): string {
  const why = problem?.problem?.replace(/\.$/, '')
  return `The allocation ${id} takes no jobs${why === undefined ? '' : ` (${why})`}`
}

/** @param ms that a job may take */
export function tooLongText(queue: string, ms: number, minutes: number): string {
  return `Its "timeoutSeconds" is ${ms / 1000}, but an allocation of the queue “${queue}” has ${minutes} minutes, of which it needs some to begin: set a larger "allocations.minutes".`
}
