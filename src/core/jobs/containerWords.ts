// The words that start a command in a container or sandbox, by what each runtime calls things, and those that end it.
import type { Container } from '../../api'
import { threadVariables } from '../base/threadVariables'

export interface Mount {
  here: string
  there: string
  isReadOnly: boolean
}

/** `HERE`, `HERE:THERE`, either with `:ro` behind it. */
export function mountOf(text: string): Mount {
  const isReadOnly = text.endsWith(':ro')
  const [here = '', there = here] = text.replace(/:r[ow]$/, '').split(':')
  return { here, there, isReadOnly }
}

export interface ContainerUse {
  mounts: readonly Mount[]
  /** Of podman and docker, by which it is ended: their client only passes on the streams. */
  name: string
  /** Where the command begins; absent for the image's own folder. */
  cwd?: string
  /** Names of variables that it has from here; absent for none. */
  env?: readonly string[]
  /** A sandbox ends when what started it has gone. */
  endsWithParent: boolean
}

/** `podman fsl:6`. */
export function containerText({ runtime, image }: Container): string {
  return image === undefined ? runtime : `${runtime} ${image}`
}

/** The command follows. */
export function containerWords(container: Container, use: ContainerUse): string[] {
  const { runtime, image = '', network = false, options = [] } = container
  switch (runtime) {
    case 'bwrap':
      return [...bwrapWords(use, network), ...options, '--']
    case 'apptainer':
      return [...apptainerWords(use, network), ...options, image]
    case 'charliecloud':
      return [...charliecloudWords(use), ...options, image, '--']
    case 'podman':
    case 'docker':
      return [...engineWords(runtime, use, network), ...options, image]
  }
}

/** What ends it for certain, also when its client was killed; `undefined` where nothing outlives it. */
export function containerEnd({ runtime }: Container, name: string): readonly string[] | undefined {
  return runtime === 'podman' || runtime === 'docker' ? [runtime, 'rm', '--force', name] : undefined
}

/** All of this machine can be read, and only what is mounted be written. It has the variables of this process. */
function bwrapWords({ mounts, cwd, endsWithParent }: ContainerUse, network: boolean): string[] {
  return [
    ...['bwrap', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--unshare-all'],
    ...(network ? ['--share-net'] : []),
    ...mounts.flatMap(({ here, there, isReadOnly }) => [isReadOnly ? '--ro-bind' : '--bind', here, there]),
    ...(cwd === undefined ? [] : ['--chdir', cwd]),
    ...(endsWithParent ? ['--die-with-parent'] : []),
    '--new-session',
  ]
}

function apptainerWords({ mounts, cwd, env }: ContainerUse, network: boolean): string[] {
  return [
    ...['apptainer', '--quiet', 'exec', '--contain', '--ipc', '--pid'],
    ...(env === undefined ? ['--cleanenv'] : []), // else it has all variables of what starts it
    ...(network ? [] : ['--net', '--network', 'none']),
    ...mounts.flatMap(mount => ['--bind', bindOf(mount)]),
    ...(cwd === undefined ? [] : ['--pwd', cwd]),
  ]
}

/** It has no network of its own. */
function charliecloudWords({ mounts, cwd, env }: ContainerUse): string[] {
  return [
    'ch-run',
    ...(env === undefined ? ['--unset-env=*'] : []),
    ...mounts.flatMap(({ here, there }) => ['-b', `${here}:${there}`]),
    ...(cwd === undefined ? [] : ['-c', cwd]),
  ]
}

function engineWords(
  engine: 'podman' | 'docker',
  { mounts, name, cwd, env = [] }: ContainerUse,
  network: boolean,
): string[] {
  return [
    // when it is removed by force its time to end is over
    ...[engine, 'run', '--rm', '--interactive', '--init', '--stop-timeout', '0', '--name', name],
    ...userWords(engine),
    ...(network ? [] : ['--network', 'none']),
    ...mounts.flatMap(mount => ['--volume', bindOf(mount)]),
    ...(cwd === undefined ? [] : ['--workdir', cwd]),
    ...env.flatMap(variable => ['--env', variable]),
  ]
}

/** What it writes belongs to this user. Without root podman has users of its own, of which one can be this. */
function userWords(engine: 'podman' | 'docker'): string[] {
  const uid = process.getuid?.()
  if (uid === undefined || uid === 0) return []
  return engine === 'podman' ? ['--userns', 'keep-id'] : ['--user', `${uid}:${process.getgid?.()}`]
}

function bindOf({ here, there, isReadOnly }: Mount): string {
  return `${here}:${there}${isReadOnly ? ':ro' : ''}`
}

export function nameOfJob(id: string): string {
  return `headless-jobs-${id}`
}

export interface JobInContainer {
  id: string
  cwd: string
  /** Names of its variables. */
  env: readonly string[]
  /** Folders that it needs besides its own. */
  mounts?: readonly Mount[]
}

/** Of a job’s own container. */
export function wordsOfJob(container: Container, { id, cwd, env, mounts = [] }: JobInContainer): string[] {
  const given = (container.mounts ?? []).map(mountOf)
  const own = ['HEADLESS_JOB_ID', 'HEADLESS_JOB_NAME', 'HEADLESS_JOB_CORES', 'PYTHONUNBUFFERED', ...threadVariables]
  return containerWords(container, {
    // a folder before those in it, which it would hide
    mounts: [{ here: cwd, there: cwd, isReadOnly: false }, ...mounts, ...given].sort(
      (a, b) => a.there.length - b.there.length,
    ),
    ...{ name: nameOfJob(id), cwd },
    env: [...new Set([...own, ...env])],
    endsWithParent: false, // its tree is signalled, and ends with a grace time
  })
}
