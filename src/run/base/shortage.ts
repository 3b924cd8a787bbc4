// Waits and retries while the machine is short of processes, memory or file descriptors: one attempt at a time, so that
// jobs that wait do not hold what the others need.
import { now, pause } from './deadlines'
import { isShortage } from './startError'

/** Between two attempts. */
export const FIRST_RETRY_MS = 50
export const LONGEST_RETRY_MS = 2000

/** On the clock of `now()`: until then attempts are made one after the other. */
let shortUntil = Number.NEGATIVE_INFINITY
let lastTurn: Promise<unknown> = Promise.resolve()

/** An attempt has failed because of a shortage. */
export function noteShortage(): void {
  shortUntil = now() + 2 * LONGEST_RETRY_MS
}

/** Whether an attempt has failed so a moment ago. */
export function isShort(): boolean {
  return now() <= shortUntil
}

/** Runs the step at once; but while the machine is short, after all earlier attempts. */
export function inTurn<T>(step: () => Promise<T>): Promise<T> {
  if (!isShort()) return step()
  const turn = lastTurn.then(step)
  lastTurn = turn.catch(() => undefined)
  return turn
}

/** Pauses before another attempt, the oldest first. */
const waiting = new Set<() => void>()

/** A pause that ends early when resources may have become free. */
export function pauseUntilRoom(milliseconds: number): { done: Promise<void>; wake(): void } {
  const { done, wake } = pause(milliseconds)
  waiting.add(wake)
  return { done: done.finally(() => waiting.delete(wake)), wake }
}

/** A process has started or ended: the next one may try. */
export function noteRoom(): void {
  const [first] = waiting
  if (!first) return
  waiting.delete(first)
  first()
}

/** Tries until there is no shortage any more; any other error is thrown. */
export async function retryWhileShort<T>(step: () => Promise<T>): Promise<T> {
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
    try {
      return await step()
    } catch (error) {
      if (!isShortage(error)) throw error
      await pause(wait).done
    }
  }
}
