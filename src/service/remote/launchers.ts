// The words that lead to each kind of queue, and what ends there what they started when they do not do so by themselves.
import { randomBytes } from 'node:crypto'
import type { ContainerQueueConfig, ElsewhereQueueConfig } from '../../core/jobs/queueConfig'
import type { Launcher } from './launch'
import { sshProblem } from './sshProblems'

/** No question can be answered here; a host that is gone is noticed within a minute. */
const sshOptions = ['BatchMode=yes', 'ConnectTimeout=20', 'ServerAliveInterval=15', 'ServerAliveCountMax=3']

/** Where a container finds the Node of the job service. */
const NODE_THERE = '/headless-jobs-node'

/** Of one connection: a container has a name of its own each time. */
export function launcherOf(config: ElsewhereQueueConfig, self: Self = thisProcess): Launcher {
  const node = config.node === undefined ? {} : { node: config.node }
  if (config.kind === 'command') return { words: config.launch, ...node }
  if (config.kind === 'container') return { ...containerLauncher(config, self), ...node }
  const { host } = config
  const options = sshOptions.flatMap(option => ['-o', option])
  const file = config.config === undefined ? [] : ['-F', config.config]
  return {
    words: ['ssh', '-T', ...file, ...options, '--', host],
    ...node,
    explain: printed => sshProblem(host, printed),
  }
}

/** What of this process a container may use. */
interface Self {
  /** A program that is Node alone; the editor's runtime is not. */
  readonly node: string | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
}

const thisProcess: Self = {
  node: process.versions.electron === undefined ? process.execPath : undefined,
  uid: process.getuid?.(),
  gid: process.getgid?.(),
}

interface Mount {
  here: string
  there: string
  isReadOnly: boolean
}

/** `HERE`, `HERE:THERE`, either with `:ro` behind it. */
function mountOf(text: string): Mount {
  const isReadOnly = text.endsWith(':ro')
  const [here = '', there = here] = text.replace(/:r[ow]$/, '').split(':')
  return { here, there, isReadOnly }
}

function containerLauncher(config: ContainerQueueConfig, self: Self): Launcher {
  const mounts = (config.mounts ?? []).map(mountOf)
  const isOpen = config.network === true
  switch (config.runtime) {
    case 'bwrap':
      return { words: bwrapWords(mounts, isOpen) }
    case 'apptainer':
      return { words: [...apptainerWords(withNode(mounts, self), isOpen), config.image ?? ''], node: NODE_THERE }
    case 'charliecloud':
      return { words: [...charliecloudWords(mounts), config.image ?? '', '--'] }
    case 'podman':
    case 'docker':
      return engineLauncher(config.runtime, config.image ?? '', withNode(mounts, self), isOpen, self)
  }
}

function withNode(mounts: readonly Mount[], { node }: Self): readonly Mount[] {
  return node === undefined ? mounts : [...mounts, { here: node, there: NODE_THERE, isReadOnly: true }]
}

/** All of this machine can be read, and only what is mounted be written. */
function bwrapWords(mounts: readonly Mount[], isOpen: boolean): string[] {
  return [
    ...'bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all'.split(' '),
    ...(isOpen ? ['--share-net'] : []),
    ...mounts.flatMap(({ here, there, isReadOnly }) => [isReadOnly ? '--ro-bind' : '--bind', here, there]),
    ...['--die-with-parent', '--new-session', '--'],
  ]
}

function apptainerWords(mounts: readonly Mount[], isOpen: boolean): string[] {
  return [
    ...['apptainer', '--quiet', 'exec', '--containall', '--pid'],
    ...(isOpen ? [] : ['--net', '--network', 'none']),
    ...mounts.flatMap(mount => ['--bind', bindOf(mount)]),
  ]
}

/** It has no network of its own. */
function charliecloudWords(mounts: readonly Mount[]): string[] {
  return ['ch-run', '--unset-env=*', ...mounts.flatMap(({ here, there }) => ['-b', `${here}:${there}`])]
}

/** Its client only passes on the streams: what it has started is ended by its name. */
function engineLauncher(
  engine: 'podman' | 'docker',
  image: string,
  mounts: readonly Mount[],
  isOpen: boolean,
  { uid, gid }: Self,
): Launcher {
  const name = `headless-jobs-${randomBytes(6).toString('hex')}`
  const user = uid === undefined || uid === 0 ? [] : ['--user', `${uid}:${gid}`]
  return {
    words: [
      ...[engine, 'run', '--rm', '--interactive', '--init', '--name', name],
      ...user,
      ...(isOpen ? [] : ['--network', 'none']),
      ...mounts.flatMap(mount => ['--volume', bindOf(mount)]),
      image,
    ],
    node: NODE_THERE,
    end: [engine, 'rm', '--force', name],
  }
}

function bindOf({ here, there, isReadOnly }: Mount): string {
  return `${here}:${there}${isReadOnly ? ':ro' : ''}`
}
