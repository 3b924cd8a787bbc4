// How many cores of this machine jobs may use, and a sentence that says why.
import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export interface UsableCores {
  cores: number
  /** One sentence. */
  why: string
}

export interface CoreFacts {
  /** What the operating system lets this process use: all cores, or those of its affinity. */
  available: number
  /** Cores by the quota of the control groups around this process; a fraction is possible. */
  quota?: number
  /** Of a Slurm allocation. */
  cpusPerTask?: number
  /** Slurm is installed, and this is not inside an allocation. */
  isLoginNode: boolean
}

/** A login node is shared by everybody: enough for small work, too little to disturb others. */
const LOGIN_NODE_CORES = 2

export function usableCores(env: Readonly<Record<string, string | undefined>> = process.env): UsableCores {
  return decideCores(readCoreFacts(env))
}

/** The smallest of the limits, at least 1. */
export function decideCores({ available, quota, cpusPerTask, isLoginNode }: CoreFacts): UsableCores {
  const limits: UsableCores[] = [{ cores: available, why: `Jobs may use ${count(available)} of this machine.` }]
  if (quota !== undefined)
    limits.push({ cores: Math.ceil(quota), why: `The control group (container) is limited to ${count(quota)}.` })
  if (cpusPerTask !== undefined)
    limits.push({
      cores: cpusPerTask,
      why: `The Slurm allocation has ${count(cpusPerTask)} per task (SLURM_CPUS_PER_TASK).`,
    })
  if (isLoginNode)
    limits.push({
      cores: LOGIN_NODE_CORES,
      why: `This is a Slurm login node outside an allocation: ${count(LOGIN_NODE_CORES)}, because others use it too.`,
    })
  const least = limits.reduce((a, b) => (b.cores < a.cores ? b : a))
  return { cores: Math.max(1, least.cores), why: least.why }
}

function readCoreFacts(env: Readonly<Record<string, string | undefined>>): CoreFacts {
  const quota = process.platform === 'linux' ? cgroupQuota(readIfThere) : undefined
  const perTask = Number(env.SLURM_CPUS_PER_TASK ?? (env.SLURM_JOB_ID === undefined ? '' : env.SLURM_CPUS_ON_NODE))
  return {
    available: os.availableParallelism(),
    ...(quota !== undefined && { quota }),
    ...(Number.isInteger(perTask) && perTask > 0 && { cpusPerTask: perTask }),
    isLoginNode: env.SLURM_JOB_ID === undefined && hasSlurm(env),
  }
}

/**
 * The smallest quota of the control groups around this process, versions 1 and 2; `undefined` when there is none.
 * @param read gives the text of a file, or `undefined` when it is not there
 */
export function cgroupQuota(read: (file: string) => string | undefined): number | undefined {
  const quotas: number[] = []
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [hierarchy, controllers = '', ...rest] = line.split(':')
    // Of a group outside of the container's own root, `/../..`, only the root is visible.
    const group = path.posix.normalize(rest.join(':'))
    for (const folder of ancestors(group)) {
      if (hierarchy === '0') quotas.push(...quotaOf(read(`/sys/fs/cgroup${folder}/cpu.max`)))
      else if (controllers.split(',').includes('cpu')) {
        const base = `/sys/fs/cgroup/cpu${folder}`
        quotas.push(...quotaOf(`${read(`${base}/cpu.cfs_quota_us`)} ${read(`${base}/cpu.cfs_period_us`)}`))
      }
    }
  }
  return quotas.length > 0 ? Math.min(...quotas) : undefined
}

/** `/a/b` gives `/a/b`, `/a` and the root, which is empty; each of them may set a limit. */
function ancestors(group: string): string[] {
  const parts = group.split('/').filter(part => part !== '')
  return Array.from({ length: parts.length + 1 }, (_, n) =>
    parts
      .slice(0, parts.length - n)
      .map(part => `/${part}`)
      .join(''),
  )
}

/** From `quota period` in microseconds; `max` and -1 mean no limit. */
function quotaOf(text: string | undefined): number[] {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number)
  return quota && period && quota > 0 && period > 0 ? [quota / period] : []
}

function hasSlurm(env: Readonly<Record<string, string | undefined>>): boolean {
  if (process.platform !== 'linux') return false
  const folders = (env.PATH ?? '').split(':').filter(folder => folder !== '')
  return existsSync('/etc/slurm/slurm.conf') || folders.some(folder => existsSync(path.join(folder, 'sbatch')))
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function count(cores: number): string {
  const shown = Number.isInteger(cores) ? String(cores) : cores.toFixed(1)
  return cores === 1 ? '1 core' : `${shown} cores`
}
