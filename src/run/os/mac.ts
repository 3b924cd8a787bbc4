// macOS: everything is read from the list of `ps`.
import { execFile } from 'node:child_process'
import type { TreeUsage } from '../base/runTypes'
import type { Platform, ProcessInfo } from './platformTypes'
import { isGroupGone, sendSignal } from './signals'
import { membersAmong } from './treeMembers'

export const mac: Platform = {
  // `ps` is a process of its own.
  sampleIntervalMs: 3000,
  rootStarted: () => undefined,
  rootEnded: () => undefined,
  isZombie: () => false,
  isSurelyGone: ({ pid }) => isGroupGone(pid),
  findMembers: async root => membersAmong(await listProcesses(), root),
  async isStill({ pid, startTime }) {
    const info = (await listProcesses()).find(process => process.pid === pid)
    return info?.startTime === startTime && !info.dead
  },
  askTree: pid => sendSignal(-pid, 'SIGTERM'),
  killTree: pid => sendSignal(-pid, 'SIGKILL'),
  sample(pid, use) {
    listProcesses().then(
      processes => {
        const startTime = processes.find(process => process.pid === pid)?.startTime
        use({ startTime, usage: usageIn(processes, pid) })
      },
      () => undefined, // `ps` could not be started now; the next sample tries again.
    )
  },
  threads: () => [],
  makeSessionNice: () => true,
  exitStatus: () => undefined,
}

const psArguments = ['-axo', 'pid=,ppid=,pgid=,stat=,rss=,time=,lstart=']

interface ListedProcess extends ProcessInfo {
  parent: number
  memoryBytes: number
  cpuSeconds: number
}

let queuedList: Promise<ListedProcess[]> | undefined

/** All processes; calls of the same turn share one `ps`. */
function listProcesses(): Promise<ListedProcess[]> {
  queuedList ??= new Promise((resolve, reject) => {
    setImmediate(() => {
      queuedList = undefined
      const options = { env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' }, maxBuffer: 64 * 1024 * 1024 }
      execFile('/bin/ps', psArguments, options, (error, stdout) => (error ? reject(error) : resolve(parsePs(stdout))))
    })
  })
  return queuedList
}

/** Lines such as `501 1 501 Ss 2048 0:01.50 Mon Jan  5 10:00:00 2026`. */
export function parsePs(text: string): ListedProcess[] {
  const line =
    /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s+(\S.*\S)\s*$/gm
  return [...text.matchAll(line)].map(
    ([, pid, parent, group, stat, kilobytes, days, hours, minutes, seconds, started]) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      dead: stat?.startsWith('Z') ?? false,
      startTime: started ?? '',
      memoryBytes: Number(kilobytes) * 1024,
      cpuSeconds: Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds),
    }),
  )
}

/** Memory and CPU time of a process and its descendants. */
export function usageIn(processes: readonly ListedProcess[], root: number): TreeUsage | undefined {
  const children = Map.groupBy(processes, process => process.parent)
  const members = processes.filter(process => process.pid === root && !process.dead)
  if (members.length === 0) return undefined
  // The list grows while it is walked.
  for (const member of members) members.push(...(children.get(member.pid) ?? []))
  const memoryBytes = members.reduce((sum, member) => sum + member.memoryBytes, 0)
  const cpuSeconds = members.reduce((sum, member) => sum + member.cpuSeconds, 0)
  return { memoryBytes, peakMemoryBytes: memoryBytes, cpuSeconds }
}
