// A queue elsewhere that takes jobs ahead: they wait there, and no more run at once than it has slots.
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Job, JobSpec } from '../../../src/api'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import { queueOf, type TestWindow, type WindowOptions } from '../../support/window'
import { valueIn, workerCommand } from '../../support/workers'

const LIMIT_MS = 60_000
const node = process.execPath

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const file = (name: string) => join(state.folder, name)

async function windowWith(more: { slots: number; maxQueued: number; keepSeconds?: number }): Promise<TestWindow> {
  const window = open({ queues: { q: { kind: 'command', launch: ['env'], node, ...more } } })
  await window.configure({ concurrency: 2, killGraceSeconds: 1 })
  return window
}

/** Says when it begins, and ends when it may. */
const submit = ({ api }: TestWindow, name: string, more = {}) =>
  api.submit({
    command: ['sh', '-c', `echo ${name} >> began; while ! test -e go; do sleep 0.05; done; echo ${name}`],
    cwd: state.folder,
    queue: 'q',
    stdout: 'text',
    ...more,
  })
const began = () => (existsSync(file('began')) ? readFileSync(file('began'), 'utf8').trim().split('\n') : [])
const statesOf = async ({ client }: TestWindow, jobs: readonly Job<unknown>[]) => {
  const { jobs: infos } = await client.service.list({ filter: { ids: jobs.map(({ id }) => id) } })
  return jobs.map(({ id }) => infos.find(info => info.id === id)?.state)
}

it('has jobs that wait there in their order, and one of them is cancelled before it has begun', async () => {
  const window = await windowWith({ slots: 1, maxQueued: 2 })
  const jobs = ['a', 'b', 'c', 'd'].map(name => submit(window, name))
  const [, second] = jobs as [Job<string>, Job<string>]
  const seen = async () => (await statesOf(window, jobs)).join()
  await until(async () => (await seen()) === 'running,starting,starting,queued', LIMIT_MS, 'two jobs ahead')
  await until(() => queueOf(window, 'q')?.queued === 3, LIMIT_MS, 'its line')
  expect(queueOf(window, 'q')).toMatchObject({
    used: 1,
    running: 1,
    queued: 3,
    slots: 1,
  })
  await second.cancel()
  expect(await second.result).toMatchObject({ state: 'cancelled' })
  await until(async () => (await seen()) === 'running,cancelled,starting,starting', LIMIT_MS, 'the next one ahead')
  writeFileSync(file('go'), '')
  for (const job of jobs) if (job !== second) expect(await job.result).toMatchObject({ state: 'succeeded' })
  expect(began()).toEqual(['a', 'c', 'd'])
})

it('runs a job of many cores alone, and those that wait behind it after it', async () => {
  const window = await windowWith({ slots: 2, maxQueued: 4 })
  const jobs = [submit(window, 'one'), submit(window, 'wide', { cores: 2 }), submit(window, 'three')]
  await until(async () => (await statesOf(window, jobs)).join() === 'running,starting,starting', LIMIT_MS, 'jobs ahead')
  expect(began()).toEqual(['one'])
  writeFileSync(file('go'), '')
  for (const job of jobs) expect(await job.result).toMatchObject({ state: 'succeeded' })
  expect(began()).toEqual(['one', 'wide', 'three'])
})

it('is taken over with those that wait there', async () => {
  const window = await windowWith({ slots: 1, maxQueued: 2, keepSeconds: 60 })
  const jobs = ['a', 'b', 'c'].map(name => submit(window, name))
  await until(async () => (await statesOf(window, jobs)).join() === 'running,starting,starting', LIMIT_MS, 'jobs ahead')
  process.kill(readRecord(statePaths(state.folder))?.pid as number, 'SIGKILL')
  appendFileSync(file('go'), '')
  for (const job of jobs) expect(await job.result).toMatchObject({ state: 'succeeded', attempts: 1 })
  expect(began()).toEqual(['a', 'b', 'c'])
})

it('begins nothing while it is paused, also of what was sent ahead', async () => {
  const window = await windowWith({ slots: 1, maxQueued: 2 })
  const jobs = ['a', 'b', 'c'].map(name => submit(window, name))
  const seen = async () => (await statesOf(window, jobs)).join()
  await until(async () => (await seen()) === 'running,starting,starting', LIMIT_MS, 'jobs ahead')
  for (const pause of [
    (paused: boolean) => window.client.service.pauseQueue({ queue: 'q', paused }),
    (paused: boolean) => window.client.service.pause({ paused }),
  ]) {
    await pause(true)
    writeFileSync(file('go'), '')
    await until(async () => /^(succeeded,)+(starting,?)+$/.test(await seen()), LIMIT_MS, 'the end of what ran')
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(await seen()).toMatch(/^(succeeded,)+(starting,?)+$/)
    rmSync(file('go'))
    await pause(false)
    await until(async () => /running/.test(await seen()), LIMIT_MS, 'the next one')
  }
  writeFileSync(file('go'), '')
  for (const job of jobs) expect(await job.result).toMatchObject({ state: 'succeeded' })
})

it('does not run jobs beside a worker that has all of its slots', async () => {
  const window = await windowWith({ slots: 1, maxQueued: 3 })
  const work = window.api.submit({
    command: workerCommand('waits.py', file('begun'), file('go')),
    ...{ protocol: 'frames', keepAlive: true, stdin: { value: 'wait' }, queue: 'q' },
  } as JobSpec<unknown>)
  await until(() => existsSync(file('begun')), LIMIT_MS, 'a worker that has a job')
  const job = submit(window, 'a')
  await new Promise(resolve => setTimeout(resolve, 500))
  expect((await statesOf(window, [job]))[0]).toBe('queued')
  writeFileSync(file('go'), '')
  expect(await work.result).toMatchObject({ state: 'succeeded' })
  expect(await job.result).toMatchObject({ state: 'succeeded' })
})

it('runs more when its slots are changed, and loses nothing', async () => {
  const window = await windowWith({ slots: 1, maxQueued: 2, keepSeconds: 60 })
  const jobs = ['a', 'b', 'c', 'd'].map(name => submit(window, name))
  const seen = async () => (await statesOf(window, jobs)).join()
  await until(async () => (await seen()) === 'running,starting,starting,queued', LIMIT_MS, 'jobs ahead')
  const config = { kind: 'command', launch: ['env'], node, keepSeconds: 60 } as const
  await window.configure({ queues: { q: { ...config, slots: 2, maxQueued: 0 } } })
  await until(async () => (await seen()).startsWith('running,running'), LIMIT_MS, 'one more')
  await window.configure({ queues: { q: { ...config, slots: 1, launch: ['env', 'MORE=1'] } } })
  await until(() => queueOf(window, 'q')?.problem === undefined, LIMIT_MS, 'no problem')
  writeFileSync(file('go'), '')
  for (const job of jobs) expect(await job.result).toMatchObject({ state: 'succeeded', attempts: 1 })
  expect(began().sort()).toEqual(['a', 'b', 'c', 'd'])
})

it('starts no more workers than it has slots', async () => {
  const window = await windowWith({ slots: 1, maxQueued: 4 })
  const spec: JobSpec<{ pid: number }> = { command: workerCommand('echoes.py'), protocol: 'frames', keepAlive: true }
  const jobs = [1, 2, 3].map(n => window.api.submit({ ...spec, queue: 'q', stdin: { value: { n } } }))
  const pids = (await Promise.all(jobs.map(job => job.result))).map(result => valueIn<{ pid: number }>(result).pid)
  expect(new Set(pids).size).toBe(1)
})
