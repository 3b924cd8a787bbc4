// Waits with a limit.
import { pause } from '../../core/base/pause'

/** How often a condition is checked. */
const CHECK_INTERVAL_MS = 20

/** Resolves with whether it came true within the limit. */
export async function becomesTrue(condition: () => boolean, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() >= end) return false
    await pause(CHECK_INTERVAL_MS)
  }
  return true
}
