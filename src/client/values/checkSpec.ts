// Checks arguments of the API before anything is queued: one sentence that names the field and what is wrong.
import { t } from '@vscode/l10n'
import type { BatchOptions, JobFilter, JobProtocol, JobSpec, KeepAlive, WorkerSpec } from '../../api'
import { isTexts } from '../../core/base/records'
import { jobStates } from '../../core/jobs/job'
import { containerFields, LOCAL_QUEUE } from '../../core/jobs/queueConfig'
import { messageProtocol } from '../../core/values/workerMessages'
import { isNamedInput, namedHandlerProblem, namedInputProblem } from './namedHandlers'

type Check = (value: unknown) => string | undefined

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const words: Check = value => (isTexts(value) ? undefined : t('must be an array of strings'))

const nonEmptyString: Check = value =>
  typeof value === 'string' && value !== '' ? undefined : t('must be a string that is not empty')

const aFunction: Check = value => (typeof value === 'function' ? undefined : t('must be a function'))

const positive: Check = value =>
  typeof value === 'number' && value > 0 && value < Infinity ? undefined : t('must be a number above 0')

/** One that can be stored and counted with exactly. */
const integer: Check = value => {
  if (!Number.isInteger(value)) return t('must be an integer')
  return Number.isSafeInteger(value) ? undefined : t`must not be larger than ${Number.MAX_SAFE_INTEGER} in size`
}

const integerFrom =
  (least: number): Check =>
  value =>
    Number.isInteger(value) && (value as number) >= least ? integer(value) : t`must be an integer of at least ${least}`

const fileObject: Check = value =>
  isObject(value) && nonEmptyString(value.file) === undefined ? undefined : t('must be { file: string }')

const command: Check = value => {
  if (!Array.isArray(value) || value.length === 0) return t('must be an array of at least one string')
  for (const word of value) if (typeof word !== 'string') return t('must be an array of strings')
  return value[0] === '' ? t('must not begin with an empty word') : undefined
}

const environment: Check = value => {
  if (!isObject(value) || Array.isArray(value)) return t('must be an object of strings and nulls')
  for (const name of Object.keys(value)) {
    if (name === '' || name.includes('=') || name.includes('\0'))
      return t`has a name that no environment can hold: "${name}"`
    const text = value[name]
    if (text !== null && typeof text !== 'string') return t`must have a string or null for ${name}`
    if (typeof text === 'string' && text.includes('\0')) return t`has a NUL character in ${name}`
  }
  return undefined
}

const input: Check = value => {
  if (typeof value === 'string' || typeof value === 'function') return undefined
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return undefined
  if (isObject(value) && (fileObject(value) === undefined || 'json' in value || 'value' in value)) return undefined
  if (isNamedInput(value)) return namedInputProblem(value)
  return t(
    'must be a string, an ArrayBuffer or a view of one, { file }, { json }, { value }, { handler } or a function',
  )
}

const output: Check = value => {
  if (value === 'bytes' || value === 'text' || value === 'json' || typeof value === 'function') return undefined
  return fileObject(value) === undefined ? undefined : t("must be 'bytes', 'text', 'json', { file } or a function")
}

const keepAliveChecks: Readonly<Record<keyof KeepAlive, Check>> = {
  max: integerFrom(1),
  idleSeconds: value => (value === 0 ? undefined : positive(value)),
  maxJobs: integerFrom(1),
  maxMemoryMB: positive,
}

const keepAlive: Check = value => {
  if (typeof value === 'boolean') return undefined
  if (!isObject(value)) return t('must be a boolean or { max, idleSeconds, maxJobs, maxMemoryMB }')
  const wrong = wrongField(value, keepAliveChecks)
  return wrong && t`has a field ${wrong.field} that ${wrong.problem}`
}

const oneOf =
  (...words: readonly string[]): Check =>
  value =>
    words.includes(value as string) ? undefined : t`must be ${words.map(word => `'${word}'`).join(t(' or '))}`

const later =
  (what: string): Check =>
  () =>
    t`is not supported by this version yet; leave it out (${what})`

/** The fields of a container, and whether it has an image. */
const container: Check = value => {
  if (!isObject(value)) return t('must be an object')
  for (const [field, given] of Object.entries(value)) {
    const known = Object.hasOwn(containerFields, field)
      ? containerFields[field as keyof typeof containerFields]
      : undefined
    if (!known) return t`has a field that there is not: ${field}`
    if (given !== undefined && !known.fits(given)) return t`has a field ${field} that must be ${known.must}`
  }
  if (value.runtime === undefined) return t('has no runtime')
  return value.runtime === 'bwrap' || value.image !== undefined ? undefined : t('has no image')
}

const flag: Check = value => (typeof value === 'boolean' ? undefined : t('must be true or false'))

const specChecks: Readonly<Record<keyof JobSpec<unknown>, Check>> = {
  command,
  shell: value =>
    typeof value === 'boolean' || (typeof value === 'string' && value !== '')
      ? undefined
      : t('must be a boolean or the name of a shell'),
  wrapper: words,
  container,
  name: nonEmptyString,
  cwd: nonEmptyString,
  env: environment,
  stdin: input,
  stdout: output,
  stderr: fileObject,
  onStdout: aFunction,
  onStderr: aFunction,
  onProgress: aFunction,
  onResult: aFunction,
  resultHandler: namedHandlerProblem,
  queue: nonEmptyString,
  inputs: words,
  outputs: words,
  priority: integer,
  cores: integerFrom(1),
  memoryMB: integerFrom(1),
  timeoutSeconds: positive,
  noOutputTimeoutSeconds: positive,
  okExitCodes: value =>
    Array.isArray(value) && value.every(Number.isInteger) ? undefined : t('must be an array of integers'),
  retries: integerFrom(0),
  rerunnable: flag,
  dependsOn: later(t('submit the job when the others have completed')),
  protocol: oneOf('raw', 'lines', 'frames'),
  keepAlive,
  startTimeoutSeconds: positive,
}

const { command: _, shell, wrapper, name, cwd, env, cores, queue, startTimeoutSeconds } = specChecks
const workerChecks: Readonly<Record<keyof WorkerSpec, Check>> = {
  command,
  shell,
  wrapper,
  name,
  cwd,
  env,
  cores,
  queue,
  protocol: oneOf('lines', 'frames'),
  startTimeoutSeconds,
}

const batchChecks: Readonly<Record<keyof BatchOptions<unknown>, Check>> = {
  name: nonEmptyString,
  onResult: aFunction,
  onCompleted: aFunction,
  resultHandler: namedHandlerProblem,
  concurrency: integerFrom(1),
  stopAfterFailures: integerFrom(1),
  collect: value => (typeof value === 'boolean' ? undefined : t('must be a boolean')),
}

/** The place in a batch is formatted only for an error: a hundred thousand specs are checked at once. */
function nameOf(what: string | number): string {
  return typeof what === 'number' ? t`Job ${what} of the batch` : what
}

function check(value: unknown, checks: Readonly<Record<string, Check>>, what: string | number): void {
  if (!isObject(value)) throw new TypeError(t`${nameOf(what)} must be an object.`)
  const wrong = wrongField(value, checks)
  if (wrong) throw new TypeError(`${nameOf(what)}: ${wrong.field} ${wrong.problem}.`)
}

/** The first field that is invalid or unknown. */
function wrongField(
  value: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, Check>>,
): { field: string; problem: string } | undefined {
  for (const field in value) {
    const given = value[field]
    if (given === undefined) continue
    const problem = Object.hasOwn(checks, field) ? checks[field]?.(given) : t('is not a field that there is')
    if (problem) return { field, problem }
  }
  return undefined
}

/** With what a spec is checked besides itself. */
export interface SpecContext {
  /** The names of all queues. */
  readonly queues: readonly string[]
  /** The options of its batch. */
  readonly batch?: Pick<BatchOptions<unknown>, 'resultHandler'>
}

const onlyLocal: SpecContext = { queues: [LOCAL_QUEUE] }

/** @throws TypeError that names the field, and in a batch the place of the spec */
export function checkSpec(given: unknown, { queues, batch }: SpecContext = onlyLocal, place?: number): void {
  const what = place ?? t('Job')
  check(given, specChecks, what)
  const spec = given as JobSpec<unknown>
  checkCommand(spec, what)
  const wrong = queueProblem(spec, queues) ?? protocolProblem(spec) ?? handlerProblem(spec, batch)
  if (wrong) throw new TypeError(`${nameOf(what)}: ${wrong}.`)
}

/** @throws TypeError that names the field */
export function checkWorkerSpec(given: unknown, { queues }: SpecContext = onlyLocal): void {
  check(given, workerChecks, t('Worker'))
  const spec = given as WorkerSpec
  checkCommand(spec, t('Worker'))
  const wrong = queueProblem(spec, queues)
  if (wrong) throw new TypeError(t`Worker: ${wrong}.`)
}

function checkCommand({ command, shell }: Pick<JobSpec<unknown>, 'command' | 'shell'>, what: string | number): void {
  if (command === undefined) throw new TypeError(t`${nameOf(what)}: command is missing.`)
  if (shell && command.length !== 1) {
    throw new TypeError(t`${nameOf(what)}: command must have one word, a line for the shell, when shell is set.`)
  }
}

function queueProblem({ queue }: Pick<JobSpec<unknown>, 'queue'>, queues: readonly string[]): string | undefined {
  if (queue === undefined || queues.includes(queue)) return undefined
  const known = queues.map(name => `"${name}"`).join(', ')
  return t`queue names a queue that there is not: "${queue}"; there is ${known}`
}

/** With a protocol stdin and stdout carry messages, and nothing else. */
function protocolProblem(spec: JobSpec<unknown>): string | undefined {
  const { stdin } = spec
  const protocol = messageProtocol(spec.protocol)
  if (!protocol) {
    if (spec.keepAlive)
      return t("keepAlive needs a protocol, 'lines' or 'frames', in which the process receives the next job")
    if (spec.startTimeoutSeconds !== undefined) return t("startTimeoutSeconds needs a protocol, 'lines' or 'frames'")
    return isValue(stdin) ? t("stdin can be { value } only with a protocol, 'lines' or 'frames'") : undefined
  }
  const isMade = typeof stdin === 'function' || isNamedInput(stdin)
  if (stdin !== undefined && !isMade && !isValue(stdin) && !isJson(stdin))
    return t`stdin must be { value } with the protocol '${protocol}'`
  for (const field of ['stdout', 'stderr', 'onStdout'] as const)
    if (spec[field] !== undefined)
      return t`${field} must be left out with the protocol '${protocol}': the result's value is what the process answers`
  return undefined
}

/** A named handler may take the result when the window, and with it the function, is gone. */
function handlerProblem(
  { resultHandler, stdout }: JobSpec<unknown>,
  batch: Pick<BatchOptions<unknown>, 'resultHandler'> | undefined,
): string | undefined {
  if (typeof stdout !== 'function' || !(resultHandler ?? batch?.resultHandler)) return undefined
  return t(
    "stdout cannot be a function where a resultHandler takes the result, since it is gone with its window; use 'bytes', 'text' or 'json', and make the value in the handler",
  )
}

const isValue = (input: unknown): boolean => isObject(input) && 'value' in input && !ArrayBuffer.isView(input)
const isJson = (input: unknown): boolean => isObject(input) && 'json' in input && !ArrayBuffer.isView(input)

/** @throws TypeError when a stdin function or an input handler has returned an invalid input for such a job */
export function checkInput(value: unknown, protocol: JobProtocol = 'raw'): void {
  const maker = typeof value === 'function' ? 'function' : isNamedInput(value) ? 'handler' : undefined
  const wrong = maker ? t`must not be a ${maker} again` : input(value)
  if (wrong) throw new TypeError(t`what it returned ${wrong}`)
  if (protocol === 'raw' ? isValue(value) : !isValue(value) && !isJson(value))
    throw new TypeError(
      protocol === 'raw'
        ? t('what it returned can be { value } only with a protocol')
        : t('what it returned must be { value }'),
    )
}

export function checkBatchOptions(options: unknown): void {
  check(options, batchChecks, t('Batch options'))
}

/** @throws TypeError for an invalid time limit of a request */
export function checkTimeout(seconds: unknown): void {
  const wrong = seconds === undefined ? undefined : positive(seconds)
  if (wrong) throw new TypeError(t`request: timeoutSeconds ${wrong}.`)
}

export function checkBatchConcurrency(n: number): void {
  const wrong = integerFrom(1)(n)
  if (wrong) throw new TypeError(t`The concurrency of a batch ${wrong}.`)
}

const filterChecks: Readonly<Record<keyof JobFilter, Check>> = {
  all: value => (value === true ? undefined : t('must be true or be left out')),
  ids: words,
  batchId: nonEmptyString,
  states: value =>
    Array.isArray(value) && value.every(state => jobStates.includes(state))
      ? undefined
      : t`must be an array of states: ${jobStates.join(', ')}`,
  limit: integerFrom(1),
  after: nonEmptyString,
}

/** @throws TypeError on a malformed filter, and on an empty one, which could select all jobs by accident */
export function checkFilter(filter: JobFilter, emptyAllowed: boolean): void {
  check(filter, filterChecks, t('Filter'))
  if (emptyAllowed || filter.all || filter.ids || filter.batchId !== undefined || filter.states) return
  throw new TypeError(t('Filter: nothing is named; { all: true } means all jobs of this extension.'))
}
