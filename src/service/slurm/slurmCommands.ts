// The commands of Slurm for allocations, as words, and what they print.
import { ALLOCATION_DEFAULTS, type SlurmQueueConfig } from '../../core/jobs/queueConfig'
import { isPendingState } from '../../core/jobs/slurmState'

/** Of an allocation, as `squeue` says. */
export interface AllocationState {
  id: string
  /** As `PENDING`, `RUNNING`, `TIMEOUT`. */
  state: string
  /** As `Resources`, `Priority`; `None` when there is none. */
  reason: string
  /** Absent until it has begun. */
  node?: string
  /** Of its script, once that has ended by itself. */
  exitCode: number
  /** Seconds that are left of its time. */
  secondsLeft?: number
}

/** Variables of the service that an allocation has; the others are those of the user on the node. */
const EXPORTED = 'HOME,USER,LOGNAME,SHELL,PATH,LANG'
/** So that a line of `squeue` can be taken apart: none of the fields has it. */
const SEPARATOR = '|'

/** For an allocation. */
export function sbatchWords(name: string, config: SlurmQueueConfig): string[] {
  const minutes = config.allocations?.minutes ?? ALLOCATION_DEFAULTS.minutes
  const slots = typeof config.slots === 'number' ? [`--cpus-per-task=${config.slots}`] : []
  return submitWords(name, config, [`--time=${minutes}`, ...slots])
}

/**
 * Takes a script on stdin, and prints the id of its job. Never requeued by Slurm: what runs in it would begin twice.
 * @param more options, before those of the queue, which count more
 */
export function submitWords(name: string, config: SlurmQueueConfig, more: readonly string[]): string[] {
  const { account, constraint, gres, options = [], partition, qos } = config
  const named = Object.entries({ account, constraint, gres, partition, qos })
  return [
    ...['sbatch', '--parsable', `--job-name=${name}`, '--nodes=1', '--ntasks=1', '--no-requeue'],
    ...['--output=/dev/null', '--error=/dev/null', '--chdir=/', `--export=${EXPORTED}`],
    ...more,
    ...named.flatMap(([option, value]) => (value === undefined ? [] : [`--${option}=${value}`])),
    ...options,
  ]
}

/** All of this name, those that have ended included for as long as Slurm knows them. */
export function squeueWords(name: string): string[] {
  return ['squeue', ...namedWords(name, ['JobID', 'State', 'Reason', 'NodeList', 'TimeLeft', 'exit_code'])]
}

/** For `squeue`. @param fields of each line, as it calls them */
export function namedWords(name: string, fields: readonly string[]): string[] {
  const format = fields.map(field => `${field}:${SEPARATOR}`).join(',')
  return ['--noheader', '--states=all', `--name=${name}`, `--Format=${format}`]
}

/** Of a script that has ended by itself. @param status as a process is waited for */
export function readExitCode(status: string | undefined): number {
  return Number(status) >> 8
}

/** Connects stdin and stdout to a shell in an allocation, beside what it has. */
export function joinWords(id: string): string[] {
  return ['srun', `--jobid=${id}`, '--overlap', '--nodes=1', '--ntasks=1', '--mem=0', '--quiet', '--export=ALL']
}

export function scancelWords(ids: readonly string[]): string[] {
  return ['scancel', ...ids]
}

export function scancelPendingWords(name: string): string[] {
  return ['scancel', `--name=${name}`, '--state=PENDING']
}

/** Of `sbatch`; a login shell may print something before it. */
export function readJobId(printed: string): string | undefined {
  const ids = printed.split('\n').map(line => /^(\d+)(;.*)?$/.exec(line.trim())?.[1]) // a cluster of several is named behind it
  return ids.findLast(id => id !== undefined)
}

/**
 * The fields of each line of `squeue` that begins so; what a login shell or Slurm itself prints besides is left.
 * @throws Error when there is nothing else
 */
export function readFields(printed: string, begin: RegExp): string[][] {
  const lines = printed.split('\n').filter(line => line.trim() !== '')
  const found = lines.filter(line => begin.test(line))
  if (found.length === 0 && lines.length > 0) throw new Error(`squeue printed “${lines[0]?.trim()}”`)
  return found.map(line => line.trim().split(SEPARATOR))
}

/** @throws Error when it is something else */
export function readStates(printed: string): AllocationState[] {
  return readFields(printed, /^\s*\d+\|[A-Z_]+\|/).map(fields => {
    const [id = '', state = '', reason = '', node = '', left = '', exit] = fields
    const secondsLeft = readDuration(left)
    const known = { ...(node !== '' && { node }), ...(secondsLeft !== undefined && { secondsLeft }) }
    return { id, state, reason, exitCode: readExitCode(exit), ...known }
  })
}

/** `[days-][[hours:]minutes:]seconds`. @returns undefined for words such as `INVALID` and `UNLIMITED` */
export function readDuration(text: string): number | undefined {
  const found = /^(?:(?<days>\d+)-)?(?:(?:(?<hours>\d+):)?(?<minutes>\d+):)?(?<seconds>\d+)$/.exec(text.trim())
  if (!found) return undefined
  const { days = 0, hours = 0, minutes = 0, seconds = 0 } = found.groups ?? {}
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
}

export function isPending({ state }: Pick<AllocationState, 'state'>): boolean {
  return isPendingState(state)
}

/** Of job_state_codes in squeue(1), and `LAUNCH_FAILED`, `RECONFIG_FAIL` of newer versions. */
const ends: readonly string[] = [
  ...['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'DEADLINE', 'FAILED', 'LAUNCH_FAILED', 'NODE_FAIL', 'OUT_OF_MEMORY'],
  ...['PREEMPTED', 'RECONFIG_FAIL', 'REVOKED', 'TIMEOUT'],
]
const runs: readonly string[] = ['RUNNING', 'SUSPENDED', 'STOPPED', 'SIGNALING', 'RESIZING']

/** Nothing of it runs any more; while it is completing its runner still says what has become of its jobs. */
export function hasEnded({ state }: Pick<AllocationState, 'state'>): boolean {
  return ends.includes(state) // a word that is not known may be said of one that has not: Slurm forgets those that have
}

/** It takes jobs, or stands still for a while. */
export function isRunning({ state }: Pick<AllocationState, 'state'>): boolean {
  return runs.includes(state)
}

/** Reasons for which a job of Slurm waits for ever, or until somebody acts, and what may help: that of an allocation. */
const hopeless: Readonly<Record<string, string>> = {
  PartitionTimeLimit: 'its partition allows less time: set a smaller "allocations.minutes"',
  PartitionNodeLimit: 'its partition has not that many nodes: change "options" of the queue',
  PartitionDown: 'its partition is down: name another one in "partition"',
  PartitionInactive: 'its partition is inactive: name another one in "partition"',
  PartitionConfig: 'no node of its partition has so much: change "slots" or "options" of the queue, or its "partition"',
  BadConstraints: 'no node is what it asks for: change "constraint", "slots" or "options" of the queue',
  AccountNotAllowed: 'its partition does not allow the account: name another one in "account"',
  InvalidAccount: 'there is no such account: name another one in "account"',
  InvalidQOS: 'there is no such quality of service: name another one in "qos"',
  JobHeldAdmin: 'an administrator holds it',
  JobHeldUser: 'it is held: `scontrol release` lets it begin',
}

/** What may help a job of ours that is one of Slurm, where that is something else. */
const hopelessJob: Readonly<Record<string, string>> = {
  PartitionTimeLimit: 'its partition allows less time: set a smaller "timeoutSeconds" of the job',
  PartitionConfig:
    'no node of its partition has so much: change "cores" or "memoryMB" of the job, or "partition" of its queue',
  BadConstraints: 'no node is what it asks for: change "cores" or "memoryMB" of the job, or "constraint" of the queue',
}

/** @returns what may help, where an allocation does not begin by itself for this reason */
export function remedyOf(reason: string): string | undefined {
  return hopeless[reason.replace(/[()]/g, '')]
}

/** The same for a job of ours. */
export function jobRemedyOf(reason: string): string | undefined {
  return hopelessJob[reason.replace(/[()]/g, '')] ?? remedyOf(reason)
}

/** @returns why it will not begin by itself, as a sentence */
export function hopelessReason({ id, reason }: AllocationState): string | undefined {
  const remedy = remedyOf(reason)
  return remedy && `The allocation ${id} does not begin (${reason}): ${remedy}.`
}

/** What others say ends as it does. */
export function asSentence(why: string): string {
  return /[.?!]$/.test(why) ? why : `${why}.`
}

/**
 * The last line says it, and one of a single word before it which limit it was.
 * @param printed by sbatch, srun or squeue, on stderr
 */
export function slurmProblem(command: string, printed: string): string {
  const lines = printed
    .split('\n')
    .map(line => line.replace(/^\w+: (error: )?/, '').trim())
    .filter(line => line !== '')
  const [last, before = ''] = lines.reverse()
  if (last === undefined) return `${command} failed and did not say why.`
  const limit = /^(Assoc|QOS)\w+$/.test(before) ? ` (${before})` : ''
  return `${command} says: ${asSentence(last + limit)}`
}
