// The end of workers and of their jobs: cancels, limits, those that will not go, and the death of the job service.
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Job, JobSpec } from '../../../src/api'
import { statePaths } from '../../../src/service/base/paths'
import { processesOf } from '../../support/runs'
import { isAlive, parentOf, type TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import { arrayFilesOf, failureOf, linesOf, untilGone, valueIn, workerCommand, workersOf } from '../../support/workers'

let state: TempState
let window: TestWindow

serviceForEach(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 0.3 })

const file = (name: string) => join(state.folder, name)

type Kept = Partial<JobSpec<unknown>> & { command: readonly string[] }

const kept = (value: unknown, spec: Kept): JobSpec<unknown> => ({
  protocol: 'lines',
  keepAlive: { max: 1 },
  stdin: { value },
  ...spec,
})
const submit = (value: unknown, spec: Kept): Job<unknown> => window.api.submit(kept(value, spec))
const run = (value: unknown, spec: Kept) => submit(value, spec).result

const waits = () => ({ command: workerCommand('waits.py', file('begun'), file('go')) })
const letGo = () => appendFileSync(file('go'), '')
const begun = () => linesOf(file('begun'))

describe.each(['lines', 'frames'] as const)('a cancel, in %s,', protocol => {
  it('in the middle leaves a worker that understands it alive', async () => {
    await window.configure({ killGraceSeconds: 20 })
    const pid = valueIn(await run('before', { ...waits(), protocol }))
    const job = submit('wait', { ...waits(), protocol })
    await until(() => begun().includes('wait'), 20_000, 'the job')
    await job.cancel('not needed')
    expect(await job.result).toMatchObject({ state: 'cancelled', endedBy: 'user', cancelReason: 'not needed' })
    expect(valueIn(await run('after', { ...waits(), protocol }))).toBe(pid)
  })
})

describe('a cancel', () => {
  it('in the middle ends a worker that does not understand it, and the next job has another one', async () => {
    const command = workerCommand('never-answers.sh')
    const job = submit(1, { command })
    const worker = await until(
      () => workersOf(window).find(each => each.state === 'busy' && each.pid),
      20_000,
      'the worker',
    )
    await job.cancel()
    expect((await job.result).state).toBe('cancelled')
    await untilGone(worker.pid as number)
    const next = submit(2, { command })
    const other = await until(
      () => workersOf(window).find(({ state: s, pid }) => s === 'busy' && pid !== worker.pid),
      20_000,
      'another worker',
    )
    await next.cancel()
    await untilGone(other.pid as number)
  })

  it('of jobs that wait for the worker means that they never begin', async () => {
    const jobs = ['wait', 'b', 'c', 'd'].map(value => submit(value, waits()))
    await until(() => begun().length === 1, 20_000, 'the first job')
    await Promise.all([jobs[1]?.cancel(), jobs[3]?.cancel()])
    letGo()
    const states = (await Promise.all(jobs.map(job => job.result))).map(result => result.state)
    expect(states).toEqual(['succeeded', 'cancelled', 'succeeded', 'cancelled'])
    expect(begun()).toEqual(['wait', 'c'])
  })

  it('of jobs that were sent ahead means that they never begin', async () => {
    const short = Array.from({ length: 100 }, (_, i) => String(i))
    const jobs = [...short, 'wait', 'behind 1', 'behind 2'].map(value => submit(value, waits()))
    await until(() => begun().includes('wait'), 20_000, 'the long job')
    const behind = jobs.slice(-2)
    await Promise.all(behind.map(job => job.cancel()))
    letGo()
    for (const job of behind) expect((await job.result).state).toBe('cancelled')
    await jobs.at(-3)?.result
    expect(begun()).toEqual([...short, 'wait'])
  })

  it('of a large batch in full flight counts every job once, and nothing runs after it', async () => {
    const values = Array.from({ length: 2000 }, (_, i) => String(i))
    const batch = window.api.submitBatch(values.map(value => kept(value, { ...waits(), keepAlive: true })))
    await batch.jobs[100]?.result
    await batch.cancel()
    const ran = begun()
    const { counts, results } = await batch.completed
    expect(results.length).toBe(2000)
    expect(counts.succeeded + counts.cancelled).toBe(2000)
    expect(counts.succeeded).toBeGreaterThan(100)
    expect(counts.cancelled).toBeGreaterThan(0)
    expect(new Set(ran).size).toBe(ran.length)
    expect(ran.length).toBeGreaterThanOrEqual(counts.succeeded)
    await run('a later job', waits())
    expect(begun().length).toBe(ran.length + 1)
  })
})

describe('a worker that ignores the end of stdin and signals, with a child that holds its pipes,', () => {
  const command = workerCommand('ignores-stop.py')

  it('is gone after idleSeconds', async () => {
    const pids = valueIn<number[]>(await run(1, { command, keepAlive: { idleSeconds: 0.1 } }))
    await untilGone(...pids)
    await until(() => workersOf(window).length === 0, 20_000, 'its end to be seen')
  })

  it('is gone after dispose()', async () => {
    const worker = window.api.startWorker({ command })
    const pids = (await worker.request(1)) as number[]
    await worker.dispose()
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('is gone after the cancel of its job', async () => {
    const pids = valueIn<number[]>(await run(1, { command }))
    const job = submit('stay', { command })
    await until(() => workersOf(window)[0]?.state === 'busy', 20_000, 'the job')
    await job.cancel()
    expect((await job.result).state).toBe('cancelled')
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('is gone after the cancel of its job when it runs once', async () => {
    const job = submit(1, { command, keepAlive: false })
    await until(() => processesOf(job.id).length === 2, 20_000, 'both processes')
    await job.cancel()
    expect(processesOf(job.id)).toEqual([])
  })

  it('is gone when the service ends in good order', async () => {
    const pids = valueIn<number[]>(await run(1, { command }))
    const { pid } = await window.client.service.status(null)
    process.kill(pid, 'SIGTERM')
    await untilGone(pid, ...pids)
  })
})

describe('the death of the service', () => {
  const NOBODY = '01234567-89ab-7def-8123-456789abcdef'

  it('takes its workers with it; what ran is lost, what waited runs later, and once', async () => {
    await window.configure({ concurrency: 1, killGraceSeconds: 0.3, afterServiceCrash: 'continue' })
    const running = submit('wait', waits())
    const queued = submit('queued', waits())
    const worker = window.api.startWorker({ command: workerCommand('echoes.py') })
    await worker.ready
    const exit = new Promise(resolve => worker.onDidExit(resolve))
    await until(() => begun().length === 1, 20_000, 'the job')
    const pids = await until(
      () => workersOf(window).length === 2 && workersOf(window).map(({ pid = 0 }) => pid),
      20_000,
      'both workers',
    )
    await queued.accepted
    const { arrays, spool } = statePaths(state.folder)
    for (const folder of [arrays, spool]) {
      mkdirSync(folder, { recursive: true })
      const file = join(folder, `${NOBODY}.0f.array`)
      writeFileSync(file, 'x')
      utimesSync(file, 0, 0) // else a window may be about to submit its job
    }
    process.kill((await window.client.service.status(null)).pid, 'SIGKILL')
    await untilGone(...pids)
    expect(await exit).toMatchObject({ error: { kind: 'service' } })
    expect(failureOf(await running.result)).toMatchObject({ state: 'lost', kind: 'lost' })
    expect(valueIn(await queued.result)).toBeTypeOf('number')
    expect(begun()).toEqual(['wait', 'queued'])
    const left = () =>
      Object.values(arrayFilesOf(state.folder))
        .flat()
        .filter(name => name.startsWith(NOBODY))
    await until(() => left().length === 0, 20_000, 'the files of nobody to go')
  })

  it('in full flight loses no job and runs none twice', async () => {
    await window.configure({ concurrency: 2, killGraceSeconds: 0.3, afterServiceCrash: 'continue' })
    const specs = Array.from({ length: 1000 }, (_, i) => kept(String(i), { ...waits(), keepAlive: true }))
    const batch = window.api.submitBatch(specs)
    await batch.jobs[100]?.result
    process.kill((await window.client.service.status(null)).pid, 'SIGKILL')
    const { counts, results } = await batch.completed
    expect(results.length).toBe(1000)
    expect(counts.succeeded + counts.lost).toBe(1000)
    const ran = begun()
    expect(new Set(ran).size).toBe(ran.length)
    expect(ran.length).toBeGreaterThanOrEqual(counts.succeeded)
  })
})

it('the death of a runner loses the jobs of its workers alone', async () => {
  const running = submit('wait', waits())
  await until(() => begun().length === 1, 20_000, 'the job')
  const worker = await until(() => workersOf(window).find(({ pid }) => pid !== undefined), 20_000, 'the worker')
  process.kill(parentOf(worker.pid as number), 'SIGKILL')
  expect(failureOf(await running.result)).toMatchObject({ state: 'lost', kind: 'lost' })
  await untilGone(worker.pid as number)
  expect(valueIn(await run('after', waits()))).toBeTypeOf('number')
})
