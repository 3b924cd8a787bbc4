// What a job service that has ended left to do, for windows that are opened later: they start another one if it is theirs.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

export interface LeftWork {
  /** Jobs that are queued, without those that wait for a handler. */
  queued: number
  /** Extensions for whose handlers results or jobs wait. */
  extensions: readonly string[]
}

/** @param file `StatePaths.left` */
export function writeLeftWork(file: string, left: LeftWork): void {
  rmSync(file, { recursive: true, force: true })
  if (left.queued > 0 || left.extensions.length > 0) writeFileSync(file, JSON.stringify(left), { mode: 0o600 })
}

export function readLeftWork(file: string): LeftWork | undefined {
  try {
    const { queued, extensions } = JSON.parse(readFileSync(file, 'utf8')) as Partial<LeftWork>
    if (typeof queued !== 'number' || !Array.isArray(extensions)) return undefined
    return { queued, extensions: extensions.filter(id => typeof id === 'string') }
  } catch {
    return undefined // none, or one that was cut short
  }
}
