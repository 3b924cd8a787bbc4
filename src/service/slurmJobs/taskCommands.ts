// The commands of Slurm for jobs of which each is one of ours, as words, and what they print.
import type { SlurmQueueConfig } from '../../core/jobs/queueConfig'
import { namedWords, readExitCode, readFields, submitWords } from '../slurm/slurmCommands'

/** What a job may ask of its node. */
export interface Demands {
  cores: number
  memoryMB?: number
  timeoutMs?: number
}

/** A job of an array, or several of which Slurm says the same, as `squeue` says. */
export interface TaskState {
  /** Of the array. */
  id: string
  /** Whether it is the only one, and no array. */
  isAlone: boolean
  indexes: readonly number[]
  /** The name that the array was given: that of its file. */
  array: string
  /** As `PENDING`, `RUNNING`, `TIMEOUT`. */
  state: string
  /** Absent when there is none. */
  reason?: string
  /** Of its script, once that has ended by itself. */
  exitCode: number
  /** Absent until it has begun. */
  node?: string
  /** When it began, or is expected to begin, in milliseconds since the epoch. */
  startsAt?: number
}

/** What its runner needs besides. */
const RUNNER_MB = 64
const MINUTE_MS = 60_000

/**
 * @param array the name of its file
 * @param count of its jobs; one that is alone is no array, which a cluster may not allow
 */
export function arrayWords(
  name: string,
  array: string,
  count: number,
  demands: Demands,
  config: SlurmQueueConfig,
): string[] {
  const { cores, memoryMB, timeoutMs } = demands
  return submitWords(name, config, [
    `--comment=${array}`,
    ...(count === 1 ? [] : [`--array=0-${count - 1}`]),
    ...(cores === 1 ? [] : [`--cpus-per-task=${cores}`]),
    ...(memoryMB === undefined ? [] : [`--mem=${memoryMB + RUNNER_MB}M`]),
    // its runner ends it in time: that of Slurm is for the case that this fails
    ...(timeoutMs === undefined ? [] : [`--time=${Math.ceil(timeoutMs / MINUTE_MS) + 2}`]),
  ])
}

/** All of this name, those that have ended included for as long as Slurm knows them. */
export function squeueTasksWords(name: string): string[] {
  const fields = ['ArrayJobID', 'ArrayTaskID', 'State', 'exit_code', 'Reason', 'NodeList', 'StartTime', 'Comment']
  // indexes without end, and times that need no zone
  return ['env', 'SLURM_BITSTR_LEN=0', 'SLURM_TIME_FORMAT=%s', 'squeue', ...namedWords(name, fields)]
}

/** @throws Error when it is something else */
export function readTasks(printed: string): TaskState[] {
  return readFields(printed, /^\s*\d+\|[^|]+\|[A-Z_]+\|/).map(readTask)
}

function readTask([
  id = '',
  index = '',
  state = '',
  exit,
  reason,
  node,
  start,
  array = '',
]: readonly string[]): TaskState {
  const isAlone = index === 'N/A'
  const startsAt = Number(start)
  return {
    id,
    isAlone,
    indexes: isAlone ? [0] : readIndexes(index),
    array,
    state,
    exitCode: readExitCode(exit),
    ...(reason !== 'None' && reason && { reason }),
    ...(node && { node }),
    ...(startsAt > 0 && { startsAt: startsAt * 1000 }),
  }
}

/** `3`, `1,5-7`, `16-99%2`, and where they have the same distance `0-98:2`. */
export function readIndexes(text: string): number[] {
  return text
    .replace(/%\d+$/, '')
    .split(',')
    .flatMap(part => {
      const [range = '', step = 1] = part.split(':')
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: Math.floor((last - first) / Number(step)) + 1 }, (_, i) => first + i * Number(step))
    })
    .filter(Number.isInteger)
}

/** The other way round, as short as can be. */
export function writeIndexes(indexes: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.[1] === index - 1) last[1] = index
    else ranges.push([index, index])
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',')
}

/** What is said where accounts are kept, once `squeue` does not know them any more. */
export function sacctWords(ids: readonly string[]): string[] {
  return ['sacct', '--noheader', '--parsable2', '--allocations', '--format=JobID,State', `--jobs=${ids.join(',')}`]
}

/** States by the names of jobs, as in `4711_3`; `CANCELLED by 1000` is `CANCELLED`. */
export function readAccounts(printed: string): ReadonlyMap<string, string> {
  return new Map(
    [...printed.matchAll(/^(\d+(?:_\d+)?)\|([A-Z_]+)/gm)].map(([, name = '', state = '']) => [name, state]),
  )
}

/** As Slurm calls a job of an array, or one that is alone. */
export function nameOf(id: string, index: number, isAlone: boolean): string {
  return isAlone ? id : `${id}_${index}`
}

export function limitsWords(): string[] {
  return ['scontrol', 'show', 'config']
}

/** What the cluster allows. */
export interface ClusterLimits {
  /** Jobs of one array. */
  array: number
  /** Jobs of all users that it knows at once. */
  jobs: number
}

export function readLimits(printed: string): ClusterLimits {
  const read = (name: string, missing: number) =>
    Number(new RegExp(`^${name}\\s*=\\s*(\\d+)`, 'm').exec(printed)?.[1] ?? missing)
  const tasks = Number(
    /^SchedulerParameters\s*=.*\bmax_array_tasks=(\d+)/m.exec(printed)?.[1] ?? Number.POSITIVE_INFINITY,
  )
  return { array: Math.max(1, Math.min(tasks, read('MaxArraySize', 1001))), jobs: read('MaxJobCount', 10_000) }
}

/** That it takes no more jobs now, or none in so large an array, but may do so when some have ended, or are fewer. */
export function isFull(problem: string): boolean {
  const policy = policyIn(problem)
  if (policy !== undefined) return policy.includes('Submit')
  return /submit limit|temporarily un|did not answer|array specification/i.test(problem)
}

/** That it takes no job which asks for so much. */
export function isTooMuch(problem: string): boolean {
  if (isFull(problem)) return false // one sentence of Slurm names the limits of all kinds
  return (
    policyIn(problem) !== undefined ||
    /node configuration|CPU count|memory|time limit|time specification/i.test(problem)
  )
}

/** Which limit of an account or a quality of service it is, as `AssocMaxSubmitJobLimit`, `QOSMaxMemoryPerJob`. */
function policyIn(problem: string): string | undefined {
  return /\b(?:Assoc|QOS)[A-Z][A-Za-z]+\b/.exec(problem)?.[0]
}
