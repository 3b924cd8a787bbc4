// The messages between the job service and a runner, one line of JSON each on the runner's channel. Small bytes travel as base64;
// large outputs are files, whose parts follow the line of their message.
import type { EndedBy, JobError } from '../../api'
import type { OutputStream } from '../../core/protocol/facts'
import type { StoredBytes } from '../../core/values/storedBytes'
import type { RunEnd, RunProgress, RunSpec } from './runTypes'

/** The file descriptor of a runner's end of the channel; the job service closes its own to end the runner. */
export const CHANNEL_FD = 3

/** An environment is sent once; specs refer to it by its number. */
export type SentSpec = Omit<RunSpec, 'env' | 'envChanges' | 'stdin'> & {
  environment: number
  stdin?: { base64: string } | { file: string }
}

/** A job or request for a worker; small, since thousands a second go this way. */
export interface SentTask {
  /** Its number, which the answer will bear. */
  task: number
  id: string
  text?: string
  base64?: string
  file?: string
  /** Its value refers to files of arrays. */
  arrays?: true
  timeoutMs?: number
  noOutputTimeoutMs?: number
}

/** As `RunEnd`, its bytes as base64. */
export type SentEnd = Omit<RunEnd, 'stdout' | 'stderr'> & {
  stdout: StoredBytes
  stderr: string
}

export type ToRunner =
  /** A runner that does not hang answers at once. */
  | { type: 'ping' }
  /** It is given jobs ahead: of them this many slots' worth run at once. */
  | { type: 'slots'; slots: number }
  | { type: 'environment'; environment: number; vars: Readonly<Record<string, string>> }
  /** Differences from the runner's own environment. */
  | { type: 'ownEnvironment'; environment: number; changes: Readonly<Record<string, string | null>> }
  | { type: 'forgetEnvironment'; environment: number }
  | { type: 'start'; run: number; spec: SentSpec }
  | { type: 'startWorker'; run: number; spec: SentSpec; isConcurrent: boolean }
  /** The end of a job is on disk: of one that outlives its connections nothing has to be known of it any more. */
  | { type: 'forget'; run: number }
  /** Of the jobs of a worker that have ended, so many are on disk: the first ones. */
  | { type: 'forgetTasks'; run: number; ends: number }
  | FileRequest
  | ToRun

/** About a file that only the runner sees; answered by its number. */
export type FileRequest =
  | { type: 'readFile'; request: number; path: string; offset: number; length: number }
  | { type: 'sizeOfFile'; request: number; path: string }
  /** With bytes. At 0 the file is made anew. */
  | { type: 'writeFile'; request: number; path: string; offset: number }
  | { type: 'makeFolder'; request: number; path: string }
  /** Under another name, whose folders are made, with these permissions. */
  | { type: 'copyFile'; request: number; path: string; to: string; mode?: number }
  /** Those in the folder that the patterns fit, by their paths in it. */
  | { type: 'findFiles'; request: number; path: string; patterns: readonly string[] }
  /** Or a folder with all in it; what is not there is removed. */
  | { type: 'remove'; request: number; path: string }

/** A job of a runner that outlives its connections. */
export interface KnownRun {
  run: number
  id: string
  started?: Extract<FromRunner, { type: 'started' }>
  ended?: Extract<FromRunner, { type: 'ended' }>
}

/** A file of a folder. */
export interface FoundFile {
  path: string
  bytes: number
  /** Permissions. */
  mode?: number
  /** By the clock there: its content, its name or its permissions. */
  changedAt?: number
}

/** What is asked of something that a runner has under way. */
export type ToRun =
  | ToWorker
  | { type: 'stop'; run: number; endedBy: EndedBy; error?: JobError }
  | {
      type: 'read'
      run: number
      task?: number
      request: number
      stream: OutputStream
      offset: number
      length: number
    }

/** What is asked of workers alone. */
export type ToWorker =
  /** `returns`: how many messages `returned` of this worker had arrived; tasks that missed one are returned as well. */
  | { type: 'tasks'; run: number; tasks: readonly SentTask[]; returns: number }
  | { type: 'stopTask'; run: number; task: number; endedBy: EndedBy; error?: JobError }
  /** A worker gets no more tasks and ends when it has answered. */
  | { type: 'finish'; run: number }

export type FromRunner =
  | { type: 'started'; run: number; pid: number; command: readonly string[]; startedAt: number }
  | { type: 'changed'; run: number; progress: RunProgress }
  | { type: 'ended'; run: number; pid?: number; command: readonly string[]; end: SentEnd }
  | { type: 'ready'; run: number }
  | { type: 'taskChanged'; run: number; task: number; startedAt?: number; progress: RunProgress }
  /** `ms`: how long the worker had them, in sum. */
  | { type: 'tasksEnded'; run: number; ms: number; ends: readonly { task: number; end: SentEnd }[] }
  | { type: 'returned'; run: number; tasks: readonly number[] }
  /** What a worker has sent without being asked: JSON, or a frame. */
  | { type: 'message'; run: number; message: StoredBytes }
  | { type: 'text'; run: number; text: string }
  | { type: 'bytes'; run: number; request: number; base64: string }
  /**
   * To a job service that has taken the runner over: what it has, and the highest number that it was given. `hasTasks`: also what its
   * workers had, as runs; a runner of an earlier version ends them. `more`: it has others, which follow.
   */
  | { type: 'runs'; run: number; runs: readonly KnownRun[]; hasTasks?: true; more?: true }
  /** Of no run, with bytes for `readFile`. `error` is the end of a sentence. `more`: other files follow. */
  | {
      type: 'fileAnswer'
      run: 0
      request: number
      size?: number
      files?: readonly FoundFile[]
      more?: true
      error?: string
    }
  /** The answer to `ping`, of no run. */
  | { type: 'pong'; run: 0 }

/** @param environment the number under which it is sent */
export function sendSpec({ env: _, envChanges: __, stdin, ...spec }: RunSpec, environment: number): SentSpec {
  return {
    ...spec,
    environment,
    ...(stdin && { stdin: 'file' in stdin ? stdin : { base64: toBase64(stdin.bytes) } }),
  }
}

export function sendEnd({ stdout, stderr, ...end }: RunEnd): SentEnd {
  return {
    ...end,
    stdout: 'file' in stdout ? stdout : { base64: toBase64(stdout.bytes) },
    stderr: stderr.length === 0 ? '' : toBase64(stderr),
  }
}

export function receiveEnd({ stdout, stderr, ...end }: SentEnd): RunEnd {
  return {
    ...end,
    stdout: 'file' in stdout ? stdout : { bytes: fromBase64(stdout.base64) },
    stderr: fromBase64(stderr),
  }
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

export function fromBase64(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64')
}
