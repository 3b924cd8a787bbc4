// What is done while the machine is short of processes, memory or file descriptors: waiting and trying again, one after
// the other, so that those who wait do not hold what the others need.
import { now, pause as pauseFor } from './deadlines'
import { isShortage } from './startError'

/** Between two attempts. */
export const FIRST_RETRY_MS = 50
export const LONGEST_RETRY_MS = 2000

/** On the clock of `now()`: until then whoever tries does so in turn. */
let shortUntil = Number.NEGATIVE_INFINITY
let lastTurn: Promise<unknown> = Promise.resolve()

/** Somebody has met a shortage. */
export function noteShortage(): void {
  shortUntil = now() + 2 * LONGEST_RETRY_MS
}

/** Whether somebody has, a moment ago. */
export function isShort(): boolean {
  return now() <= shortUntil
}

/** At once; but while the machine is short, when all who came before have tried. */
export function inTurn<T>(step: () => Promise<T>): Promise<T> {
  if (!isShort()) return step()
  const turn = lastTurn.then(step)
  lastTurn = turn.catch(() => undefined)
  return turn
}

/** Those who wait before they try again, the first one first. */
const waiting = new Set<() => void>()

/** A pause that ends early when there may be room. */
export function pause(milliseconds: number): { done: Promise<void>; wake(): void } {
  const { done, wake } = pauseFor(milliseconds)
  waiting.add(wake)
  return { done: done.finally(() => waiting.delete(wake)), wake }
}

/** Somebody has started or ended: the next one may try. */
export function noteRoom(): void {
  const [first] = waiting
  if (!first) return
  waiting.delete(first)
  first()
}

/** Tries until there is no shortage any more; any other error is the step's own. */
export async function retryWhileShort<T>(step: () => Promise<T>): Promise<T> {
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
    try {
      return await step()
    } catch (error) {
      if (!isShortage(error)) throw error
      await pauseFor(wait).done
    }
  }
}
