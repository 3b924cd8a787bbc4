// Why no job service could be started, as far as this side can tell. Runs in the window.
import { readFileSync, statfsSync } from 'node:fs'
import { SERVICE_TIMEOUT_MS } from '../core/protocol'
import type { StatePaths } from '../service/paths'

/** A service needs about this much for its files. */
const MIN_FREE_BYTES = 256 * 1024
/** Longer than any sentence of ours: what somebody else has written there is not shown whole. */
const MAX_SENTENCE = 2000

/** What the service that was started said before it ended; then it is of no use to wait. */
export function saidBeforeItEnded(paths: StatePaths): string | undefined {
  try {
    return readFileSync(paths.failure, 'utf8').slice(0, MAX_SENTENCE).trim() || undefined
  } catch {
    return undefined
  }
}

export function whyNotStarted(paths: StatePaths): string {
  if (isFull(paths.state)) {
    return `The job service could not be started: the disk of ${paths.state} is full. Make room there and try again.`
  }
  return `The job service could not be started within ${SERVICE_TIMEOUT_MS / 1000} seconds; its log is ${paths.log}.`
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < MIN_FREE_BYTES
  } catch {
    return false
  }
}
