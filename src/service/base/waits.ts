// Waits that have an end.

/** How often a condition is looked at. */
const LOOK_MS = 20

export function pause(ms: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Resolves with whether it came true within the limit. */
export async function cameTrue(condition: () => boolean, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() >= end) return false
    await pause(LOOK_MS)
  }
  return true
}
