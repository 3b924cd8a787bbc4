// Windows: a tree is ended by taskkill, and nothing is known of it but whether its main process runs.
import { execFile } from 'node:child_process'
import path from 'node:path'
import type { Platform } from './platformTypes'

export const windows: Platform = {
  sampleIntervalMs: 3000,
  rootStarted: () => undefined,
  rootEnded: () => undefined,
  isZombie: () => false,
  isSurelyGone: () => true,
  findMembers: async ({ pid, rootGone }) => (rootGone ? [] : [{ pid, startTime: '', group: pid, dead: false }]),
  isStill: async () => false,
  signalTree: taskkill,
  sample: () => undefined,
  threads: () => [],
  makeSessionNice: () => true,
  exitStatus: () => undefined,
}

/** Ends a process and all its descendants by force: console programs of Windows have no SIGTERM. */
export function taskkillArguments(pid: number): string[] {
  return ['/pid', String(pid), '/T', '/F']
}

/** Its failure shows in the process being still there at the next check. */
function taskkill(pid: number): void {
  const program = path.win32.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe')
  execFile(program, taskkillArguments(pid), { windowsHide: true }, () => undefined)
}
