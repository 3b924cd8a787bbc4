// A job service that this window cannot reach: after which pause it is started again, and the sentence that users read
// meanwhile.
import { readFileSync } from 'node:fs'
import { t } from '@vscode/l10n'
import type { Summary } from '../../core/protocol/facts'
import { tally } from '../../core/protocol/format'
import { SERVICE_TIMEOUT_MS } from '../../core/protocol/limits'
import { hasRoom, type ServiceRecord, type StatePaths } from '../../service/base/paths'

/** How often a window without a service probes for one: another window may have started it. */
export const PROBE_INTERVAL_MS = 2000
/** A service that has announced its end may be started by a window that waits for its jobs. */
export const AFTER_CLOSING_MS = 2000

/** Crashes within this time count as consecutive. */
const CRASH_WINDOW_MS = 60_000
/** Pauses before a service is started after that many consecutive crashes, milliseconds; the last one repeats. */
const CRASH_BACKOFF_MS = [0, 0, 0, 1000, 2000, 5000, 10_000]

/**
 * What a probe has found: a service that answers (it may have refused this window), none, the record of one that has
 * crashed, or one that does not answer.
 */
export type ProbeResult = 'service' | 'none' | 'crashed' | 'unresponsive'

export const ENDED_UNEXPECTEDLY = t('The job service has ended unexpectedly. It is being started again.')

export function silentSentence(pid: number | undefined): string {
  return pid === undefined
    ? t('The job service does not answer: it stands still or is very busy. This window goes on when it does.')
    : t`The job service (process ${pid}) does not answer: it stands still or is very busy. This window goes on when it does.`
}

export function endedWithJobs(reason: string): string {
  return t`The job service has ended: ${reason}. It is being started again, since there are jobs for it.`
}

/**
 * Whether what listens without a word is surely not the service of the record: its process is gone, and on Windows anybody
 * may take the name of a pipe that is free.
 */
export function mayBeSquatted({ pid }: ServiceRecord, platform: NodeJS.Platform = process.platform): boolean {
  if (platform !== 'win32') return false // a process of another container is not seen, and the folder is private
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Whether jobs were queued or running by the last summary. */
export function leavesJobs(summary: Summary | undefined): boolean {
  const { running, queued } = tally(summary?.counts ?? {})
  return running + queued > 0
}

/** Counts crashes of the service: one that crashes at once is not started again and again without a pause. */
export class CrashBackoff {
  #times: number[] = []

  /** @returns milliseconds to wait before the service is started again */
  add(): number {
    const now = Date.now()
    this.#times = [...this.#times.filter(time => now - time < CRASH_WINDOW_MS), now].slice(-CRASH_BACKOFF_MS.length)
    return CRASH_BACKOFF_MS[this.#times.length - 1] as number
  }
}

/** Longer than any sentence that the service writes there: anything else is not shown whole. */
const MAX_SENTENCE = 2000

/** What a service that was just started wrote before it ended; there is no use in waiting for it then. */
export function startFailure(paths: StatePaths): string | undefined {
  try {
    return readFileSync(paths.failure, 'utf8').slice(0, MAX_SENTENCE).trim() || undefined
  } catch {
    return undefined
  }
}

export function notStartedSentence(paths: StatePaths): string {
  if (!hasRoom(paths.state)) {
    return t`The job service could not be started: the disk of ${paths.state} is full. Make room there and try again.`
  }
  return t`The job service could not be started within ${SERVICE_TIMEOUT_MS / 1000} seconds; its log is ${paths.log}.`
}
