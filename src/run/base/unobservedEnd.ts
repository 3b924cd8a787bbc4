// The end of a run that was not observed: it was never begun, or how it went cannot be known.
import type { EndedBy, JobError } from '../../api'
import type { RunEnd } from './runTypes'

/** @param error none when it was stopped before it had begun */
export function unobservedEnd(error: JobError | undefined, endedBy: EndedBy = 'self'): RunEnd {
  return {
    exitCode: null,
    signal: null,
    endedBy,
    ...(error && { error }),
    endedAt: Date.now(),
    leftovers: 0,
    stdout: { bytes: new Uint8Array() },
    stderr: new Uint8Array(),
    stderrTruncated: false,
    stdoutBytes: 0,
    stderrBytes: 0,
  }
}
