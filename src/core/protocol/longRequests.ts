// Requests that may take long: their progress reports, their cancellation, and the parts of answers that are too long for
// one message. Part of the contract in protocol.ts.

/** At least this often a long request reports, so that the window does not take it for lost. */
export const WORKING_INTERVAL_MS = 5000

/** Progress and cancellation of a long request; a cancelled one is answered with what it has done until then. */
export interface Work {
  readonly signal?: AbortSignal
  /** How many jobs are done, and of how many if that is known. */
  onProgress?(done: number, total?: number): void
}

/** A report of a long request in progress; an empty one only shows that it goes on. */
export interface WorkReport {
  done?: number
  total?: number
  /** A part of the list in its answer, which may be too long for one message. */
  part?: readonly unknown[]
}

/** Methods that may take long, and which list of their answer is sent in parts. */
export const longRequests = {
  cancel: undefined,
  rerun: 'jobs',
  setPriority: undefined,
  clear: undefined,
  save: 'files',
  list: 'jobs',
  outline: 'jobs',
  findJobs: 'ids',
} as const

export type LongMethod = keyof typeof longRequests

export function isLong(method: string): method is LongMethod {
  return method in longRequests
}
