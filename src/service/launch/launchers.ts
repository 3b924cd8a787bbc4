// The words that lead to each kind of queue, and what ends there what they started when they do not do so by themselves.
import { randomBytes } from 'node:crypto'
import { containerEnd, containerWords, mountOf } from '../../core/jobs/containerWords'
import type { ContainerQueueConfig, PlaceQueueConfig } from '../../core/jobs/queueConfig'
import { containerProblem } from './containerProblems'
import type { Launcher } from './remoteShell'
import { sshProblem } from './sshProblems'

/** No question can be answered here; a host that is gone is noticed within a minute. */
const sshOptions = ['BatchMode=yes', 'ConnectTimeout=20', 'ServerAliveInterval=15', 'ServerAliveCountMax=3']

/** Where a container finds the Node of the job service. */
const NODE_THERE = '/headless-jobs-node'

/** Of one connection: a container has a name of its own each time. */
export function launcherOf(config: PlaceQueueConfig, self: Self = thisProcess): Launcher {
  const { loginShell = false } = config
  const shared = { loginShell, ...(config.node !== undefined && { node: config.node }) }
  if (config.kind === 'command') return { words: config.launch, keepsHome: true, ...shared }
  if (config.kind === 'container') return { ...containerLauncher(config, self), ...shared }
  const { host } = config
  const options = sshOptions.flatMap(option => ['-o', option])
  const file = config.config === undefined ? [] : ['-F', config.config]
  return {
    words: ['ssh', '-T', ...file, ...options, '--', host],
    keepsHome: true,
    ...shared,
    explain: printed => sshProblem(host, printed),
  }
}

/** What of this process a container may use. */
interface Self {
  /** A program that is Node alone; the editor's runtime is not. */
  readonly node: string | undefined
}

const thisProcess: Self = {
  node: process.versions.electron === undefined ? process.execPath : undefined,
}

/** One that all jobs of the queue share. */
function containerLauncher(config: ContainerQueueConfig, { node }: Self): Launcher {
  const { runtime } = config
  const name = `headless-jobs-${randomBytes(6).toString('hex')}`
  const mounts = (config.mounts ?? []).map(mountOf)
  // a folder of charliecloud takes only what it has a place for, and a sandbox has all of this machine
  const takesNode = node !== undefined && runtime !== 'charliecloud' && runtime !== 'bwrap'
  if (takesNode) mounts.push({ here: node, there: NODE_THERE, isReadOnly: true })
  const end = containerEnd(config, name)
  return {
    words: containerWords(config, { mounts, name, endsWithParent: true }),
    ...(takesNode && { node: NODE_THERE }),
    ...(end && { end }),
    explain: printed => containerProblem(config, printed),
  }
}
