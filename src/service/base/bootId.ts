// Which start of the machine this is: pids begin anew with each, so a pid that was stored before means another process.
import { execFileSync, type StdioOptions } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { uptime } from 'node:os'

/** A clock that is put right meanwhile moves the time of a start by less than that, and no machine starts as fast. */
const TOLERANCE_S = 10

const BOOTED_AT = 'booted at '

/** `HEADLESS_JOBS_BOOT_ID` stands for it in tests. */
export function bootId(platform: NodeJS.Platform = process.platform): string {
  const pretended = process.env.HEADLESS_JOBS_BOOT_ID
  if (pretended) return pretended
  try {
    if (platform === 'linux') return linuxBootId()
    if (platform === 'darwin') {
      const stdio: StdioOptions = ['ignore', 'pipe', 'ignore']
      const options = { encoding: 'utf8', timeout: 5000, stdio } as const
      const id = execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], options).trim()
      if (id !== '') return id
    }
  } catch {
    // the time of the start is all there is
  }
  return `${BOOTED_AT}${Math.round(Date.now() / 1000 - uptime())}`
}

/** Pids of another namespace, that of another container say, are others as well. */
function linuxBootId(): string {
  const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return `${id} ${readlinkSync('/proc/self/ns/pid')}`
}

/** What is not known is not the same. */
export function isSameBoot(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false
  if (a === b) return true
  const [at, other] = [bootTime(a), bootTime(b)]
  return at !== undefined && other !== undefined && Math.abs(at - other) <= TOLERANCE_S
}

function bootTime(id: string): number | undefined {
  return id.startsWith(BOOTED_AT) ? Number(id.slice(BOOTED_AT.length)) : undefined
}
