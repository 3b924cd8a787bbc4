// When the job service ends: nothing runs, nothing could start, and no window has been connected for a minute.

/** How long it stays without a window; `HEADLESS_JOBS_IDLE_SECONDS` shortens it in tests. */
const IDLE_MS = Number(process.env.HEADLESS_JOBS_IDLE_SECONDS ?? 60) * 1000

export interface IdleParts {
  readonly holds: { readonly drainReason: string | undefined }
  /** When the last window went; `undefined` while one is connected. */
  readonly sessions: { readonly emptySince: number | undefined }
  /** Nothing runs, and nothing could start by itself. */
  isIdle(): boolean
  /** No window has been there for a while. */
  onWindowsGone(): void
}

/** Resolves with the reason when the service is to end: idle, drained, or asked to by the system. */
export function keepUntilIdle({ holds, sessions, isIdle, onWindowsGone }: IdleParts): Promise<string> {
  return new Promise(resolve => {
    let areGone = false
    const timer = setInterval(
      () => {
        if (holds.drainReason !== undefined && isIdle()) return end(holds.drainReason)
        const since = sessions.emptySince
        if (since === undefined) {
          areGone = false
        } else if (Date.now() - since >= IDLE_MS) {
          if (!areGone) onWindowsGone()
          areGone = true
          if (isIdle()) end('nothing runs and no window is connected')
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
