// Which job runs when: the queue, the slots, pausing, caps, batches and rounds; through the API and a real job service.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BatchResult, Job, JobSpec } from '../../../src/api'
import { mostAtOnce } from '../../../src/client/api/demo'
import type { TempState } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import { openWindow, type TestWindow } from '../../support/window'

let state: TempState
let window: TestWindow
let test = 0

serviceForAll(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 1 })

beforeEach(async () => {
  test++
  await window.client.service.pause({ paused: false })
})

const file = (name: string) => join(state.folder, `${test}-${name}`)

/** Writes its name into the log when it starts, then waits until the test lets go. */
const waiter = (name: string, extra: Partial<JobSpec> = {}): JobSpec => ({
  command: ['sh', '-c', 'echo "$0" >> "$1"; while ! test -e "$2"; do sleep 0.02; done', name, file('log'), file('go')],
  name,
  ...extra,
})
const started = () => (existsSync(file('log')) ? readFileSync(file('log'), 'utf8').trim().split('\n') : [])
const letGo = () => appendFileSync(file('go'), '')
const done = (jobs: readonly Job<unknown>[]) => Promise.all(jobs.map(job => job.result))
const submitAll = (specs: JobSpec[]) => specs.map(spec => window.api.submit(spec))

describe('the queue', () => {
  it('is first in, first out, a higher priority first', async () => {
    await window.configure({ concurrency: 1 })
    const blocker = window.api.submit(waiter('blocker'))
    await until(() => started().length === 1, 20_000, 'the blocker')
    const log = (name: string, priority = 0): JobSpec => ({
      command: ['sh', '-c', 'echo "$0" >> "$1"', name, file('log')],
      priority,
    })
    const jobs = submitAll([log('a'), log('b'), log('urgent', 5), log('c'), log('late', -1)])
    await Promise.all(jobs.map(job => job.accepted))
    letGo()
    await done([blocker, ...jobs])
    expect(started()).toEqual(['blocker', 'urgent', 'a', 'b', 'c', 'late'])
  })

  it('shows why a queued job waits', async () => {
    const blockers = submitAll([waiter('1'), waiter('2')])
    await until(() => started().length === 2, 20_000, 'two running jobs')
    const job = window.api.submit({ command: ['true'] })
    await job.accepted
    const reason = async () => (await window.api.list({ ids: [job.id] })).jobs[0]?.reason
    expect(await reason()).toBe('slot')
    await window.client.service.pause({ paused: true })
    expect(await reason()).toBe('paused')
    await window.client.service.pause({ paused: false })
    letGo()
    await done([...blockers, job])
  })

  it('skips a job that was cancelled while it waited', async () => {
    const blockers = submitAll([waiter('1'), waiter('2')])
    const [a, b] = submitAll([{ command: ['true'] }, { command: ['true'] }]) as [Job<unknown>, Job<unknown>]
    await a.cancel()
    letGo()
    expect((await a.result).state).toBe('cancelled')
    expect((await b.result).state).toBe('succeeded')
    await done(blockers)
  })
})

describe('the limit', () => {
  it('is never exceeded and is used in full', async () => {
    const batch = window.api.submitBatch(Array.from({ length: 30 }, () => ({ command: ['sleep', '0.05'] })))
    let most = 0
    const listener = window.client.onDidChangeSummary(({ slotsTaken }) => {
      most = Math.max(most, slotsTaken)
    })
    const { results } = await batch.completed
    listener.dispose()
    const seen = mostAtOnce(results)
    expect(seen).toBe(2)
    expect(most).toBeLessThanOrEqual(2)
  })

  it('raised starts jobs at once, lowered lets the running ones finish', async () => {
    const jobs = submitAll(['1', '2', '3', '4', '5'].map(name => waiter(name)))
    await until(() => started().length === 2, 20_000, 'two running jobs')
    await window.configure({ concurrency: 4 })
    await until(() => started().length === 4, 20_000, 'four running jobs')
    await window.configure({ concurrency: 1 })
    const states = async () => {
      const infos = await Promise.all(jobs.map(job => window.api.list({ ids: [job.id] })))
      return infos.map(({ jobs: [info] }) => info?.state).join(' ')
    }
    await until(async () => (await states()) === 'running running running running queued', 20_000, 'their states')
    letGo()
    await done(jobs)
    expect(started().length).toBe(5)
  })

  it('counts a job of n cores n times, and never more than there are', async () => {
    const [wide, narrow] = submitAll([waiter('wide', { cores: 99 }), waiter('narrow')]) as [Job<unknown>, Job<unknown>]
    await until(() => started().length === 1, 20_000, 'the wide job')
    await until(() => window.client.summary?.slotsTaken === 2, 20_000, 'both slots taken')
    expect((await window.api.list({ ids: [narrow.id] })).jobs[0]?.state).toBe('queued')
    letGo()
    await done([wide, narrow])
  })

  it('holds for all windows of the machine together', async () => {
    const second = openWindow(state.folder, { name: 'second' })
    const jobs = [
      ...submitAll([waiter('a1'), waiter('a2')]),
      second.api.submit(waiter('b1')),
      second.api.submit(waiter('b2')),
    ]
    await Promise.all(jobs.map(job => job.accepted))
    await until(() => started().length === 2, 20_000, 'two running jobs')
    expect(second.client.summary?.slotsTaken).toBeLessThanOrEqual(2)
    letGo()
    await done(jobs)
    expect((await jobs[3]?.result)?.state).toBe('succeeded')
    second.client.dispose()
  })
})

describe('a paused queue', () => {
  it('starts nothing new and lets what runs go on', async () => {
    const running = window.api.submit(waiter('running'))
    await until(() => started().length === 1, 20_000, 'the running job')
    await window.client.service.pause({ paused: true })
    const queued = window.api.submit(waiter('queued'))
    await queued.accepted
    letGo()
    expect((await running.result).state).toBe('succeeded')
    expect(started()).toEqual(['running'])
    await window.client.service.pause({ paused: false })
    expect((await queued.result).state).toBe('succeeded')
  })
})

describe('a batch', () => {
  it('keeps to its own cap, which can be changed, while others pass', async () => {
    await window.configure({ concurrency: 4 })
    const batch = window.api.submitBatch(
      ['1', '2', '3'].map(name => waiter(`batch${name}`)),
      { concurrency: 1 },
    )
    await until(() => started().length === 1, 20_000, 'the first of the batch')
    const other = window.api.submit(waiter('other'))
    await until(() => started().includes('other'), 20_000, 'a job that is not of the batch')
    expect(started().length).toBe(2)
    expect((await window.api.list({ batchId: batch.id, states: ['queued'] })).jobs.map(info => info.reason)).toEqual([
      'batch',
      'batch',
    ])
    batch.setConcurrency(3)
    await until(() => started().length === 4, 20_000, 'the whole batch')
    letGo()
    await done([...batch.jobs, other])
  })

  it('completes once, with results in the order of submission and counts, failures among them', async () => {
    const completed: BatchResult<string>[] = []
    const specs: JobSpec<string>[] = ['0.2', '0', 'oops'].map(time => ({
      command: ['sleep', time],
      name: time,
      stdout: () => time,
    }))
    const batch = window.api.submitBatch(specs, { onCompleted: result => void completed.push(result) })
    const result = await batch.completed
    expect(result.results.map(({ name, state: s }) => [name, s])).toEqual([
      ['0.2', 'succeeded'],
      ['0', 'succeeded'],
      ['oops', 'failed'],
    ])
    expect(result.counts).toEqual({ succeeded: 2, failed: 1, cancelled: 0, dependencyFailed: 0, lost: 0 })
    await until(() => completed.length === 1, 20_000, 'onCompleted')
    expect(completed[0]).toEqual(result)
  })

  it('that is empty completes too', async () => {
    let called = 0
    const batch = window.api.submitBatch([], { onCompleted: () => void called++ })
    expect(await batch.completed).toMatchObject({ round: 1, sealed: 'complete', results: [] })
    await until(() => called === 1, 20_000, 'onCompleted')
  })

  it('stays open until it is closed', async () => {
    const batch = window.api.openBatch<string>({ name: 'open' })
    const first = batch.add({ command: ['echo', '1'], stdout: 'text' })
    await first.result
    const second = batch.add({ command: ['echo', '2'], stdout: 'text' })
    batch.close()
    expect(() => batch.add({ command: ['true'] })).toThrow(/closed/)
    expect((await batch.completed).results.length).toBe(2)
    expect(second.info.batchId).toBe(batch.id)
  })

  it('takes an async iterable, and is cut by an error in it without cancelling anything', async () => {
    async function* specs(): AsyncGenerator<JobSpec> {
      yield { command: ['true'] }
      await new Promise(resolve => setTimeout(resolve, 10))
      yield { command: ['true'] }
      yield { command: [] }
    }
    const batch = window.api.submitBatch(specs())
    expect(await batch.completed).toMatchObject({ sealed: 'cut', counts: { succeeded: 2 } })
    expect(window.logged.join('\n')).toContain('A batch was cut after 2 jobs: Job: command must be an array')
  })

  it('stops after so many failures: what runs finishes, the rest is cancelled by the batch', async () => {
    await window.configure({ concurrency: 1 })
    const batch = window.api.submitBatch(
      Array.from({ length: 10 }, () => ({ command: ['false'] })),
      { stopAfterFailures: 3 },
    )
    const { counts, results } = await batch.completed
    expect(counts.failed).toBeGreaterThanOrEqual(3)
    expect(counts.failed + counts.cancelled).toBe(10)
    expect(results.at(-1)).toMatchObject({
      state: 'cancelled',
      endedBy: 'batch',
      cancelReason: '3 jobs of the batch have failed.',
    })
  })

  it('starts none of the jobs that come after so many failures; one that is run again starts', async () => {
    const batch = window.api.openBatch({ stopAfterFailures: 1 })
    const first = batch.add({ command: ['test', '-e', file('mended')] })
    await first.result
    const late = ['1', '2', '3'].map(() => batch.add({ command: ['true'] }))
    for (const job of late) expect(await job.result).toMatchObject({ state: 'cancelled', endedBy: 'batch' })
    writeFileSync(file('mended'), '')
    const [again] = await window.api.rerun({ ids: [first.id] })
    expect(await again?.result).toMatchObject({ state: 'succeeded' })
    batch.close()
    expect((await batch.completed).counts).toMatchObject({ succeeded: 1, cancelled: 3 })
  })

  it('keeps no results without `collect`, yet iterates over them', async () => {
    const batch = window.api.submitBatch([{ command: ['true'] }, { command: ['true'] }], { collect: false })
    let seen = 0
    for await (const result of batch) if (result.state === 'succeeded') seen++
    expect(seen).toBe(2)
    expect(await batch.completed).toMatchObject({ results: [], counts: { succeeded: 2 } })
  })

  it('maps, filters and reduces in order', async () => {
    const numbers = [3, 1, 2]
    const batch = window.api.submitBatch<number>(
      numbers.map(n => ({
        command: ['sh', '-c', `sleep 0.0${n}; echo ${n * n}`],
        stdout: bytes => Number(new TextDecoder().decode(bytes)),
      })),
    )
    const values = (await batch.completed).results.flatMap(result =>
      result.state === 'succeeded' ? [result.value] : [],
    )
    expect(values).toEqual([9, 1, 4])
  })
})

describe('a rerun', () => {
  it('takes the place of the old job, calls back, and completes the batch in a new round', async () => {
    const rounds: number[] = []
    const results: string[] = []
    const specs: JobSpec<string>[] = ['good', 'bad'].map(name => ({
      command: ['sh', '-c', 'test "$0" = good || test -e "$1"', name, file('mended')],
      name,
      stdout: () => name,
    }))
    const batch = window.api.submitBatch(specs, {
      onResult: result => void results.push(`${result.name} ${result.state}`),
      onCompleted: ({ round }) => void rounds.push(round),
    })
    const first = await batch.completed
    expect(first.counts).toMatchObject({ succeeded: 1, failed: 1 })
    writeFileSync(file('mended'), '')
    const failed = batch.jobs[1]
    const [again] = await window.api.rerun({ batchId: batch.id, states: ['failed'] })
    expect(await again?.result).toMatchObject({ state: 'succeeded', value: 'bad' })
    await until(() => rounds.length === 2, 20_000, 'the second round')
    expect(rounds).toEqual([1, 2])
    expect(results.sort()).toEqual(['bad failed', 'bad succeeded', 'good succeeded'])
    expect(await window.client.service.getBatch({ id: batch.id })).toMatchObject({ total: 2, counts: { succeeded: 2 } })
    const { jobs } = await window.api.list({ batchId: batch.id })
    expect(jobs.map(({ name, state: s, rerunOf }) => [name, s, rerunOf])).toEqual([
      ['bad', 'succeeded', failed?.id],
      ['good', 'succeeded', undefined],
    ])
    expect((await failed?.result)?.state).toBe('failed')
    expect(batch.jobs[1]).toBe(again)
  })

  it('of a job with a stdin function reads the bytes that it read before', async () => {
    let calls = 0
    const command = ['sh', '-c', 'cat; test -e "$0"', file('exists')]
    const job = window.api.submit({
      command,
      stdin: () => `call ${++calls}`,
      stdout: 'text',
      onResult: () => undefined,
    })
    expect((await job.result).state).toBe('failed')
    writeFileSync(file('exists'), '')
    const [again] = await window.api.rerun({ ids: [job.id] })
    expect(await again?.result).toMatchObject({ state: 'succeeded', value: 'call 1' })
  })
})
