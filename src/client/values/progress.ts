// When progress is reported.
import type { Progress } from '../../api'

/** Whether a report would repeat the last one. */
export function isSameProgress(a: Progress | undefined, b: Progress | undefined): boolean {
  return a?.fraction === b?.fraction && a?.message === b?.message
}
