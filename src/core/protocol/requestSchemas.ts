// What the parameters of each request must be. They are checked once, on arrival, and go on as they came: a field that is
// not known here may come from a newer window. It is neither refused nor removed, since a newer window lets this service
// start nothing more: what it submits is stored here, whole, and run by the newer service that takes over.
// What a value means (an id, a path, a range) is checked by whoever uses it.
import * as v from 'valibot'
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc'
import type { JobErrorKind } from '../../api'
import { isRecord } from '../base/records'
import { jobStates, type StoredSpec } from '../jobs/job'
import { containerRuntimes, type QueueConfigs } from '../jobs/queueConfig'
import { findGroupings, findOrders, outputStreams } from './facts'
import type { BatchResultHandler, ServiceApi, ServiceMethod } from './protocol'
import { predicateOf } from './schemaPredicate'
import { type MachineSettings, type Setting, settingsTable } from './settingsTable'

export type ParamsOf<M extends ServiceMethod> = Parameters<ServiceApi[M]>[0]

const anObject = v.custom<Record<string, unknown>>(isRecord, 'an object')

/** The message of a schema is the end of a sentence: “… must be a string”. */
type Expectation = { readonly message?: unknown }

/** An array is no object here. A field that is missing is described by its own schema. */
function shape<const E extends v.ObjectEntries>(entries: E) {
  const expected = (key: unknown) => String((entries[key as string] as Expectation | undefined)?.message)
  return v.pipe(
    anObject,
    v.object(entries, ({ path }) => expected(path?.[0].key)),
  )
}

function oneOf<const T extends readonly string[]>(...words: T) {
  return v.picklist(words, words.map(word => `"${word}"`).join(' or '))
}

/** A map is checked as a whole, because its keys may be any words: also those that objects inherit. */
function mapOf<T>(isValue: (value: unknown) => value is T, message: string) {
  return v.custom<Record<string, T>>(map => isRecord(map) && Object.keys(map).every(key => isValue(map[key])), message)
}

const text = v.string('a string')
const texts = v.array(text, 'an array of strings')
const flag = v.boolean('true or false')
const yes = v.literal(true, 'true or be left out')
const number = v.number('a number')
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
const count = v.custom<number>(isCount, 'a whole number of 0 or more')
const cap = v.custom<number>(value => isCount(value) && value !== 0, 'a whole number of 1 or more')
const integer = v.custom<number>(Number.isSafeInteger, 'a whole number')
const nothing = v.null('null')
const optional = v.exactOptional

const isText = (value: unknown): value is string => typeof value === 'string'
const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string'

const byId = shape({ id: text })

/** What is in `context` is the extension's own affair. */
const namedHandler = { id: text, context: optional(v.unknown()) }

const input = v.union(
  [
    shape({ base64: text, arrays: optional(yes) }), // the most frequent first: each is tried in turn
    shape({ text }),
    shape({ file: text, owned: optional(yes), arrays: optional(yes) }),
    shape({ ask: yes, handler: optional(shape(namedHandler)) }),
  ],
  '{ text }, { base64 }, { file } or { ask }',
)

const fileObject = shape({ file: text })

const keepAlive = shape({
  max: optional(number),
  idleSeconds: optional(number),
  maxJobs: optional(number),
  maxMemoryMB: optional(number),
})

const container = shape({
  runtime: oneOf(...containerRuntimes),
  image: optional(text),
  mounts: optional(texts),
  network: optional(flag),
  options: optional(texts),
})

const specOptions = {
  shell: optional(v.union([flag, text], 'true, false or a string')),
  wrapper: optional(texts),
  container: optional(container),
  env: optional(mapOf(isTextOrNull, 'an object of strings and nulls')),
  stdin: optional(input),
  stdout: optional(
    v.union(
      [oneOf('bytes', 'text', 'json', 'function'), fileObject],
      '"bytes", "text", "json", "function" or { file }',
    ),
  ),
  stderr: optional(fileObject),
  queue: optional(text),
  inputs: optional(texts),
  outputs: optional(texts),
  priority: optional(number),
  cores: optional(number),
  memoryMB: optional(number),
  timeoutSeconds: optional(number),
  noOutputTimeoutSeconds: optional(number),
  okExitCodes: optional(v.array(number, 'an array of numbers')),
  retries: optional(number),
  rerunnable: optional(v.boolean('true or false')),
  protocol: optional(oneOf('lines', 'frames')),
  keepAlive: optional(keepAlive),
  startTimeoutSeconds: optional(number),
  keep: optional(yes),
  resultHandler: optional(shape(namedHandler)),
  secretEnv: optional(texts),
}
const spec = shape({ id: text, name: text, command: texts, cwd: text, ...specOptions })
const specChanges = shape({
  id: optional(text),
  name: optional(text),
  command: optional(texts),
  cwd: optional(text),
  ...specOptions,
})

const batchHandler = shape({ ...namedHandler, collect: optional(v.literal(false, 'false or be left out')) })

const batchHeader = shape({
  id: text,
  name: text,
  concurrency: optional(cap),
  stopAfterFailures: optional(cap),
  resultHandler: optional(batchHandler),
})

const filter = shape({
  all: optional(yes),
  ids: optional(texts),
  batchId: optional(text),
  states: optional(v.array(v.picklist(jobStates, 'a state of a job'), 'an array of states')),
  limit: optional(number),
  after: optional(text),
  owner: optional(text),
  has: optional(oneOf('stderr', 'result', 'attempts')),
})

/** Of each request that may take long: the token of its reports. */
const long = { progress: optional(number) }

const jobError = shape({ kind: v.custom<JobErrorKind>(isText, 'a string'), message: text })

type SettingSchema<K extends keyof MachineSettings> = v.ExactOptionalSchema<
  v.GenericSchema<MachineSettings[K]>,
  undefined
>

/** By the type of each: a number that is out of its range is not refused. A window of another version may lack some. */
const settingSchemas = Object.entries<Setting>(settingsTable).map(([name, setting]) => [
  name,
  optional(setting.type === 'string' ? oneOf(...setting.enum) : number),
])
const settings = shape({
  ...(Object.fromEntries(settingSchemas) as { [K in keyof MachineSettings]: SettingSchema<K> }),
  queues: optional(v.custom<QueueConfigs>(isRecord, 'an object')),
})

const jobFind = shape({ text, order: oneOf(...findOrders), group: optional(oneOf(...findGroupings)) })
const rowQuery = shape({
  from: count,
  count,
  expanded: texts,
  groups: optional(yes),
  find: optional(jobFind),
  serial: optional(number),
})

export const requestSchemas = {
  useEnvironment: shape({ hash: text, vars: mapOf(isText, 'an object of strings'), secretNames: texts }),
  submit: shape({
    owner: text,
    environment: text,
    batch: optional(batchHeader),
    jobs: v.array(spec, 'an array of job specs'),
  }),
  sealBatch: shape({ id: text, sealed: oneOf('complete', 'cut') }),
  setBatchConcurrency: shape({ id: text, concurrency: cap }),
  sync: shape({ ids: texts }),
  provideInput: shape({
    answers: v.array(
      shape({ id: text, input: optional(input), error: optional(text), returned: optional(yes) }),
      'an array of answers',
    ),
  }),
  finished: shape({ answers: v.array(shape({ id: text, error: optional(jobError) }), 'an array of answers') }),
  cancel: shape({ filter, reason: optional(text), ...long }),
  rerun: shape({ filter, environment: text, changes: optional(specChanges), ...long }),
  setPriority: shape({ filter, priority: integer, ...long }),
  highestPriority: nothing,
  clear: shape({ filter, unsaved: oneOf('keep', 'delete'), ...long }),
  save: shape({ filter, folder: text, which: optional(oneOf('newest', 'unsaved')), ...long }),
  list: shape({ filter, ...long }),
  outline: shape({ filter, after: optional(number), ...long }),
  findJobs: shape({ text, ...long }),
  attempts: shape({ id: text, before: optional(number) }),
  place: byId,
  getBatch: shape({ id: text, cost: optional(yes) }),
  batchNames: shape({ text }),
  batchResults: shape({ id: text, after: optional(count) }),
  offerHandlers: shape({ results: texts, inputs: optional(texts) }),
  delivered: shape({
    answers: v.array(
      shape({ id: text, round: optional(count), error: optional(text), returned: optional(yes) }),
      'an array of answers',
    ),
  }),
  deliverAgain: shape({ ids: optional(texts) }),
  endedMeanwhile: nothing,
  getSpec: byId,
  getEnded: byId,
  startWorker: shape({ id: text, owner: text, environment: text, spec }),
  request: shape({ worker: text, request: shape({ id: text, input, timeoutMs: optional(number) }) }),
  cancelRequests: shape({ worker: text, ids: texts }),
  releaseReplies: shape({ worker: text, ids: texts }),
  stopWorkers: shape({ ids: optional(texts) }),
  output: shape({
    id: text,
    stream: oneOf(...outputStreams),
    offset: count,
    length: count,
    attempt: optional(count),
  }),
  pause: shape({ paused: flag }),
  pauseQueue: shape({ queue: text, paused: flag }),
  connectQueue: shape({ queue: text }),
  copyNode: shape({ queue: text }),
  endAllocation: shape({ queue: text, allocation: text }),
  configure: shape({ source: text, settings, chosen: optional(flag) }),
  watchRows: shape({ id: text, query: v.nullable(rowQuery) }),
  timeline: shape({ view: text, batchId: optional(text), anew: optional(yes) }),
  jobOfBar: shape({ seq: count }),
  status: nothing,
  report: nothing,
  restart: shape({ when: oneOf('now', 'idle') }),
  moveStoreAside: nothing,
  drain: nothing,
} satisfies { readonly [M in ServiceMethod]: v.GenericSchema<unknown, ParamsOf<M>> }

const predicates = Object.fromEntries(
  Object.entries(requestSchemas).map(([method, schema]) => [method, predicateOf(schema)]),
) as Readonly<Record<ServiceMethod, (params: unknown) => boolean>>

/** What was stored of a job or of a batch is checked as it was when it came: the store may be damaged. */
export const isJobSpec = predicateOf(spec) as (value: unknown) => value is StoredSpec
export const isBatchHandler = predicateOf(batchHandler) as (value: unknown) => value is BatchResultHandler

/** What is wrong with the parameters of a request, as one sentence; it repeats no value, which may be a secret. */
export function paramsProblem(method: ServiceMethod, params: unknown): string | undefined {
  if (predicates[method](params)) return undefined
  const { issues } = v.safeParse<v.GenericSchema>(requestSchemas[method], params, { abortEarly: true })
  if (!issues) return undefined
  const field = fieldOf(issues[0].path ?? [])
  return `The job service refuses the request "${method}": ${field || 'its parameter'} must be ${issues[0].message}.`
}

/** @throws ResponseError with that sentence */
export function checkParams(method: ServiceMethod, params: unknown): void {
  const problem = paramsProblem(method, params)
  if (problem !== undefined) throw new ResponseError(ErrorCodes.InvalidParams, problem)
}

/** `jobs[3].stdin.file`. */
function fieldOf(path: readonly { readonly key: unknown }[]): string {
  const steps = path.map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
  return steps.join('').replace(/^\./, '')
}
