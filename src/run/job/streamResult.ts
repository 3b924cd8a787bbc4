// The part of a run's end that is about its streams.
import type { Progress } from '../../api'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import type { RunEnd, RunOutput } from '../base/runTypes'
import type { Output } from '../output/output'
import { fromWholeCharacter } from '../output/utf8'

export type StreamResult = Pick<
  RunEnd,
  | 'stdout'
  | 'stderr'
  | 'stderrTruncated'
  | 'stderrFile'
  | 'order'
  | 'stdoutBytes'
  | 'stderrBytes'
  | 'lastErrorLine'
  | 'progress'
>

export interface StreamFacts {
  readonly stdoutBytes: number
  readonly stderrBytes: number
  readonly lastErrorLine?: string | undefined
  readonly progress?: Progress | undefined
}

/**
 * @param stderr none when nothing was captured
 * @param stderrFile where the whole of stderr is, when it is in a file
 */
export function streamResult(
  stdout: RunOutput,
  stderr: Pick<Output, 'tail'> | undefined,
  { stdoutBytes, stderrBytes, lastErrorLine, progress }: StreamFacts,
  stderrFile?: string,
): StreamResult {
  const tail = stderr?.tail(MAX_INLINE_BYTES) ?? new Uint8Array()
  const stderrTruncated = stderrBytes > MAX_INLINE_BYTES
  return {
    stdout,
    stderr: stderrTruncated ? fromWholeCharacter(tail) : tail,
    stderrTruncated,
    ...(stderrFile !== undefined && { stderrFile }),
    stdoutBytes,
    stderrBytes,
    ...(lastErrorLine !== undefined && { lastErrorLine }),
    ...(progress && { progress }),
  }
}
