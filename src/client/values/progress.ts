// What progress means for whoever is told of it.
import type { Progress } from '../../api'

/** Whether there is nothing new to tell. */
export function isSameProgress(a: Progress | undefined, b: Progress | undefined): boolean {
  return a?.fraction === b?.fraction && a?.message === b?.message
}
