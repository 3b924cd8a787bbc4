// What belongs to a job: its process group and session and, on Linux, every process whose environment names it. Looks,
// never signals.
import * as linux from './linuxProcesses'
import * as mac from './macProcesses'
import type { ProcessInfo, TreeUsage } from './processInfo'

const onLinux = process.platform === 'linux'
const onMac = process.platform === 'darwin'

/** What is known of a tree whose main process may be gone. */
export interface TreeRoot {
  readonly id: string
  /** Of the main process, which is also its group's and session's number. */
  readonly pid: number
  readonly startTime: string | undefined
  /** It was our child all the time, so that its group's number cannot have become somebody else's meanwhile. */
  readonly ours: boolean
  /** The main process has ended and has been waited for, or was never our child. */
  readonly rootGone: boolean
  /** Whether nothing is left, decided at once; `false` means: not known, look for members. */
  isSurelyGone(): boolean
}

/** Pids wrap round: only of a tree younger than this is it certain that later processes have higher ones. */
const YOUNG_MS = 2000
/** Pids to try one by one; above that a scan is cheaper. */
const MAX_PIDS_TO_TRY = 256

/** Whether this system tells the pid given out last, in the numbers that we see: some containers do not. */
let tellsLastPid: boolean | undefined

/** Main processes of all live trees: none of them belongs to another. */
const liveRoots = new Set<number>()

/** The tree of a child of ours. */
export class ProcessTree implements TreeRoot {
  readonly ours = true
  /** After the first sample: the first look at a new process in /proc costs as much as everything else around it. */
  startTime: string | undefined
  rootGone = false
  readonly #madeAt = performance.now()

  constructor(
    readonly id: string,
    readonly pid: number,
  ) {
    liveRoots.add(pid)
    tellsLastPid ??= onLinux && isJustAfter(pid, lastPidIfReadable())
  }

  /** The main process has ended by itself, and we have not been told yet. */
  hasRootEnded(): boolean {
    return this.rootGone || (onLinux && processIfReadable(this.pid)?.dead === true)
  }

  setRootGone(): void {
    this.rootGone = true
    liveRoots.delete(this.pid)
  }

  /** On Linux: what a young tree has left behind has one of the pids that were given out since it began. */
  isSurelyGone(): boolean {
    if (!this.rootGone) return false
    if (!onLinux && !onMac) return true
    if (onMac) return isGroupGone(this.pid)
    if (!tellsLastPid || performance.now() - this.#madeAt > YOUNG_MS) return false
    const last = lastPidIfReadable()
    if (!isJustAfter(this.pid, last)) return false
    for (let pid = this.pid + 1; pid <= last; pid++)
      if (!liveRoots.has(pid) && linux.pidExists(pid) && this.#mayHold(pid)) return false
    return true
  }

  /** Cheap enough to be asked every second. */
  sample(use: (usage: TreeUsage) => void): void {
    if (onLinux) {
      this.startTime ??= processIfReadable(this.pid)?.startTime
      const usage = usageIfReadable(this.pid)
      if (usage) use(usage)
    } else if (onMac) {
      mac.listProcesses().then(
        processes => {
          this.startTime ??= processes.find(process => process.pid === this.pid)?.startTime
          const usage = mac.usageIn(processes, this.pid)
          if (usage) use(usage)
        },
        () => undefined, // `ps` could not be started now; the next sample tries again.
      )
    }
  }

  /** Linux: of all its processes. */
  threads(): number[] {
    return onLinux ? linux.treeThreads(this.pid) : []
  }

  #mayHold(pid: number): boolean {
    try {
      const info = linux.readProcess(pid)
      if (!info || info.dead) return false
      return info.group === this.pid || info.session === this.pid || linux.readJobId(pid) === this.id
    } catch {
      return true
    }
  }
}

/** How often memory and CPU time are looked at; `ps` is a process of its own. */
export const SAMPLE_INTERVAL_MS = onLinux ? 1000 : 3000

/** All processes of a tree that are alive, the main one among them. On Windows nothing is known of them. */
export async function findMembers(root: TreeRoot): Promise<ProcessInfo[]> {
  if (onLinux) return membersAmong(await linux.scanProcesses(), root)
  if (onMac) return membersAmong(await mac.listProcesses(), root)
  return []
}

/** Whether this very process is alive, and not another one with its pid. */
export async function isStill({ pid, startTime }: ProcessInfo): Promise<boolean> {
  const info = onLinux ? linux.readProcess(pid) : (await mac.listProcesses()).find(process => process.pid === pid)
  return info?.startTime === startTime && !info.dead
}

/** Members by environment always; by group and session only when these are known to be the job's. */
export function membersAmong(processes: readonly ProcessInfo[], root: TreeRoot): ProcessInfo[] {
  const inGroup = (info: ProcessInfo): boolean => info.group === root.pid || info.session === root.pid
  const main = processes.find(info => info.pid === root.pid)
  const isMain = main !== undefined && root.startTime !== undefined && main.startTime === root.startTime
  const isReused = main !== undefined && root.startTime !== undefined && !isMain
  const isGroupKnown =
    !isReused && (root.ours || isMain || processes.some(info => info.jobId === root.id && inGroup(info)))
  // This process itself may have been started by a job; it must never count as what that job left behind.
  return processes.filter(
    info => !info.dead && info.pid !== process.pid && (info.jobId === root.id || (isGroupKnown && inGroup(info))),
  )
}

function isGroupGone(group: number): boolean {
  try {
    process.kill(-group, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

function isJustAfter(pid: number, last: number | undefined): last is number {
  return last !== undefined && last >= pid && last - pid <= MAX_PIDS_TO_TRY
}

function lastPidIfReadable(): number | undefined {
  try {
    return linux.lastPid()
  } catch {
    return undefined
  }
}

/** Where file descriptors are short, the next sample tries again. */
function usageIfReadable(pid: number): TreeUsage | undefined {
  try {
    return linux.treeUsage(pid)
  } catch {
    return undefined
  }
}

function processIfReadable(pid: number): ProcessInfo | undefined {
  try {
    return linux.readProcess(pid)
  } catch {
    return undefined
  }
}
