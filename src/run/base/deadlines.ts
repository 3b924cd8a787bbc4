// One timer for everything in this process that becomes due: time limits, silence, samples, grace times.

export interface Deadline {
  /** On the clock of `now()`; `Infinity` while nothing is due. After changing it to something earlier, call `watch`. */
  dueAt: number
  /** Sets the next `dueAt`. What it throws is logged, and it is called again a moment later. */
  onDue(now: number): void
}

/** Milliseconds on a clock that does not jump. */
export const now = (): number => performance.now()

/** Until the next call of one that has thrown. */
const RETRY_MS = 1000

const watched = new Set<Deadline>()
let timer: NodeJS.Timeout | undefined
let timerDueAt = Number.POSITIVE_INFINITY

/** To be called once, and whenever an earlier `dueAt` was set. Costs only a comparison while the timer is due before. */
export function watch(deadline: Deadline): void {
  watched.add(deadline)
  if (deadline.dueAt < timerDueAt) arm(deadline.dueAt)
}

export function unwatch(deadline: Deadline): void {
  watched.delete(deadline)
}

function arm(dueAt: number): void {
  clearTimeout(timer)
  timerDueAt = dueAt
  // A longer delay than this would overflow to 1 ms; the sweep arms the timer again.
  timer = setTimeout(sweep, Math.min(Math.max(0, Math.ceil(dueAt - now())), 0x7fff_ffff))
}

function sweep(): void {
  timerDueAt = Number.POSITIVE_INFINITY
  const at = now()
  for (const deadline of watched) if (deadline.dueAt <= at) call(deadline, at)
  let next = Number.POSITIVE_INFINITY
  for (const deadline of watched) next = Math.min(next, deadline.dueAt)
  if (next < timerDueAt) arm(next)
}

/** What one throws must not keep the others from being called. */
function call(deadline: Deadline, at: number): void {
  try {
    deadline.onDue(at)
  } catch (error) {
    console.error('Something that was due failed:', error)
    if (deadline.dueAt <= at) deadline.dueAt = at + RETRY_MS
  }
}

/** A pause on the same timer; `wake` ends it early. */
export function pause(milliseconds: number): { done: Promise<void>; wake(): void } {
  let wake = (): void => undefined
  const done = new Promise<void>(resolve => {
    const deadline: Deadline = { dueAt: now() + milliseconds, onDue: () => wake() }
    wake = () => {
      unwatch(deadline)
      resolve()
    }
    watch(deadline)
  })
  return { done, wake: () => wake() }
}
