// Waits for a condition by checking it again and again, never by sleeping. Used by the tests of every layer.

/** Between two looks; short, so that a test goes on as soon as it can. */
const INTERVAL_MS = 20
/** A look that takes long comes less often, after thrice its time up to this: what is waited for needs the same cores. */
const MAX_INTERVAL_MS = 200
/** Who waits as long as this waits for what is sure to come, which takes long on a slow machine that is busy besides. */
const LONG_MS = 10_000
const PATIENCE = 3

/**
 * Resolves with the condition's first value that is neither `undefined`, `null` nor `false`; a condition that throws is
 * tried again. Rejects after `limitMs`, or thrice as long when that is long, with a sentence that names `what`, and why
 * it last threw.
 *
 * ```ts
 * const info = await until(() => readJson(file), 20_000, 'the service file')
 * ```
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  limitMs: number,
  what: string,
): Promise<Exclude<Awaited<T>, undefined | null | false>> {
  const waitedMs = limitMs < LONG_MS ? limitMs : PATIENCE * limitMs
  const end = performance.now() + waitedMs
  let failure: unknown
  for (;;) {
    const looked = performance.now()
    try {
      const value = await condition()
      if (value !== undefined && value !== null && value !== false) {
        return value as Exclude<Awaited<T>, undefined | null | false>
      }
      failure = undefined
    } catch (error) {
      failure = error
    }
    const now = performance.now()
    if (now >= end) {
      throw new Error(`Waited ${waitedMs} ms in vain for ${what}.`, failure === undefined ? {} : { cause: failure })
    }
    await new Promise(resolve => setTimeout(resolve, intervalAfter(now - looked)))
  }
}

function intervalAfter(lookMs: number): number {
  return Math.min(MAX_INTERVAL_MS, Math.max(INTERVAL_MS, 3 * lookMs))
}

/** Keeps this process busy, as an editor may be: no turn of its event loop. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
