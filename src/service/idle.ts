// When the job service ends: nothing runs, nothing could start, and no window has been connected for a minute.
import type { JobService } from './jobService'

/** How long it stays without a window; `HEADLESS_JOBS_IDLE_SECONDS` shortens it in tests. */
const IDLE_MS = Number(process.env.HEADLESS_JOBS_IDLE_SECONDS ?? 60) * 1000

/** Resolves with the reason when the service is to end: idle, drained, or asked to by the system. */
export function keepUntilIdle(service: JobService): Promise<string> {
  return new Promise(resolve => {
    let told = false
    const timer = setInterval(
      () => {
        if (service.isDraining && service.isIdle) return end('a newer version takes over')
        const since = service.sessions.emptySince
        if (since === undefined) {
          told = false
        } else if (Date.now() - since >= IDLE_MS) {
          if (!told) service.windowsGone()
          told = true
          if (service.isIdle) end('nothing runs and no window is connected')
        }
      },
      Math.min(500, IDLE_MS),
    )
    const end = (why: string) => {
      clearInterval(timer)
      resolve(why)
    }
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.once(signal, () => end(`asked to by ${signal}`))
  })
}
