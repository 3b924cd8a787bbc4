// Signals, and what keeps one from reaching a process.
import { errorCode } from '../base/startError'
import type { Signal } from './platformTypes'

/** @param pid negative for a process group */
export function sendSignal(pid: number, signal: Signal): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // Gone meanwhile, or it has become another user's (sudo); neither can be helped.
    const code = errorCode(error)
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

/** Whether it belongs to another user, so that no signal of ours can reach it. */
export function isForeign(pid: number): boolean {
  return probe(pid) === 'EPERM'
}

export function isGroupGone(group: number): boolean {
  return probe(-group) === 'ESRCH'
}

function probe(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
    return undefined
  } catch (error) {
    return errorCode(error)
  }
}
