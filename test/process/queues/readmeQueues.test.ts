// The queues of the README, each as it stands there but for what only its reader has: hosts, an image, a cluster.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueueConfig, QueueConfigs } from '../../../src/core/jobs/queueConfig'
import { readQueues } from '../../../src/core/jobs/queueConfig'
import { hasProgram } from '../../support/program'
import { hasSlurm, startSlurm, type TestSlurm } from '../../support/slurm'
import { hasSshd, startSshd, type TestSshd } from '../../support/sshd'
import { makeTempState, type TempState } from '../../support/tempState'
import { makeTestImage } from '../../support/testImage'
import { openWindow, type TestWindow } from '../../support/window'

const node = process.execPath
const DATA = '/home/me/data'
const samples = [...readFileSync('README.md', 'utf8').matchAll(/^"headlessJobs\.queues": (\{\n.*?^\})$/gms)].map(
  ([, text = '']) => JSON.parse(text) as Record<string, Record<string, unknown>>,
)
const image = makeTestImage()
const podman = image.of('podman')
let state: TempState
let window: TestWindow
let sshd: TestSshd | undefined
let slurm: TestSlurm | undefined

const data = (name = '') => join(state.folder, 'data', name)
const isHere: Readonly<Record<string, boolean>> = {
  lab: hasSshd,
  cluster: hasSshd,
  image: podman !== undefined,
  sandbox: hasProgram('bwrap'),
  short: hasSlurm,
  card: hasSlurm,
  long: hasSlurm,
  login: hasSshd,
  far: hasSlurm && hasSshd,
}

/** Of the cluster of the reader: a node with a card, and the partitions that the queues name. */
const cluster = {
  GresTypes: 'gpu',
  NodeName: `${hostname().split('.')[0]} NodeAddr=127.0.0.1 CPUs=64 RealMemory=65536 Gres=gpu:1 State=UNKNOWN`,
  PartitionName: ['main Default=YES', 'short', 'gpu', 'long']
    .map(partition => `${partition} Nodes=ALL MaxTime=60 State=UP`)
    .join('\nPartitionName='),
}
/** The modules of the reader's cluster. */
const modules = 'module() { export LOADED="$2"; }'

/** A program of the reader's that leads elsewhere. */
function fakeProgram(name: string, words: string): string {
  const file = join(state.folder, name)
  writeFileSync(file, `#!/bin/sh\n[ "$*" = "${words} $5" ] || exit 9\nshift 4\nexec "$@"\n`)
  chmodSync(file, 0o755)
  return file
}

function withOwn(config: Record<string, unknown>): QueueConfig {
  const own = JSON.parse(
    JSON.stringify(config).replaceAll(DATA, data().replace(/\/$/, '')).replaceAll('/mnt/data', data('there')),
  )
  if (own.kind === 'ssh') return { ...own, host: 'lab', config: sshd?.config ?? '', node }
  if (own.setup !== undefined) own.setup.unshift(modules)
  if (own.mode === 'jobs') return { ...own, folder: join(state.folder, 'cluster'), node }
  if (own.image !== undefined) return { ...own, ...podman, mounts: [...own.mounts, ...(podman?.mounts ?? [])] }
  if (own.launch?.[0] === 'kubectl') own.launch[0] = fakeProgram('kubectl', own.launch.slice(1).join(' '))
  return own.kind === 'local' ? own : { ...own, node }
}

beforeAll(async () => {
  state = makeTempState()
  if (hasSlurm) {
    slurm = await startSlurm(cluster, 'Name=gpu Count=1 File=/dev/null')
    process.env.SLURM_CONF = slurm.config
  }
  if (hasSshd) sshd = await startSshd(slurm && { SLURM_CONF: slurm.config })
  mkdirSync(data('there'), { recursive: true })
  for (const file of [data('a.txt'), data('there/a.txt')]) writeFileSync(file, 'seen\n')
  const queues: Record<string, QueueConfig> = {}
  for (const sample of samples) for (const [name, config] of Object.entries(sample)) queues[name] = withOwn(config)
  window = openWindow(state.folder, { queues: queues satisfies QueueConfigs })
  await window.configure({ concurrency: 2 })
})
afterAll(async () => {
  window?.client.dispose()
  image.remove()
  await state?.remove()
  await sshd?.remove()
  await slurm?.remove()
})

it('are right', () => {
  expect(samples.map(sample => Object.keys(sample))).toEqual([
    ['gpu', 'disk'],
    ['lab', 'cluster', 'image', 'sandbox', 'pod'],
    ['short'],
    ['card'],
    ['login', 'far'],
    ['long'],
  ])
  for (const sample of samples) expect(readQueues(sample).problems).toEqual([])
})

describe.each(samples.flatMap(sample => Object.keys(sample)))('the queue %s', name => {
  it.runIf(isHere[name] !== false)('reads a file and gives what it says', async () => {
    const job = window.api.submit({ command: ['cat', data('a.txt')], cwd: data(), queue: name, stdout: 'text' })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'seen\n' })
  })
})

it.runIf(hasSlurm).each([
  ['short', 'LOADED', 'fsl'],
  ['long', 'LOADED', 'fsl'],
  ['card', 'SLURM_GPUS_ON_NODE', '1'],
])('the jobs of the queue %s have what it asks for: %s', async (queue, variable, value) => {
  const job = window.api.submit({ command: ['printenv', variable], queue, stdout: 'text' })
  expect(await job.result).toMatchObject({ state: 'succeeded', value: `${value}\n` })
})
