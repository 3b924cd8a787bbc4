// Which of all processes belong to a job.
import type { ProcessInfo, TreeRoot } from './platformTypes'

/** Members by environment always; by group and session only when these are known to be the job's. */
export function membersAmong(processes: readonly ProcessInfo[], root: TreeRoot): ProcessInfo[] {
  const inGroup = (info: ProcessInfo): boolean => info.group === root.pid || info.session === root.pid
  const main = processes.find(info => info.pid === root.pid)
  const isMain = main !== undefined && root.startTime !== undefined && main.startTime === root.startTime
  const isReused = main !== undefined && root.startTime !== undefined && !isMain
  const isGroupKnown =
    !isReused && (root.ours || isMain || processes.some(info => info.jobId === root.id && inGroup(info)))
  // This process itself may have been started by a job; it must never count as what that job left running.
  return processes.filter(
    info => !info.dead && info.pid !== process.pid && (info.jobId === root.id || (isGroupKnown && inGroup(info))),
  )
}
