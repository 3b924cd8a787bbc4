// The sentences for limits that ended a job. Pure.
import type { JobError } from '../../api'
import { reasonOf } from './startError'

export function timeoutError(ms: number): JobError {
  return { kind: 'timeout', message: `Ended because it ran longer than its time limit of ${seconds(ms)}.` }
}

export function silenceError(ms: number): JobError {
  return {
    kind: 'noOutputTimeout',
    message: `Ended because it wrote nothing to stdout or stderr for ${seconds(ms)}, its limit for silence.`,
  }
}

/** @param printed a sentence on what it printed last */
export function helloError(ms: number, printed: string): JobError {
  return { kind: 'start', message: `It did not say that it is ready within ${seconds(ms)}. ${printed}` }
}

/** @param printed a sentence on what it printed last */
export function closedError(pipe: 'stdin' | 'stdout', printed: string): JobError {
  return { kind: 'protocol', message: `It has closed its ${pipe} but still runs, so no answer can come. ${printed}` }
}

export function overflowError(maxBytes: number): JobError {
  return {
    kind: 'outputLimit',
    message: `Ended because it wrote more than ${size(maxBytes)} to one stream (setting headlessJobs.maxOutputMegabytes).`,
  }
}

/** Because the disk is full, for example: to go on would lose output silently. */
export function outputError(stream: string, file: string, error: unknown): JobError {
  return {
    kind: 'outputLimit',
    message: `Ended because its ${stream} could not be kept in ${file}: ${reasonOf(error)}.`,
  }
}

function seconds(ms: number): string {
  return ms === 1000 ? '1 second' : `${ms / 1000} seconds`
}

function size(bytes: number): string {
  if (bytes % (1024 * 1024) === 0) return `${bytes / 1024 / 1024} MB`
  return bytes % 1024 === 0 ? `${bytes / 1024} KB` : `${bytes} bytes`
}
