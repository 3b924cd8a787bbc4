// Gathers jobs that are to be submitted, so that one command of Slurm takes many: those that ask for the same, up to what an array may have.
import PQueue from 'p-queue'
import type { Task } from '../../run/base/taskFiles'
import type { SlurmTask } from './slurmTask'

/** Without another job for so long, or so long after the first one, what there is goes. */
const QUIET_MS = 200
const LONGEST_MS = 2000
/** Of the file of an array. */
const MAX_BYTES = 16 * 1024 * 1024
/** Of jobs whose files are sent at once. */
const PREPARED_AT_ONCE = 16

export interface Prepared {
  readonly task: SlurmTask
  readonly sent: Task
}

export interface GatheringHost {
  /** How many jobs an array may have. */
  maxArray(): number
  /** They ask for the same. */
  submit(jobs: readonly Prepared[]): void
  /** It could not be prepared. */
  onProblem(task: SlurmTask, error: unknown): void
}

interface Group {
  jobs: Prepared[]
  bytes: number
  readonly since: number
  quiet: NodeJS.Timeout | undefined
}

export class Gathering {
  readonly #host: GatheringHost
  readonly #preparing = new PQueue({ concurrency: PREPARED_AT_ONCE })
  /** By what they ask for. */
  readonly #groups = new Map<string, Group>()

  constructor(host: GatheringHost) {
    this.#host = host
  }

  add(task: SlurmTask): void {
    void this.#preparing.add(async () => {
      try {
        if (task.run.hasEnded) return
        const sent = await task.prepare()
        if (task.run.hasEnded) task.clean()
        else this.#gather({ task, sent })
      } catch (error) {
        this.#host.onProblem(task, error)
      }
    })
  }

  #gather(job: Prepared): void {
    const key = JSON.stringify(job.task.demands)
    const group = this.#groups.get(key) ?? { jobs: [], bytes: 0, since: performance.now(), quiet: undefined }
    this.#groups.set(key, group)
    group.jobs.push(job)
    for (const message of job.sent.messages) if (message.type === 'start') group.bytes += sizeOf(message.spec)
    clearTimeout(group.quiet)
    if (group.jobs.length >= this.#host.maxArray() || group.bytes > MAX_BYTES) {
      this.#flush(key, group)
      return
    }
    const leftMs = LONGEST_MS - (performance.now() - group.since)
    group.quiet = setTimeout(() => this.#flush(key, group), Math.min(QUIET_MS, Math.max(0, leftMs)))
  }

  #flush(key: string, group: Group): void {
    this.#groups.delete(key)
    const jobs = group.jobs.filter(({ task }) => !task.run.hasEnded)
    if (jobs.length > 0) this.#host.submit(jobs)
  }
}

/** About. */
function sizeOf({ command, stdin }: { command: readonly string[]; stdin?: object }): number {
  const input = stdin && 'base64' in stdin ? String(stdin.base64).length : 0
  return command.reduce((sum, word) => sum + word.length, input)
}
