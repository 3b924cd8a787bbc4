// Why no job service could be started, as far as this side can tell.
import { readFileSync } from 'node:fs'
import { SERVICE_TIMEOUT_MS } from '../../core/protocol/protocol'
import { hasRoom, type StatePaths } from '../../service/base/paths'

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
  if (!hasRoom(paths.state)) {
    return `The job service could not be started: the disk of ${paths.state} is full. Make room there and try again.`
  }
  return `The job service could not be started within ${SERVICE_TIMEOUT_MS / 1000} seconds; its log is ${paths.log}.`
}
