// Windows: a tree is ended by taskkill, and nothing is known of it but whether its main process runs. Programs cannot be
// asked to end: there is no SIGTERM, and taskkill without `/F` closes windows, which console programs do not have.
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
  killTree,
  sample: () => undefined,
  threads: () => [],
  makeSessionNice: () => true,
  exitStatus: () => undefined,
}

/** Ends a process and all its descendants by force. */
export function taskkillArguments(pid: number): string[] {
  return ['/pid', String(pid), '/T', '/F']
}

/** Trees that taskkill is at work on: it takes longer than the first checks are apart. */
const underWay = new Set<number>()

/** Its failure shows in the process being still there at the next check. */
function killTree(pid: number): void {
  if (underWay.has(pid)) return
  const program = path.win32.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe')
  execFile(program, taskkillArguments(pid), { windowsHide: true }, () => underWay.delete(pid))
  underWay.add(pid)
}
