// The end of a run that nobody has seen: it was never begun, or how it went cannot be known. In the job service and its
// runners.
import type { JobError } from '../api'
import type { RunEnd } from './runTypes'

export function endUnseen(error: JobError): RunEnd {
  return {
    exitCode: null,
    signal: null,
    endedBy: 'self',
    error,
    endedAt: Date.now(),
    leftovers: 0,
    stdout: { bytes: new Uint8Array() },
    stderr: new Uint8Array(),
    stderrTruncated: false,
    stdoutBytes: 0,
    stderrBytes: 0,
  }
}
