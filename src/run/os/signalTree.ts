// The only place that signals the processes of jobs: each is checked first, since a pid alone may have been reused.
import { platform } from './platform'
import type { Platform, ProcessInfo, Signal, TreeRoot } from './platformTypes'
import { sendSignal } from './signals'

/** With which signal the end of a tree begins: by force at once where programs cannot be asked to end. */
export function firstSignalOn({ askTree }: Platform): Signal {
  return askTree ? 'SIGTERM' : 'SIGKILL'
}

export const firstSignal = firstSignalOn(platform)

/** A living main process is our child and has not been waited for, so its pid and its group's are surely its own. */
export function signalMain({ pid, rootGone }: TreeRoot, signal: Signal): void {
  if (rootGone) return
  if (signal === 'SIGTERM') platform.askTree?.(pid)
  else platform.killTree(pid)
}

/** Those that a signal to a living main process has not reached with its group. */
export async function signalOthers(tree: TreeRoot, members: readonly ProcessInfo[], signal: Signal): Promise<void> {
  const others = members.filter(member => tree.rootGone || member.group !== tree.pid)
  await Promise.all(others.map(member => signalProcess(member, signal)))
}

async function signalProcess(member: ProcessInfo, signal: Signal): Promise<void> {
  if (await platform.isStill(member)) sendSignal(member.pid, signal)
}
