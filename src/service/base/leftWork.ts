// What a job service that has ended left to do, for windows that are opened later: they start another one if it is theirs.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

export interface LeftWork {
  /** Jobs that are queued, without those that wait for a handler. */
  queued: number
  /** Extensions for whose handlers results or jobs wait. */
  extensions: readonly string[]
  /** Workspaces whose next window has to be notified of what has ended. */
  workspaces: readonly string[]
  /** Until when it is left to the window of a newer version that has asked for the end; milliseconds since the epoch. */
  reservedUntil?: number
}

/** @param file `StatePaths.left` */
export function writeLeftWork(file: string, left: LeftWork): void {
  rmSync(file, { recursive: true, force: true })
  const { queued, extensions, workspaces } = left
  if (queued + extensions.length + workspaces.length > 0) writeFileSync(file, JSON.stringify(left), { mode: 0o600 })
}

export function readLeftWork(file: string): LeftWork | undefined {
  try {
    const { queued, extensions, workspaces, reservedUntil } = JSON.parse(
      readFileSync(file, 'utf8'),
    ) as Partial<LeftWork>
    if (typeof queued !== 'number') return undefined
    const left = { queued, extensions: texts(extensions), workspaces: texts(workspaces) }
    return typeof reservedUntil === 'number' ? { ...left, reservedUntil } : left
  } catch {
    return undefined // none, or one that was cut short
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(text => typeof text === 'string') : []
}
