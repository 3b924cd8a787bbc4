// How long a window may take to turn the stdout of a job into a value.

/** A function that takes longer fails its job. */
export const FINISH_TIMEOUT_MS = 60_000

/** @param seconds of `HEADLESS_JOBS_FINISH_SECONDS`, which shortens it in tests */
export function finishLimitMs(seconds: string | undefined): number {
  return seconds === undefined ? FINISH_TIMEOUT_MS : Number(seconds) * 1000
}

/** The second half of an error sentence. */
export function tooLong(ms: number): string {
  return `that took more than ${ms / 1000} seconds`
}
