// Processes as /proc shows them.
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pause } from '../../core/base/pause'
import { errorCode } from '../base/startError'
import type { ProcessInfo, TreeSample } from './platformTypes'

/** USER_HZ: the unit of times in /proc/<pid>/stat, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = pageBytes()
/** Processes that are read in one turn of the event loop; about 1 ms. */
const SCAN_SLICE = 100
/** Where processes come without end; those of one job do not begin each other that fast. */
const MAX_PASSES = 5
/** A program is replaced within less than a millisecond; it takes longer when the new one is on a slow disk. */
const REREAD_MS = 1
const MAX_REREADS = 10

interface ProcessStat extends ProcessInfo {
  cpuTicks: number
  residentPages: number
}

/** `undefined` when there is no such process. */
export function readProcess(pid: number): ProcessInfo | undefined {
  return readStat(pid)
}

/** Which job a process was started for, by the environment it began with; `null` when that is empty, as in the middle of an execve(2). */
export function readJobId(pid: number): string | null | undefined {
  try {
    const environ = readFileSync(`/proc/${pid}/environ`)
    return environ.length === 0 ? null : jobIdIn(environ)
  } catch (error) {
    return ifGone(error)
  }
}

/** The value of `HEADLESS_JOB_ID` in a block of `NAME=value` entries that end with NUL. */
export function jobIdIn(environ: Buffer): string | undefined {
  const name = 'HEADLESS_JOB_ID='
  let at = environ.indexOf(name)
  while (at > 0 && environ[at - 1] !== 0) at = environ.indexOf(name, at + 1)
  if (at < 0) return undefined
  const end = environ.indexOf(0, at)
  return environ.toString('utf8', at + name.length, end < 0 ? environ.length : end)
}

/** Those behind the name, which may contain blanks and parentheses; the first one is number 3 in proc(5). */
function statFields(line: string): string[] {
  return line.slice(line.lastIndexOf(')') + 2).split(' ')
}

/** A line of /proc/<pid>/stat. */
export function parseStat(line: string): ProcessStat | undefined {
  const pid = Number.parseInt(line, 10)
  const fields = statFields(line)
  const startTime = fields[19]
  if (!Number.isInteger(pid) || startTime === undefined) return undefined
  return {
    pid,
    startTime,
    group: Number(fields[2]),
    session: Number(fields[3]),
    // Of a process whose main thread alone has ended the others go on.
    dead: (fields[0] === 'Z' && Number(fields[17]) <= 1) || fields[0] === 'X',
    // Its own, and those of its children that have ended and been waited for.
    cpuTicks: Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]),
    residentPages: Number(fields[21]),
  }
}

let loadavg: number | undefined

/** The pid (of a process or a thread) that was given out last; `undefined` where the kernel does not show it. */
export function lastPid(): number | undefined {
  loadavg ??= openSync('/proc/loadavg', 'r')
  const length = readSync(loadavg, scratch, 0, scratch.length, 0)
  const last = Number(scratch.toString('latin1', 0, length).split(' ')[4])
  return Number.isInteger(last) && last > 0 ? last : undefined
}

/** Whether a process or thread has this pid; cheaper than reading it. */
export function pidExists(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

let queuedScan: Promise<ProcessInfo[]> | undefined
let runningScan: Promise<unknown> = Promise.resolve()

/** All processes that are alive, in slices; calls that come while a scan runs share the next one. */
export function scanProcesses(): Promise<ProcessInfo[]> {
  if (queuedScan) return queuedScan
  const scan = runningScan.then(async () => {
    await nextTurn()
    queuedScan = undefined
    return scanNow()
  })
  queuedScan = scan
  runningScan = scan.catch(() => undefined)
  return scan
}

async function scanNow(): Promise<ProcessInfo[]> {
  const found: ProcessInfo[] = []
  const seen = new Set<number>()
  // Again for those that have come meanwhile: one that ended before it was looked at may have begun another.
  for (let pass = 0, pids = pidsBut(seen); pids.length > 0 && pass < MAX_PASSES; pass++, pids = pidsBut(seen)) {
    const bare: ProcessInfo[] = []
    for (const pid of pids) {
      seen.add(pid)
      const info = readStat(pid)
      // Kernel threads have no group.
      if (info && !info.dead && info.group !== 0 && !addTo(found, info)) bare.push(info)
      if (seen.size % SCAN_SLICE === 0) await nextTurn()
    }
    found.push(...(await readAgain(bare, found)))
  }
  return found
}

/** @returns whether it is known which job it belongs to, or that it belongs to none */
function addTo(found: ProcessInfo[], info: ProcessInfo): boolean {
  const jobId = readJobId(info.pid)
  if (jobId === null) return false
  found.push(jobId === undefined ? info : { ...info, jobId })
  return true
}

/** @returns those that have no environment to the end */
async function readAgain(bare: readonly ProcessInfo[], found: ProcessInfo[]): Promise<readonly ProcessInfo[]> {
  let rest = bare
  for (let again = 0; rest.length > 0 && again < MAX_REREADS; again++) {
    await pause(REREAD_MS)
    rest = rest.filter(info => !addTo(found, info))
  }
  return rest
}

function pidsBut(seen: ReadonlySet<number>): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => Number.isInteger(pid) && !seen.has(pid))
}

/** Memory and CPU time of a process and its descendants, as far as they are still its descendants. */
export function sampleTree(root: number): TreeSample {
  const pids = [root]
  let startTime: string | undefined
  let memoryBytes = 0
  let peakMemoryBytes = 0
  let cpuTicks = 0
  // The list grows while it is walked.
  for (const pid of pids) {
    const stat = readStat(pid)
    if (pid === root) startTime = stat?.startTime
    if (!stat || stat.dead) continue
    memoryBytes += stat.residentPages * PAGE_BYTES
    cpuTicks += stat.cpuTicks
    // The kernel's own high-water mark catches what lies between two samples.
    const highest = /VmHWM:\s*(\d+) kB/.exec(readSmall(`/proc/${pid}/status`) ?? '')?.[1]
    peakMemoryBytes = Math.max(peakMemoryBytes, Number(highest ?? 0) * 1024)
    pids.push(...childrenOf(pid))
  }
  if (memoryBytes === 0) return { startTime, usage: undefined }
  const cpuSeconds = cpuTicks / TICKS_PER_SECOND
  return { startTime, usage: { memoryBytes, peakMemoryBytes: Math.max(memoryBytes, peakMemoryBytes), cpuSeconds } }
}

/** All threads of a process and its descendants. */
export function treeThreads(root: number): number[] {
  const pids = [root]
  // The list grows while it is walked.
  for (const pid of pids) pids.push(...childrenOf(pid))
  return pids.flatMap(threadsOf)
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return [] // It has just ended.
  }
}

/** Each thread has its own list of children. */
function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap(thread => {
    try {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').trim()
      return children === '' ? [] : children.split(' ').map(Number)
    } catch {
      return [] // The thread has just ended, or the kernel keeps no such lists.
    }
  })
}

function readStat(pid: number): ProcessStat | undefined {
  const line = readSmall(`/proc/${pid}/stat`)
  return line === undefined ? undefined : parseStat(line)
}

/** PF_EXITING, of the kernel's include/linux/sched.h. */
const EXITING = 0x4

/** The status that wait(2) will report of a process that is ending; `undefined` while it runs. */
export function exitStatus(pid: number): number | undefined {
  const fields = statFields(readSmall(`/proc/${pid}/stat`) ?? '')
  const status = Number(fields[49])
  return Number(fields[6]) & EXITING && Number.isInteger(status) ? status : undefined
}

const scratch = Buffer.allocUnsafe(8192)

/** A small file in one read, which costs half of `readFileSync`; `undefined` when it is gone or not ours to see. */
function readSmall(file: string): string | undefined {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    return scratch.toString('latin1', 0, readSync(fd, scratch, 0, scratch.length, 0))
  } catch (error) {
    return ifGone(error)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** A process that cannot be looked at for another reason, as when there are too many open files, is not gone. */
function ifGone(error: unknown): undefined {
  const code = errorCode(error)
  if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined
  throw error
}

/** From the kernel's auxiliary vector (AT_PAGESZ is 6): 4096 on most machines, 16 or 64 KiB on some ARM ones. */
function pageBytes(): number {
  try {
    const vector = readFileSync('/proc/self/auxv')
    for (let at = 0; at + 16 <= vector.length; at += 16)
      if (vector.readBigUInt64LE(at) === 6n) return Number(vector.readBigUInt64LE(at + 8))
  } catch {
    // Not Linux, or hidden.
  }
  return 4096
}
