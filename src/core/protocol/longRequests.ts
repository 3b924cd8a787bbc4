// Requests that may take long: how they are followed, and what travels ahead of their answers. Part of the contract in
// protocol.ts.
/** How often a long request that is worked on gives a sign of life. */
export const WORKING_INTERVAL_MS = 5000

/** How a long request is followed, and stopped before its end: what was done until then stays done, and is answered. */
export interface Work {
  readonly signal?: AbortSignal
  /** How many jobs are done, and of how many where that is known. */
  onProgress?(done: number, total?: number): void
}

/** What is told of a long request while it is worked on; nothing in it is a sign of life. */
export interface WorkReport {
  done?: number
  total?: number
  /** Of the list in its answer, which may be too long for one message: it comes ahead in parts. */
  part?: readonly unknown[]
}

/** Methods of the service that may take long, and which list of their answer comes in parts. */
export const longRequests = {
  cancel: undefined,
  rerun: 'jobs',
  clear: undefined,
  save: 'files',
  list: 'jobs',
  outline: 'jobs',
} as const

export type LongMethod = keyof typeof longRequests

export function isLong(method: string): method is LongMethod {
  return method in longRequests
}
