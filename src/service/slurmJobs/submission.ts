// Gives an array of jobs to Slurm, and says what becomes of those that it does not take.
import { reasonOf } from '../../run/base/startError'
import { asSentence } from '../slurm/slurmCommands'
import { submitScript, UnknownOutcome } from '../slurm/slurmShell'
import type { ClusterFolder } from './clusterFolder'
import type { Prepared } from './gathering'
import type { SlurmArrays } from './slurmArrays'
import type { SlurmJobsHost } from './slurmJobsHost'
import type { SlurmTask } from './slurmTask'
import { newArrayName, TaskArray } from './taskArray'
import { arrayWords, type Demands, isFull, isTooMuch } from './taskCommands'

export interface SubmissionHost {
  readonly queue: SlurmJobsHost
  /** Of its jobs in Slurm. */
  readonly name: string
  readonly folder: ClusterFolder
  readonly arrays: SlurmArrays
  /** Slurm takes none now: its jobs wait here, for a while. */
  onRefused(why: string): void
  /** It has so many of ours, or has refused so many at once, and takes no more. */
  onFull(count: number): void
}

/** @returns whether Slurm has them; never rejects */
export async function submitArray(jobs: readonly Prepared[], host: SubmissionHost): Promise<boolean> {
  const { arrays, folder } = host
  const tasks = jobs.map(({ task }) => task)
  const array = new TaskArray(newArrayName(), [...tasks], folder)
  array.isBeingSubmitted = true
  arrays.add(array)
  try {
    await write(array, jobs, folder)
    const id = await ask(array, tasks, host)
    array.id = id
    await array.named(id).catch(() => undefined) // Slurm says so, too
    return true
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) await refuse(array, tasks, error, host)
    else host.onRefused(error.message) // Slurm says whether it has them
    return false
  } finally {
    array.submitted()
  }
}

async function write(array: TaskArray, jobs: readonly Prepared[], folder: ClusterFolder): Promise<void> {
  try {
    await array.write(jobs.map(({ sent }) => sent))
  } catch (error) {
    throw new Error(`What they are could not be written to ${folder.path} of the cluster: ${reasonOf(error)}`)
  }
}

async function ask(array: TaskArray, tasks: readonly SlurmTask[], { folder, name, queue }: SubmissionHost) {
  const { config, program, via } = queue
  const { loginShell, node, setup } = config
  const words = arrayWords(name, array.name, tasks.length, demandsOf(tasks), config)
  const script = program().taskScript(`${folder.path}/${array.name}`, { loginShell, node, setup })
  return submitScript(words, via(), script)
}

/** They are the same of all. */
function demandsOf(tasks: readonly SlurmTask[]): Demands {
  return tasks[0]?.demands ?? { cores: 1 }
}

async function refuse(array: TaskArray, tasks: readonly SlurmTask[], error: unknown, host: SubmissionHost) {
  const { arrays, onFull, onRefused } = host
  const why = asSentence(reasonOf(error))
  await array.remove() // none of them begins any more
  for (const [index, task] of tasks.entries()) arrays.remove({ array, index, task })
  const { cores, memoryMB, timeoutMs } = demandsOf(tasks)
  if (isTooMuch(why) && (cores > 1 || memoryMB !== undefined || timeoutMs !== undefined)) {
    const message = `Slurm does not take it. ${why} Change "cores", "memoryMB" or "timeoutSeconds" of the job, or "partition" or "options" of its queue.`
    for (const { run } of tasks) if (!run.hasEnded) run.refuse({ kind: 'start', message })
    return
  }
  if (isFull(why)) onFull(tasks.length)
  onRefused(why) // before they come back
  for (const { run } of tasks)
    if (run.stopped) run.detach()
    else run.return()
}
