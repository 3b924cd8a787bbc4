// What becomes of a job that Slurm has ended, or does not know any more, and whose runner has said nothing.
import type { PlaceQueueConfig } from '../../core/jobs/queueConfig'
import { TASK_EXITS } from '../../run/base/taskFiles'
import { NO_NODE_EXIT } from '../launch/bootstrap'
import { runSlurm } from '../slurm/slurmShell'
import type { Placed, SlurmArrays } from './slurmArrays'
import { readAccount, sacctWords, type TaskState } from './taskCommands'

/** What a network disk may take until a file is seen elsewhere; `HEADLESS_JOBS_LATE_SECONDS` shortens it in tests. */
const LATE_MS = Number(process.env.HEADLESS_JOBS_LATE_SECONDS ?? 90) * 1000
/** Of a request that a service has left under way: after this Slurm has not taken it. */
const SUBMIT_MS = 65_000

/** What ends a job that had not begun, and may be tried again as if nothing had been. */
const innocent: readonly string[] = ['NODE_FAIL', 'PREEMPTED', 'BOOT_FAIL']

export async function settleOverdue(
  arrays: SlurmArrays,
  folder: string,
  via: PlaceQueueConfig | undefined,
): Promise<void> {
  for (const placed of [...arrays.all]) {
    const { array, index, task } = placed
    if (!task.isGone || task.hasSaidEnd || task.run.hasEnded) continue
    task.overSince ??= performance.now()
    if (performance.now() - task.overSince < limitOf(placed)) continue
    await array.takeBack(index)
    const { state } = task
    if (task.isStopped || task.hasBegun || (!state && array.id !== undefined)) task.lose(await whyLost(placed, via))
    else if (!state || innocent.includes(state.state)) task.run.return()
    else task.run.refuse({ kind: 'start', message: notBegun(placed, state, folder) })
  }
}

function limitOf({ array, task: { state, hasBegun } }: Placed): number {
  if (state && !state.hasRun && !hasBegun) return 0
  return !state && array.id === undefined ? SUBMIT_MS : LATE_MS
}

/** @returns undefined where what is known already says it */
async function whyLost({ array, index, task }: Placed, via: PlaceQueueConfig | undefined): Promise<string | undefined> {
  if (task.state || array.id === undefined) return undefined
  const id = array.tasks.length === 1 ? array.id : `${array.id}_${index}`
  const account = await runSlurm(sacctWords(id), via).catch(() => '') // most clusters of one node keep none
  const state = readAccount(account)
  return `Slurm ${state === undefined ? `does not know its job ${id} any more` : `ended its job ${id} (${state})`}`
}

function notBegun({ array, index }: Placed, { exitCode, id, reason, state }: TaskState, folder: string): string {
  const name = array.tasks.length === 1 ? id : `${id}_${index}`
  const why = [state, reason].filter(Boolean).join(', ')
  return `Slurm ended its job ${name} before it had begun (${why}): ${hintOf(exitCode, state, folder)}`
}

function hintOf(exitCode: number, state: string, folder: string): string {
  if (exitCode === NO_NODE_EXIT)
    return 'its node has no Node.js: name one in "node" of the queue, or load it in "setup".'
  if (exitCode === TASK_EXITS.unreadable || exitCode === TASK_EXITS.unwritable)
    return `its node does not see the folder ${folder}, or cannot write there: name another one in "folder" of the queue.`
  if (state === 'CANCELLED') return 'somebody cancelled it.'
  return `"setup" of the queue may have failed, or its node does not see the folder ${folder}.`
}
