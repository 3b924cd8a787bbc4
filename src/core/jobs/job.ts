// What a job is: its states and the transitions between them, how an ending becomes a state, and the plain data that is
// stored and sent.
import { t } from '@vscode/l10n'
import type { Container, EndedBy, JobEnd, JobError, JobErrorKind, JobInfo, JobState, KeepAlive } from '../../api'
import { definedOf } from '../base/records'
import type { StoredBytes } from '../values/storedBytes'
import type { MessageProtocol } from '../values/workerMessages'

/** Which states may follow which; none follows a final one. What a warm worker answers at once never was `running`. */
export const transitions: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ['starting', 'failed', 'cancelled', 'dependencyFailed'],
  starting: ['running', 'queued', 'finishing', 'succeeded', 'failed', 'stopping', 'cancelled', 'lost'],
  running: ['queued', 'finishing', 'stopping', 'succeeded', 'failed', 'lost'],
  finishing: ['succeeded', 'failed', 'cancelled'],
  stopping: ['queued', 'cancelled', 'failed', 'succeeded', 'finishing', 'lost'],
  succeeded: [],
  failed: [],
  cancelled: [],
  dependencyFailed: [],
  lost: [],
}

export const jobStates = Object.keys(transitions) as readonly JobState[]

export function isJobState(text: string): text is JobState {
  return Object.hasOwn(transitions, text)
}

export function isFinal(state: JobState): boolean {
  return transitions[state].length === 0
}

/** States after which a rerun is the most likely next action. */
export const failedStates: readonly JobState[] = ['failed', 'lost', 'dependencyFailed']

const statesWithProcess: Readonly<Record<JobState, boolean>> = {
  queued: false,
  starting: true,
  running: true,
  finishing: false,
  stopping: true,
  succeeded: false,
  failed: false,
  cancelled: false,
  dependencyFailed: false,
  lost: false,
}

/** Whether a process of the job may exist in this state. */
export function hasProcess(state: JobState): boolean {
  return statesWithProcess[state]
}

/**
 * What `stdin` is on the wire and in the store. `owned` files lie in the spool folder and go when the job is cleared. With
 * a protocol it is the value as JSON (`lines`) or a frame with the value (`frames`).
 */
export type StoredInput =
  | { text: string }
  | ({ base64: string } & RefersToArrays)
  | ({ file: string; owned?: true } & RefersToArrays)
  /** A function of its window makes it shortly before the job starts, or the handler of this name in any window. */
  | { ask: true; handler?: NamedHandler }

/** Whether files of large arrays, which bear the id of the job, belong to a frame. */
interface RefersToArrays {
  arrays?: true
}

/** What `stdout` is on the wire: a function stays in its window, which turns the bytes into the value. */
export type StoredOutput = 'bytes' | 'text' | 'json' | 'function' | { file: string }

/** A function of an extension by its name, which outlives the window, and JSON for it. */
export interface NamedHandler {
  /** `publisher.extension/name` */
  id: string
  context?: unknown
}

/** The extension that registers a named handler. */
export function extensionOf(handler: string): string {
  return handler.slice(0, handler.indexOf('/'))
}

/** The handler that is still to make the input of a job. */
export function inputHandlerOf(stdin: StoredInput | undefined): NamedHandler | undefined {
  return stdin && 'ask' in stdin ? stdin.handler : undefined
}

/** What makes an input, as sentences call it behind “the”. */
export function makerName(handler: NamedHandler | undefined): string {
  return handler ? t`input handler ${handler.id}` : t('stdin function')
}

/** A job spec as plain data, all defaults filled in that only a window knows (`name`, `cwd`). */
export interface StoredSpec {
  id: string
  name: string
  command: readonly string[]
  shell?: boolean | string
  wrapper?: readonly string[]
  container?: Container
  cwd: string
  env?: Readonly<Record<string, string | null>>
  stdin?: StoredInput
  /** Absent means `'bytes'`. */
  stdout?: StoredOutput
  stderr?: { file: string }
  queue?: string
  inputs?: readonly string[]
  outputs?: readonly string[]
  priority?: number
  cores?: number
  memoryMB?: number
  timeoutSeconds?: number
  noOutputTimeoutSeconds?: number
  okExitCodes?: readonly number[]
  retries?: number
  rerunnable?: boolean
  /** Absent means `'raw'`. */
  protocol?: MessageProtocol
  keepAlive?: KeepAlive
  startTimeoutSeconds?: number
  /** The result is only in the history: no callback receives it. */
  keep?: true
  resultHandler?: NamedHandler
  /** Names in `env` whose values look secret: they stay in memory and are not in the store. */
  secretEnv?: readonly string[]
}

/** How a process tree ended, as observed; the outcome is derived from this. */
export interface ExitFacts {
  exitCode: number | null
  signal: string | null
  endedBy: EndedBy
  /** Set when something other than the exit decides: it did not start, or a limit ended it. */
  error?: JobError
  /** A worker has answered: its process may still run. */
  answered?: true
  /** One sentence: which processes of it could not be ended, and are given up. */
  notEnded?: string
}

/**
 * What the exit facts alone say of the outcome. A job succeeds only if its exit code is fine and no signal ended it.
 * `endedBy` is `'self'` for a process that had exited before it was to be ended.
 */
export function outcomeOf(
  facts: ExitFacts,
  okExitCodes: readonly number[] = [0],
): { state: JobState; error?: JobError } {
  const outcome = outcomeOfExit(facts, okExitCodes)
  const { notEnded } = facts
  if (notEnded === undefined || outcome.state === 'succeeded') return outcome
  const { kind, message } = outcome.error ?? { kind: 'service' }
  return { state: outcome.state, error: { kind, message: message === undefined ? notEnded : `${message} ${notEnded}` } }
}

function outcomeOfExit(facts: ExitFacts, okExitCodes: readonly number[]): { state: JobState; error?: JobError } {
  if (facts.error) return { state: facts.error.kind === 'lost' ? 'lost' : 'failed', error: facts.error }
  if (facts.endedBy === 'user' || facts.endedBy === 'batch' || facts.endedBy === 'shutdown')
    return { state: 'cancelled' }
  if (facts.answered) return { state: 'succeeded' }
  if (facts.signal !== null) return { state: 'failed', error: { kind: 'signal', message: explainSignal(facts.signal) } }
  if (facts.exitCode !== null && okExitCodes.includes(facts.exitCode)) return { state: 'succeeded' }
  return { state: 'failed', error: { kind: 'exit', message: explainExit(facts.exitCode) } }
}

/** What a shell adds to the number of the signal that ended a command. */
const SHELL_SIGNAL_OFFSET = 128

/** Numbers of the signals that a shell reports as exit code 128 + n; the same on Linux and macOS. */
const signalOfNumber: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
}

/** The signals of Linux from which a program may choose, as `kill -l` calls them; the C library begins at 34. */
const FIRST_REAL_TIME = 34
const LAST_REAL_TIME = 64

/** The name of a signal that has only a number. */
export function realTimeSignal(number: number): string {
  if (number <= FIRST_REAL_TIME) return number === FIRST_REAL_TIME ? 'SIGRTMIN' : `SIG${number}`
  return `SIGRTMIN+${number - FIRST_REAL_TIME}`
}

function signalOfExit(exitCode: number): string | undefined {
  const number = exitCode - SHELL_SIGNAL_OFFSET
  if (number >= FIRST_REAL_TIME && number <= LAST_REAL_TIME) return `${realTimeSignal(number)} (signal ${number})`
  return signalOfNumber[number]
}

const hintOfSignal: Readonly<Record<string, string>> = {
  SIGKILL: 'often out of memory',
  SIGSEGV: 'it crashed: an invalid memory access',
  SIGABRT: 'it aborted itself',
  SIGBUS: 'it crashed: a bus error, often a full disk under a mapped file',
  SIGILL: 'it crashed: an instruction this processor does not have',
  SIGFPE: 'it crashed: an arithmetic error',
  SIGPIPE: 'it wrote to a pipe that nobody read',
  SIGTERM: 'something asked it to end',
  SIGXCPU: 'over a CPU time limit',
  SIGXFSZ: 'over a file size limit',
  SIGHUP: 'its terminal or session has gone',
  SIGINT: 'it was interrupted',
  SIGQUIT: 'it was asked to quit and dump its memory',
  SIGTRAP: 'it crashed: a breakpoint or a failed check',
  SIGSYS: 'it crashed: a system call that is not allowed',
  SIGALRM: 'a timer that it had set ran out',
}

function nameSignal(signal: string): string {
  const hint = hintOfSignal[signal]
  return hint ? `${signal}, ${hint}` : signal
}

export function explainSignal(signal: string): string {
  return `Ended by signal ${nameSignal(signal)}.`
}

/** The sentence for an exit code; 127, 126 and 128 + n are explained as shells mean them (POSIX XCU 2.8.2). */
export function explainExit(exitCode: number | null): string {
  if (exitCode === null) return 'Ended without an exit code.'
  if (exitCode === 127) return 'Exit code 127: a shell or launcher did not find a command.'
  if (exitCode === 126) return 'Exit code 126: a shell or launcher found a command but could not run it.'
  const signal = signalOfExit(exitCode)
  return signal ? `Exit code ${exitCode}: ${nameSignal(signal)}.` : `Exit code ${exitCode}.`
}

/** How a process ended unexpectedly, and the last line that it printed. */
export function endError(end: Pick<ExitFacts, 'exitCode' | 'signal' | 'error'> & { lastErrorLine?: string }): JobError {
  const { exitCode, signal, error, lastErrorLine } = end
  if (error) return error
  const how = signal === null ? explainExit(exitCode) : explainSignal(signal)
  const last = lastErrorLine === undefined ? '' : ` It printed last: ${lastErrorLine}`
  return { kind: signal === null ? 'exit' : 'signal', message: `${how}${last}` }
}

/** Error kinds after which another attempt would fail in the same way. */
const neverRetried: ReadonlySet<JobErrorKind> = new Set([
  'prepareInput',
  'start',
  'parse',
  'lost',
  'service',
  'dependency',
])

function mayRetry(outcome: { state: JobState; error?: JobError }): boolean {
  return outcome.state === 'failed' && outcome.error !== undefined && !neverRetried.has(outcome.error.kind)
}

/** How often a job that may run again does so when it is lost. */
const MAX_RERUNS = 5

/** @param attempts so far, with that which had this outcome */
export function isTriedAgain(
  { retries = 0, rerunnable = false }: Pick<StoredSpec, 'retries' | 'rerunnable'>,
  outcome: { state: JobState; error?: JobError },
  attempts: number,
): boolean {
  if (outcome.state === 'lost') return rerunnable && attempts <= retries + MAX_RERUNS
  return mayRetry(outcome) && attempts <= retries
}

/** Whether it may have had several attempts. */
export function mayHaveAttempts({
  retries = 0,
  rerunnable = false,
}: Pick<StoredSpec, 'retries' | 'rerunnable'>): boolean {
  return retries > 0 || rerunnable
}

/** Milliseconds to wait before attempt `attempt + 1`: 1 s, 2 s, 4 s … at most a minute. */
export function retryDelayMs(attempt: number): number {
  return Math.min(60_000, 1000 * 2 ** (attempt - 1))
}

/** What of an ended job is not in its facts. `stdout` is inside only if it is small; else it is a file. */
export interface JobTail {
  stderr: string
  stderrTruncated: boolean
  stdoutFile?: string
  stderrFile?: string
  stdout?: StoredBytes
}

/** Of a job without a process. */
export const emptyTail: JobTail = { stderr: '', stderrTruncated: false }

export interface EndedJob {
  info: JobInfo
  tail: JobTail
}

/** A `JobInfo` without what is known from the spec, which a window has of its own jobs. */
export type JobFacts = Omit<JobInfo, keyof GivenFacts> & Partial<Pick<JobInfo, 'command'>>

/** What a window knows of a job that it has submitted. */
export type GivenFacts = Pick<
  JobInfo,
  'id' | 'name' | 'batchId' | 'owner' | 'queue' | 'priority' | 'cores' | 'command' | 'cwd'
>

/** An ended job as it is sent to the window that submitted it. */
export interface OwnEndedJob {
  id: string
  facts: JobFacts
  tail: JobTail
}

/** The flat ending of the public API, from the facts and the tail. */
export function jobEnd({ info, tail }: EndedJob): JobEnd {
  const endedAt = info.endedAt ?? info.submittedAt
  return {
    id: info.id,
    name: info.name,
    stderr: tail.stderr,
    stderrTruncated: tail.stderrTruncated,
    exitCode: info.exitCode ?? null,
    signal: info.signal ?? null,
    endedBy: info.endedBy ?? 'self',
    ...definedOf(info, 'cancelReason', 'startedAt', 'peakMemoryBytes', 'cpuSeconds'),
    endedAt,
    durationMs: info.startedAt === undefined ? 0 : Math.max(0, endedAt - info.startedAt),
    attempts: info.attempts,
    ...definedOf(tail, 'stdoutFile', 'stderrFile'),
  }
}
