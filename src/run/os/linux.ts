// Linux: everything is read from /proc. Where that fails for want of file descriptors, nothing is known for the moment.
import { writeFileSync } from 'node:fs'
import { isShortage } from '../base/startError'
import * as proc from './linuxProcesses'
import type { Platform, TreeRoot } from './platformTypes'
import { sendSignal } from './signals'
import { membersAmong } from './treeMembers'

/** Pids wrap round: only of a tree younger than this is it certain that later processes have higher ones. */
const YOUNG_MS = 2000
/** Pids to try one by one; above that a scan is cheaper. */
const MAX_PIDS_TO_TRY = 256

/** Whether the kernel shows the pid given out last, in the numbers that we see: in some containers it does not. */
let showsLastPid: boolean | undefined

/** Main processes of all live trees: none of them belongs to another. */
const liveRoots = new Set<number>()

export const linux: Platform = {
  sampleIntervalMs: 1000,
  rootStarted(pid) {
    liveRoots.add(pid)
    showsLastPid ??= isJustAfter(pid, readable(proc.lastPid))
  },
  rootEnded: pid => void liveRoots.delete(pid),
  isZombie: pid => readable(() => proc.readProcess(pid))?.dead === true,
  isSurelyGone,
  findMembers: async root => membersAmong(await proc.scanProcesses(), root),
  async isStill({ pid, startTime }) {
    const info = proc.readProcess(pid)
    return info?.startTime === startTime && !info.dead
  },
  askTree: pid => sendSignal(-pid, 'SIGTERM'),
  killTree: pid => sendSignal(-pid, 'SIGKILL'),
  sample(pid, use) {
    const sample = readable(() => proc.sampleTree(pid))
    if (sample) use(sample)
  },
  threads: proc.treeThreads,
  makeSessionNice,
  exitStatus: pid => readable(() => proc.exitStatus(pid)),
}

/** What a young tree has left behind has one of the pids that were given out since it began. */
function isSurelyGone({ id, pid: root, ageMs }: { id: string; pid: number; ageMs: number }): boolean {
  if (!showsLastPid || ageMs > YOUNG_MS) return false
  let last = readable(proc.lastPid)
  for (let pid = root + 1; isJustAfter(root, last); pid++) {
    if (pid > last) return true
    if (!liveRoots.has(pid) && proc.pidExists(pid) && mayBelong(pid, { id, pid: root })) return false
    // one that ended before it was looked at may have begun another meanwhile
    if (pid === last) last = readable(proc.lastPid)
  }
  return false
}

function mayBelong(pid: number, root: Pick<TreeRoot, 'id' | 'pid'>): boolean {
  try {
    const info = proc.readProcess(pid)
    if (!info || info.dead) return false
    if (info.group === root.pid || info.session === root.pid) return true
    const jobId = proc.readJobId(pid)
    return jobId === root.id || jobId === null
  } catch {
    return true
  }
}

function isJustAfter(pid: number, last: number | undefined): last is number {
  return last !== undefined && last >= pid && last - pid <= MAX_PIDS_TO_TRY
}

/**
 * Where the kernel shares the processor out by sessions (autogroup), niceness counts only inside of one, and each job is
 * one: so the session is made nice too. The kernel allows few such changes a second.
 */
function makeSessionNice(pid: number, niceness: number): boolean {
  if (niceness <= 0) return true
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness))
    return true
  } catch (error) {
    return !isShortage(error)
  }
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
