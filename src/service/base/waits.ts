// Waits with a limit.

/** How often a condition is checked. */
const CHECK_INTERVAL_MS = 20

export function pause(ms: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Resolves with whether it came true within the limit. */
export async function becomesTrue(condition: () => boolean, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() >= end) return false
    await pause(CHECK_INTERVAL_MS)
  }
  return true
}
