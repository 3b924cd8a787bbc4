// A limit for functions that turn stdout into a value: one that never answers must not hold its job for ever.
import { finishLimitMs, tooLong } from '../../core/jobs/finishLimit'

/** @throws Error when it takes too long; what comes of it later is dropped */
export async function inTime<T>(value: Promise<T>): Promise<T> {
  const ms = finishLimitMs(process.env.HEADLESS_JOBS_FINISH_SECONDS)
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(tooLong(ms))), ms)
  })
  try {
    return await Promise.race([value, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
