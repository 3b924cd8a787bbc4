// What becomes of a job that Slurm has ended, or does not know any more, and whose runner has said nothing.
import type { PlaceQueueConfig } from '../../core/jobs/queueConfig'
import { reasonOf } from '../../run/base/startError'
import { TASK_EXITS } from '../../run/base/taskFiles'
import { runSlurm } from '../slurm/slurmShell'
import { noNodeText } from '../slurm/slurmState'
import type { Placed, SlurmArrays } from './slurmArrays'
import { nameOf, readAccounts, sacctWords, type TaskState } from './taskCommands'

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
  const overdue = [...arrays.all].filter(isOverdue)
  const accounts = await accountsOf(overdue, via)
  for (const placed of overdue) {
    const { array, index, task } = placed
    try {
      await array.takeBack(index)
    } catch (error) {
      console.error(`The job ${task.spec.id} is not settled yet: ${reasonOf(error)}`) // with the next look, and the others now
      continue
    }
    const { end } = task
    if (task.isStopped || isLost(placed)) void task.lose(whyForgotten(placed, accounts))
    else if (!end || innocent.includes(end.state)) task.run.return()
    else task.run.refuse({ kind: 'start', message: notBegun(placed, end, folder) })
  }
}

function isOverdue(placed: Placed): boolean {
  const { task } = placed
  if (!task.isGone || task.hasSaidEnd || task.run.hasEnded) return false
  task.overSince ??= performance.now()
  return performance.now() - task.overSince >= limitOf(placed)
}

function limitOf({ array, task: { end, hasBegun } }: Placed): number {
  if (end && end.node === undefined && !hasBegun) return 0
  return !end && array.id === undefined ? SUBMIT_MS : LATE_MS
}

/** It has begun, or may have: one that waited when Slurm was asked last, too. */
function isLost({ array, task: { hasBegun, end } }: Placed): boolean {
  return hasBegun || (end ? end.state === 'COMPLETED' : array.id !== undefined)
}

/** One question for all of which Slurm itself knows nothing any more; most clusters of one node keep no accounts. */
async function accountsOf(
  overdue: readonly Placed[],
  via: PlaceQueueConfig | undefined,
): Promise<ReadonlyMap<string, string>> {
  const ids = overdue.flatMap(({ array: { id }, task }) => (task.end || id === undefined ? [] : [id]))
  if (ids.length === 0) return new Map()
  return readAccounts(await runSlurm(sacctWords([...new Set(ids)]), via).catch(() => ''))
}

/** @returns undefined where what is known already says it */
function whyForgotten({ array, index, task }: Placed, accounts: ReadonlyMap<string, string>): string | undefined {
  if (task.end || array.id === undefined) return undefined
  const name = nameOf(array.id, index, array.isAlone)
  const state = accounts.get(name)
  return `Slurm ${state === undefined ? `does not know its job ${name} any more` : `ended its job ${name} (${state})`}`
}

function notBegun({ index }: Placed, { exitCode, id, isAlone, reason, state }: TaskState, folder: string): string {
  const why = [state, reason].filter(Boolean).join(', ')
  return `Slurm ended its job ${nameOf(id, index, isAlone)} before it had begun (${why}): ${hintOf(exitCode, state, folder)}`
}

function hintOf(exitCode: number, state: string, folder: string): string {
  const noNode = noNodeText(exitCode)
  if (noNode !== undefined) return noNode
  if (exitCode === TASK_EXITS.unreadable || exitCode === TASK_EXITS.unwritable)
    return `its node does not see the folder ${folder}, or cannot write there: name another one in "folder" of the queue.`
  if (state === 'CANCELLED') return 'somebody cancelled it.'
  return `"setup" of the queue may have failed, or its node does not see the folder ${folder}.`
}
