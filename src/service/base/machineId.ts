// Which machine this is among those that may see the same home folder.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

export interface Machine {
  id: string
  /** For messages. */
  name: string
}

/** `HEADLESS_JOBS_MACHINE` stands for it in tests. */
export function thisMachine(env: NodeJS.ProcessEnv = process.env): Machine {
  const pretended = env.HEADLESS_JOBS_MACHINE
  if (pretended) return { id: hashOf(pretended), name: pretended }
  return {
    id: machineIdOf({ platform: process.platform, file: machineIdFile(), hostname: hostname() }),
    name: hostname(),
  }
}

export interface MachineFacts {
  platform: NodeJS.Platform
  /** What `/etc/machine-id` says: only Linux has it, and not every container. */
  file: string
  hostname: string
}

/**
 * The name of a Mac changes with the network, and the folders of a Windows user do not roam: neither is part of the id there.
 * Clones of a machine may have one id; where they see one folder its holder is noted (`state/holder`).
 */
export function machineIdOf({ platform, file, hostname }: MachineFacts): string {
  if (platform === 'darwin' || platform === 'win32') return hashOf(platform)
  return hashOf(file === '' || file === 'uninitialized' ? hostname : file)
}

function machineIdFile(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim()
  } catch {
    return ''
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
