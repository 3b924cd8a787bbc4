// The setting `headlessJobs.queues`: where jobs may run besides the queue `local`, as a window and the job service read it.
import { t } from '@vscode/l10n'
import { emptyRecord, isRecord, isTexts } from '../base/records'

/** The queue of jobs that name none. It is always there. */
export const LOCAL_QUEUE = 'local'

export const MAX_QUEUE_NAME = 100
const MAX_QUEUE_SLOTS = 1024

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

export type QueueConfig = LocalQueueConfig
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

/** The fields of each kind, besides `kind`. */
const fieldsOf: Readonly<Record<QueueConfig['kind'], Readonly<Record<string, Field>>>> = {
  local: { slots, env, wrapper },
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
  const fields = fieldsOf[kind]
  return Object.entries(rest).flatMap(([field, value]) => {
    const known = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (known?.fits(value)) return []
    const must = known?.must ?? t`left out: a queue of this kind has ${Object.keys(fields).join(', ')}`
    return [{ key: `${at}.${field}`, value, must }]
  })
}

function isKind(kind: unknown): kind is QueueConfig['kind'] {
  return typeof kind === 'string' && kinds.includes(kind)
}

/** The names of all queues, `local` first. */
export function queueNames(queues: QueueConfigs): string[] {
  return [LOCAL_QUEUE, ...Object.keys(queues).filter(name => name !== LOCAL_QUEUE)]
}
