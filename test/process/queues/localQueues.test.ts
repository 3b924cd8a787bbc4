// Named queues on this machine: each has its own slots and its own pause, none waits for another one, and what the settings do
// not name any more waits until they do.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Job, JobSpec } from '../../../src/api'
import type { QueueConfigs } from '../../../src/core/jobs/queueConfig'
import type { QueueInfo } from '../../../src/core/protocol/facts'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import { queueOf, type TestWindow, type WindowOptions } from '../../support/window'
import { valueIn } from '../../support/workers'

const LIMIT_MS = 20_000
const queues: QueueConfigs = { gpu: { kind: 'local', slots: 1 } }

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

async function windowWith(named: QueueConfigs = queues, concurrency = 4): Promise<TestWindow> {
  const window = open({ queues: named })
  await window.configure({ concurrency })
  return window
}

const file = (name: string) => join(state.folder, name)
/** Writes its name into the log when it starts, then waits until the test lets go. */
const waiter = (name: string, extra: Partial<JobSpec> = {}): JobSpec => ({
  command: ['sh', '-c', 'echo "$0" >> "$1"; while ! test -e "$2"; do sleep 0.02; done', name, file('log'), file('go')],
  name,
  ...extra,
})
const started = () => (existsSync(file('log')) ? readFileSync(file('log'), 'utf8').trim().split('\n') : [])
const letGo = () => appendFileSync(file('go'), '')
const running = (job: Job<unknown>) => until(() => job.info.state === 'running', LIMIT_MS, `${job.info.name} to run`)
const saysItsPid = [
  process.execPath,
  '-e',
  `console.log('{"hello":1}')
  require('readline').createInterface({ input: process.stdin }).on('line', line =>
    console.log(JSON.stringify({ id: JSON.parse(line).id, value: process.pid })))`,
]
const reasonOf = async ({ client }: TestWindow, { id }: Job<unknown>) =>
  (await client.service.list({ filter: { ids: [id] } })).jobs[0]?.reason
const showing = (window: TestWindow, name: string, facts: Partial<QueueInfo>) =>
  until(
    () => Object.entries(facts).every(([fact, value]) => queueOf(window, name)?.[fact as keyof QueueInfo] === value),
    LIMIT_MS,
    `the queue ${name} with ${JSON.stringify(facts)}`,
  )

describe('a queue', () => {
  it('runs as many of its jobs as it has slots, in order, while those of others go on', async () => {
    const window = await windowWith()
    const own = ['one', 'two', 'three'].map(name => window.api.submit(waiter(name, { queue: 'gpu' })))
    const other = window.api.submit(waiter('other'))
    await running(other)
    await running(own[0] as Job<unknown>)
    await showing(window, 'gpu', { used: 1, queued: 2, slots: 1 })
    await showing(window, 'local', { used: 1, queued: 0 })
    expect(await reasonOf(window, own[1] as Job<unknown>)).toBe('slot')
    letGo()
    await Promise.all([...own, other].map(job => job.result))
    expect(started().filter(name => name !== 'other')).toEqual(['one', 'two', 'three'])
    expect(own[0]?.info.queue).toBe('gpu')
    await showing(window, 'gpu', { used: 0, queued: 0 })
  })

  it('takes its slots from those of the machine', async () => {
    const window = await windowWith({ gpu: { kind: 'local', slots: 3 } }, 2)
    const jobs = ['a', 'b', 'c'].map(name => window.api.submit(waiter(name, { queue: 'gpu' })))
    await Promise.all(jobs.slice(0, 2).map(running))
    await jobs[2]?.accepted
    expect(started()).toHaveLength(2)
    letGo()
    await Promise.all(jobs.map(job => job.result))
  })

  it('gives all of its slots to a job that wants more than it has, and counts those of its cores', async () => {
    const window = await windowWith({ gpu: { kind: 'local', slots: 2 } })
    const wide = window.api.submit(waiter('wide', { queue: 'gpu', cores: 3 }))
    const next = window.api.submit(waiter('next', { queue: 'gpu' }))
    await running(wide)
    await next.accepted
    expect(await reasonOf(window, next)).toBe('slot')
    letGo()
    expect((await next.result).state).toBe('succeeded')
  })

  it('has more or fewer slots from the moment the settings say so', async () => {
    const window = await windowWith()
    const jobs = ['a', 'b'].map(name => window.api.submit(waiter(name, { queue: 'gpu' })))
    await running(jobs[0] as Job<unknown>)
    await window.configure({ concurrency: 4, queues: { gpu: { kind: 'local', slots: 2 } } })
    await running(jobs[1] as Job<unknown>)
    letGo()
    await Promise.all(jobs.map(job => job.result))
  })

  it('adds its variables and its words to each of its jobs, which may have their own', async () => {
    const env = { WHERE: 'queue', WHOSE: 'queue', HOME: null }
    const wrapper = ['env', 'WRAPPED=queue']
    const window = await windowWith({ lab: { kind: 'local', env, wrapper } })
    const command = ['sh', '-c', 'echo "$WHERE $WHOSE $HOME $WRAPPED"']
    const job = window.api.submit({ command, queue: 'lab', env: { WHOSE: 'job' }, stdout: 'text' })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'queue job  queue\n' })
    const plain = window.api.submit({ command, stdout: 'text' })
    expect(await plain.result).not.toMatchObject({ value: expect.stringContaining('queue') })
  })

  it('has its own kept workers', async () => {
    const window = await windowWith({ gpu: { kind: 'local', slots: 1, env: { WHERE: 'gpu' } } })
    const pids = await Promise.all(
      ['gpu', undefined, 'gpu'].map(async queue => {
        const spec: JobSpec<unknown> = { command: saysItsPid, protocol: 'lines', keepAlive: true, stdin: { value: 1 } }
        return valueIn(await window.api.submit({ ...spec, ...(queue && { queue }) }).result)
      }),
    )
    expect(pids[0]).toBe(pids[2])
    expect(pids[1]).not.toBe(pids[0])
  })

  it('that there is not is refused, with those that there are', async () => {
    const window = await windowWith()
    const message = 'Job: queue names a queue that there is not: "gpus"; there is "local", "gpu".'
    expect(() => window.api.submit({ command: ['true'], queue: 'gpus' })).toThrow(new TypeError(message))
  })
})

describe('a pause', () => {
  it('of one queue holds up its jobs alone, and is there again with the next service', async () => {
    const window = await windowWith()
    await window.client.service.pauseQueue({ queue: 'gpu', paused: true })
    const held = window.api.submit({ command: ['true'], queue: 'gpu' })
    expect(await window.api.submit({ command: ['true'] }).result).toMatchObject({ state: 'succeeded' })
    expect(await reasonOf(window, held)).toBe('paused')
    const pid = readRecord(statePaths(state.folder))?.pid as number
    process.kill(pid, 'SIGTERM')
    await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
    await until(async () => (await reasonOf(window, held)) === 'paused', LIMIT_MS, 'the next service')
    await showing(window, 'gpu', { paused: true, queued: 1 })
    await window.client.service.pauseQueue({ queue: 'gpu', paused: false })
    expect(await held.result).toMatchObject({ state: 'succeeded' })
  })

  it('of the local one holds up none of the others', async () => {
    const window = await windowWith()
    await window.client.service.pauseQueue({ queue: 'local', paused: true })
    const held = window.api.submit({ command: ['true'] })
    expect(await window.api.submit({ command: ['true'], queue: 'gpu' }).result).toMatchObject({ state: 'succeeded' })
    expect(await reasonOf(window, held)).toBe('paused')
    await window.client.service.pauseQueue({ queue: 'local', paused: false })
    expect(await held.result).toMatchObject({ state: 'succeeded' })
  })

  it('of a queue that there is not is refused', async () => {
    const window = await windowWith()
    await expect(window.client.service.pauseQueue({ queue: 'gpus', paused: true })).rejects.toThrow(
      /^There is no queue “gpus”\.$/,
    )
  })
})

it('what one editor names is not removed by another one, which has its own or none', async () => {
  const window = await windowWith()
  const other = open({ name: 'other', queues: { disk: { kind: 'local' } } })
  await other.configure({ concurrency: 4 })
  await showing(window, 'gpu', { kind: 'local', slots: 1 })
  await showing(window, 'disk', { kind: 'local' })
  await window.configure({ concurrency: 4, queues: {} })
  await until(() => window.client.summary?.queues?.length === 2, LIMIT_MS, 'the queues local and disk')
  expect(queueOf(window, 'gpu')).toBeUndefined()
  await other.configure({ concurrency: 4, queues: {} })
  await until(() => window.client.summary?.queues === undefined, LIMIT_MS, 'no queue but local')
})

describe('a queue that the settings do not name any more', () => {
  afterEach(() => {
    delete process.env.HEADLESS_JOBS_IDLE_SECONDS
  })

  it('keeps its jobs waiting, with the reason, until they name it again', async () => {
    const window = await windowWith()
    await window.configure({ queues: {} })
    const held = window.api.submit({ command: ['true'], queue: 'gpu' })
    await showing(window, 'gpu', { queued: 1, used: 0 })
    expect(queueOf(window, 'gpu')).not.toHaveProperty('kind')
    expect(await reasonOf(window, held)).toBe('queue')
    expect(await window.api.submit({ command: ['true'] }).result).toMatchObject({ state: 'succeeded' })
    await window.configure({ queues })
    expect(await held.result).toMatchObject({ state: 'succeeded' })
  })

  it('does not keep a service without windows', async () => {
    process.env.HEADLESS_JOBS_IDLE_SECONDS = '1'
    const window = await windowWith()
    await window.configure({ queues: {} })
    const held = window.api.submit({ command: ['true'], queue: 'gpu' })
    await held.accepted
    const pid = readRecord(statePaths(state.folder))?.pid as number
    window.client.dispose()
    await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
    const later = open({ queues })
    await later.configure({ queues })
    const info = async () => (await later.client.service.list({ filter: { ids: [held.id] } })).jobs[0]
    await until(async () => (await info())?.state === 'succeeded', LIMIT_MS, 'the job that waited')
  })
})
