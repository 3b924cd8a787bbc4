// The setting `headlessJobs.queues`: where jobs may run besides the queue `local`, as a window and the job service read it.
import { t } from '@vscode/l10n'
import type { Container } from '../../api'
import { emptyRecord, isRecord, isTexts } from '../base/records'
import { namesOneOf, OUR_OPTIONS, OUR_OPTIONS_OF_JOBS } from './sbatchOptions'

/** The queue of jobs that name none. It is always there. */
export const LOCAL_QUEUE = 'local'

export const MAX_QUEUE_NAME = 100
const MAX_QUEUE_SLOTS = 1024
const MAX_QUEUED = 10_000
const MAX_KEEP_SECONDS = 86_400

/** On this machine, within its slots. */
export interface LocalQueueConfig {
  kind: 'local'
  /** Slots that its jobs may take together. Absent: no limit but that of the machine. */
  slots?: number
  /** Added to the environment of the window; what a job adds itself goes before. `null` removes a variable. */
  env?: Readonly<Record<string, string | null>>
  /** Words before the command of each job, and before its own wrapper. */
  wrapper?: readonly string[]
}

/** Where nothing of ours is: a runner is sent there, and speaks with the job service over stdin and stdout of a launcher. */
export interface ElsewhereConfig {
  /** Slots that its jobs may take together. `auto`, and absent: the cores there that they may use. */
  slots?: number | 'auto'
  /** Slots of the jobs that are sent ahead while all slots are in use, so that none waits for a long way. Default 0. */
  maxQueued?: number
  /** Added to the environment that its jobs have there; what a job adds itself goes before. `null` removes a variable. */
  env?: Readonly<Record<string, string | null>>
  wrapper?: readonly string[]
  /** Where jobs run there whose folder is in none of `paths`. */
  cwd?: string
  /**
   * `shared`, and absent: files have the same paths there, or those of `paths`. `copy`: stdin, stdout and stderr that are files are
   * sent and brought, and a job runs in a folder of its own.
   */
  files?: 'shared' | 'copy'
  /** Folders here, and what they are called there: also where they begin a word of a command. */
  paths?: Readonly<Record<string, string>>
  /** A Node there, where none is found. */
  node?: string
  /** Jobs have the variables of a login shell there: `module` of a cluster is known in them. Default false. */
  loginShell?: boolean
}

/** Wherever these words lead. */
export interface CommandQueueConfig extends ElsewhereConfig {
  kind: 'command'
  /** What connects stdin and stdout to the program that follows, `/bin/sh`; or to `%program%` among the words. */
  launch: readonly string[]
  /** As for a host; default 0, since what the words started mostly ends with them. */
  keepSeconds?: number
}

/** On a host, by the user's own `ssh` with its configuration. */
export interface SshQueueConfig extends ElsewhereConfig {
  kind: 'ssh'
  /** As `ssh` takes it. */
  host: string
  /** A file of its configuration instead of the user's. */
  config?: string
  /** How long jobs go on there when the connection is lost, so that the next one has them; then they end. Default 600. */
  keepSeconds?: number
}

export const containerRuntimes: readonly Container['runtime'][] = [
  'podman',
  'docker',
  'apptainer',
  'charliecloud',
  'bwrap',
]

/** In a container or sandbox on this machine, which all jobs of the queue share. */
export interface ContainerQueueConfig extends ElsewhereConfig, Container {
  kind: 'container'
}

/** How many allocations a queue of a cluster may have at once by default, for how long each, and when it is given back. */
export const ALLOCATION_DEFAULTS = { max: 4, minutes: 60, idleSeconds: 60 } as const

/**
 * On a Slurm cluster.
 *
 * With `allocation`, and without `mode`, in allocations that are taken while there are jobs; `slots` are those of each. With `jobs`
 * each job is a job of Slurm, for hours, which no service and no login need outlive; `slots` are those of all that Slurm has at once.
 */
export interface SlurmQueueConfig extends ElsewhereConfig {
  kind: 'slurm'
  mode?: 'allocation' | 'jobs'
  /** The name of a queue by `ssh` that leads to a login node; absent where this machine is one. */
  via?: string
  partition?: string
  account?: string
  qos?: string
  constraint?: string
  /** What Slurm calls generic resources, as `gpu:1`. */
  gres?: string
  /** More words for `sbatch`. */
  options?: readonly string[]
  /** Lines for a login shell before an allocation takes jobs, as `module load fsl`. */
  setup?: readonly string[]
  allocations?: Readonly<Partial<Record<keyof typeof ALLOCATION_DEFAULTS, number>>>
  /** As for a host: how long an allocation waits for the next connection. Default 600. */
  keepSeconds?: number
  /** With `jobs`: where the nodes find what they are to run, and leave what becomes of it. Default `~/.headless-jobs` there. */
  folder?: string
}

const flag: Field = { must: t('true or false'), fits: value => typeof value === 'boolean' }

/** The fields of a container, each with what it must be. */
export const containerFields: Readonly<Record<keyof Container, Field>> = {
  runtime: {
    must: containerRuntimes.map(word => `"${word}"`).join(t(' or ')),
    fits: value => containerRuntimes.some(word => word === value),
  },
  image: {
    must: t('the name of an image'),
    fits: value => typeof value === 'string' && /^[^-\s]\S*$/.test(value),
  },
  mounts: {
    must: t('a list of absolute folders, as in ["/data", "/home/me/out:/out", "/data:ro"]'),
    fits: value => isTexts(value) && value.every(mount => /^\/[^:]*(:\/[^:]*)?(:r[ow])?$/.test(mount)),
  },
  network: flag,
  options: { must: t('a list of words, as in ["--gpus=all"]'), fits: isTexts },
}

/** One place. */
export type PlaceQueueConfig = CommandQueueConfig | SshQueueConfig | ContainerQueueConfig
export type ElsewhereQueueConfig = PlaceQueueConfig | SlurmQueueConfig

export type QueueConfig = LocalQueueConfig | ElsewhereQueueConfig
/** By name, in the order of the setting. */
export type QueueConfigs = Readonly<Record<string, QueueConfig>>

/** What is wrong in the setting: the key as a path behind its name, the value there, and what it must be. */
export interface QueueProblem {
  key: string
  value: unknown
  must: string
}

/** A field of a queue. */
interface Field {
  must: string
  fits(value: unknown): boolean
}

const slots: Field = {
  must: t`a whole number from 1 to ${MAX_QUEUE_SLOTS}`,
  fits: value => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_QUEUE_SLOTS,
}
const env: Field = {
  must: t('variables with texts or null, as in { "NAME": "value" }'),
  fits: value =>
    isRecord(value) &&
    Object.entries(value).every(
      ([name, text]) => name !== '' && !name.includes('=') && (text === null || typeof text === 'string'),
    ),
}
const wrapper: Field = {
  must: t('a list of words, as in ["nice", "-n", "5"]'),
  fits: value => isTexts(value) && value.length > 0 && value[0] !== '',
}

/** On any system. */
function isAbsolute(value: unknown): boolean {
  return typeof value === 'string' && /^([a-zA-Z]:)?[\\/]/.test(value)
}

const aPath: Field = {
  must: t('an absolute path there'),
  fits: value => typeof value === 'string' && value.startsWith('/'),
}
const elsewhere: Readonly<Record<string, Field>> = {
  slots: { must: t`${slots.must}, or "auto"`, fits: value => value === 'auto' || slots.fits(value) },
  maxQueued: {
    must: t`a whole number from 0 to ${MAX_QUEUED}`,
    fits: value => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_QUEUED,
  },
  env,
  wrapper,
  cwd: aPath,
  files: { must: t('"shared" or "copy"'), fits: value => value === 'shared' || value === 'copy' },
  paths: {
    must: t('absolute folders here and there, as in { "/home/me/data": "/mnt/data" }'),
    fits: value =>
      isRecord(value) && Object.entries(value).every(([here, there]) => isAbsolute(here) && aPath.fits(there)),
  },
  node: aPath,
  loginShell: flag,
}

const isWord = (value: unknown) => typeof value === 'string' && /^[^-\s]\S*$/.test(value)
const isAtLeastOne = (value: unknown) => Number.isInteger(value) && (value as number) >= 1
const aWord: Field = { must: t('a word, as Slurm knows it'), fits: isWord }

function optionsWithout(names: readonly string[]): Field {
  return {
    must: t`a list of words, as in ["--exclusive"], without ${names.join(', ')}`,
    fits: value => isTexts(value) && !namesOneOf(names, value),
  }
}

const keepSeconds: Field = {
  must: t`a number of seconds from 0 to ${MAX_KEEP_SECONDS}`,
  fits: value => Number.isFinite(value) && (value as number) >= 0 && (value as number) <= MAX_KEEP_SECONDS,
}

/** The fields of each kind, besides `kind`. */
const fieldsOf: Readonly<Record<QueueConfig['kind'], Readonly<Record<string, Field>>>> = {
  local: { slots, env, wrapper },
  command: {
    launch: {
      must: t('a list of words, as in ["kubectl", "exec", "-i", "pod", "--"]'),
      fits: wrapper.fits,
    },
    keepSeconds,
    ...elsewhere,
  },
  ssh: {
    host: {
      must: t('a host as ssh takes it, as in "lab3" or "me@lab3.example.org"'),
      fits: value => typeof value === 'string' && /^[^-\s]\S*$/.test(value),
    },
    config: { must: t('the absolute path of a file'), fits: isAbsolute },
    keepSeconds,
    ...elsewhere,
  },
  container: {
    ...containerFields,
    ...elsewhere,
  },
  slurm: {
    mode: {
      must: t('"allocation" or "jobs"'),
      fits: value => value === 'allocation' || value === 'jobs',
    },
    folder: { ...aPath, must: t('an absolute path there, which the nodes see') },
    via: { must: t('the name of a queue of kind "ssh"'), fits: isWord },
    ...Object.fromEntries(['partition', 'account', 'qos', 'constraint', 'gres'].map(field => [field, aWord])),
    options: optionsWithout(OUR_OPTIONS),
    setup: { must: t('a list of lines, as in ["module load fsl"]'), fits: isTexts },
    allocations: {
      must: t('numbers above 0, as in { "max": 4, "minutes": 60, "idleSeconds": 60 }'),
      fits: value =>
        isRecord(value) &&
        Object.entries(value).every(
          ([name, number]) => Object.hasOwn(ALLOCATION_DEFAULTS, name) && isAtLeastOne(number),
        ),
    },
    keepSeconds,
    ...elsewhere,
  },
}
/** Of a cluster, the fields that have a meaning in one mode only. */
const modes: Readonly<Record<string, SlurmQueueConfig['mode']>> = {
  allocations: 'allocation',
  keepSeconds: 'allocation',
  maxQueued: 'allocation',
  folder: 'jobs',
}
/** What a queue of a kind cannot do without. */
const needed: Readonly<Record<QueueConfig['kind'], readonly string[]>> = {
  local: [],
  command: ['launch'],
  ssh: ['host'],
  container: ['runtime'],
  slurm: [],
}
const kinds = Object.keys(fieldsOf)

/** The queues of the setting that can be used, and what is wrong with the others. */
export function readQueues(value: unknown): { queues: QueueConfigs; problems: readonly QueueProblem[] } {
  const queues = emptyRecord<QueueConfig>()
  if (value === undefined) return { queues, problems: [] }
  if (!isRecord(value)) return { queues, problems: [{ key: '', value, must: t('queues by their names') }] }
  const problems: QueueProblem[] = []
  for (const [name, config] of Object.entries(value)) {
    const found = problemsOf(name, config)
    if (found.length === 0) queues[name] = config as QueueConfig
    problems.push(...found)
  }
  return { queues, problems }
}

function problemsOf(name: string, config: unknown): QueueProblem[] {
  const at = name === '' ? '""' : name
  if (name.trim() === '' || name.length > MAX_QUEUE_NAME)
    return [{ key: at, value: name, must: t`a name of 1 to ${MAX_QUEUE_NAME} characters` }]
  if (!isRecord(config)) return [{ key: at, value: config, must: t('a queue, as in { "kind": "local", "slots": 2 }') }]
  const { kind, ...rest } = config
  if (!isKind(kind)) return [{ key: `${at}.kind`, value: kind, must: kinds.map(word => `"${word}"`).join(t(' or ')) }]
  if (name === LOCAL_QUEUE && kind !== 'local')
    return [{ key: `${at}.kind`, value: kind, must: t('"local" for the queue of this name') }]
  const fields = fieldsFor(kind, rest.mode)
  const missing = neededOf(kind, rest).filter(field => rest[field] === undefined)
  if (missing.length > 0)
    return missing.map(field => ({ key: `${at}.${field}`, value: undefined, must: fields[field]?.must ?? '' }))
  return Object.entries(rest).flatMap(([field, value]) => {
    const mode = kind === 'slurm' && Object.hasOwn(modes, field) ? modes[field] : undefined
    if (mode !== undefined && mode !== (rest.mode ?? 'allocation'))
      return [{ key: `${at}.${field}`, value, must: t`left out: it has a meaning only with "mode": "${mode}"` }]
    const known = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (known?.fits(value)) return []
    const must = known?.must ?? t`left out: a queue of this kind has ${Object.keys(fields).join(', ')}`
    return [{ key: `${at}.${field}`, value, must }]
  })
}

function fieldsFor(kind: QueueConfig['kind'], mode: unknown): Readonly<Record<string, Field>> {
  const fields = fieldsOf[kind]
  return kind === 'slurm' && mode === 'jobs' ? { ...fields, options: optionsWithout(OUR_OPTIONS_OF_JOBS) } : fields
}

/** A container but for a sandbox has an image. */
function neededOf(kind: QueueConfig['kind'], { runtime }: Readonly<Record<string, unknown>>): readonly string[] {
  return kind === 'container' && runtime !== 'bwrap' ? [...needed[kind], 'image'] : needed[kind]
}

function isKind(kind: unknown): kind is QueueConfig['kind'] {
  return typeof kind === 'string' && kinds.includes(kind)
}

export function isElsewhere(config: QueueConfig | undefined): config is ElsewhereQueueConfig {
  return config !== undefined && config.kind !== 'local'
}

/** Whether each of its jobs is a job of a cluster, which begins a process of its own for it and goes on without the job service. */
export function isOfJobs(config: QueueConfig | undefined): config is SlurmQueueConfig & { mode: 'jobs' } {
  return config?.kind === 'slurm' && config.mode === 'jobs'
}

/** The names of all queues, `local` first. */
export function queueNames(queues: QueueConfigs): string[] {
  return [LOCAL_QUEUE, ...Object.keys(queues).filter(name => name !== LOCAL_QUEUE)]
}
