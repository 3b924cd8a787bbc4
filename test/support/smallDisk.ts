// A disk of a few megabytes that a test can fill: a file system in memory of its own, mounted by root.
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  readonly folder: string
  /** Takes all room that is left, but for so many bytes. */
  fill(left?: number): void
  /** Gives it back. */
  free(): void
  unmount(): void
}

/** Why none can be had on this machine; `undefined` when one can. */
export const noSmallDisk: string | undefined = whyNone()

function whyNone(): string | undefined {
  if (process.platform !== 'linux') return 'a small disk is a tmpfs, which Linux alone has'
  try {
    makeSmallDisk(1).unmount()
    return undefined
  } catch {
    return 'a small disk needs a mount: run this test as root, or within `unshare -Urm`'
  }
}

/** Whether an unprivileged user may mount one in a namespace of his own. */
export function canUnshare(): boolean {
  return process.platform === 'linux' && spawnSync('unshare', ['-Urm', 'true']).status === 0
}

export function makeSmallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'hj-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch (error) {
    rmdirSync(folder)
    throw error
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    fill: (left = 0) => {
      fillUp(filler)
      truncateSync(filler, statSync(filler).size - left)
    },
    free: () => rmSync(filler, { force: true }),
    unmount: () => {
      execFileSync('umount', ['-l', folder])
      rmdirSync(folder)
    },
  }
}

/** In ever smaller pieces, down to the last byte. */
function fillUp(file: string): void {
  const fd = openSync(file, 'a')
  try {
    for (let bytes = 1024 * 1024; bytes >= 1; ) {
      try {
        if (writeSync(fd, Buffer.alloc(bytes)) < bytes) bytes = Math.floor(bytes / 4)
      } catch {
        bytes = Math.floor(bytes / 4)
      }
    }
  } finally {
    closeSync(fd)
  }
}
