// What the job service and a runner say to each other, one JSON message a line on the runner's channel. Bytes travel as
// base64: they are small, large outputs are files. In the job service and its runners.
import type { EndedBy, JobError } from '../api'
import type { RunEnd, RunProgress, RunSpec } from './runTypes'

/** The file descriptor of a runner's end of the channel; the job service closes its own to end the runner. */
export const CHANNEL_FD = 3

/** An environment is sent once and then named by its number. */
export type SentSpec = Omit<RunSpec, 'env' | 'stdin'> & {
  environment: number
  stdin?: { base64: string } | { file: string }
}

/** As `RunEnd`, its bytes as base64. */
export type SentEnd = Omit<RunEnd, 'stdout' | 'stderr'> & {
  stdout: { base64: string } | { file: string; bytes: number }
  stderr: string
}

export type ToRunner =
  | { type: 'environment'; environment: number; vars: Readonly<Record<string, string>> }
  | { type: 'forgetEnvironment'; environment: number }
  | { type: 'start'; run: number; spec: SentSpec }
  | { type: 'stop'; run: number; endedBy: EndedBy; error?: JobError }
  | { type: 'read'; run: number; request: number; stream: 'stdout' | 'stderr'; offset: number; length: number }

export type FromRunner =
  | { type: 'started'; run: number; pid: number; command: readonly string[]; startedAt: number }
  | { type: 'changed'; run: number; progress: RunProgress }
  | { type: 'ended'; run: number; command: readonly string[]; end: SentEnd }
  | { type: 'bytes'; run: number; request: number; base64: string }

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

export function fromBase64(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64')
}
