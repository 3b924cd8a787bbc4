// Corners where a job once got lost, ran twice or reported something wrong: each test names what must not come back.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Job, JobSpec } from '../../../src/api'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

const file = (name: string) => join(state.folder, name)
const settle = (jobs: readonly Job<unknown>[]) => Promise.all(jobs.map(job => job.result))
const killService = () => process.kill(readRecord(statePaths(state.folder))?.pid as number, 'SIGKILL')

describe('a retried job', () => {
  it('gives the output of its last attempt alone, live output too', async () => {
    const script = 'test -e tried && echo ok && exit 0; touch tried; echo oops >&2; head -c 200000 /dev/zero; exit 1'
    const live: number[] = []
    const job = open().api.submit({
      command: ['sh', '-c', script],
      cwd: state.folder,
      retries: 1,
      stdout: 'text',
      onStdout: chunk => live.push(chunk.length),
    })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'ok\n', attempts: 2, stderr: '' })
    expect(live.at(-1)).toBe(3)
    expect(job.info.lastErrorLine).toBeUndefined()
    // that of the first attempt is a file of its own
    expect(readdirSync(statePaths(state.folder).spool)).toEqual([`${job.id}.1.out`])
  })

  it('in back-off leaves its place in a capped batch to others', async () => {
    const specs: JobSpec[] = [{ command: ['false'], retries: 8 }, { command: ['true'] }, { command: ['true'] }]
    const batch = open().api.submitBatch(specs, { concurrency: 1 })
    expect((await batch.jobs[1]?.result)?.state).toBe('succeeded')
    expect((await batch.jobs[2]?.result)?.state).toBe('succeeded')
    await batch.jobs[0]?.cancel()
    expect((await batch.completed).counts).toMatchObject({ succeeded: 2, cancelled: 1 })
  })
})

describe('a window', () => {
  it('that looks for the service twice at once receives the events of its jobs', async () => {
    const first = open()
    await first.client.connect({ start: true })
    const second = open()
    await Promise.all([second.client.connect({ start: false }), second.client.connect({ start: false })])
    const job = second.api.submit({ command: ['true'] })
    expect((await job.result).state).toBe('succeeded')
  })

  it('that asks for a job twice at once, or for the job of another window, gets its result', async () => {
    const [first, second] = [open({ name: 'a' }), open({ name: 'b' })]
    const job = first.api.submit({ command: ['sh', '-c', 'sleep 0.7; echo x'], stdout: 'text' })
    await job.accepted
    const found = await Promise.all([second.api.getJob(job.id), second.api.getJob(job.id)])
    for (const handle of found) expect(await handle?.result).toMatchObject({ state: 'succeeded', value: 'x\n' })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'x\n' })
  })

  it('keeps its stdin functions when a newer service takes over', async () => {
    const old = open({ version: '1.0.0' })
    await old.configure({ concurrency: 1 })
    const specs = Array.from({ length: 10 }, (_, i) => ({
      command: ['sh', '-c', 'cat; sleep 0.1'],
      stdin: () => `${i}`,
      stdout: 'text' as const,
    }))
    const jobs = specs.map(spec => old.api.submit(spec))
    await jobs[0]?.result
    await open({ version: '1.1.0' }).client.connect({ start: true })
    const results = await settle(jobs)
    expect(results.map(result => result.state === 'succeeded' && result.value)).toEqual(specs.map((_, i) => `${i}`))
  })

  it('may submit a thousand jobs of large environments: lists are cut by their size', async () => {
    const env = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`VARIABLE_${i}`, 'x'.repeat(20)]))
    const specs = Array.from({ length: 1000 }, () => ({ command: ['true'], env }))
    const window = open()
    const batch = window.api.submitBatch(specs, { collect: false })
    await Promise.all(batch.jobs.map(job => job.accepted))
    await batch.cancel()
    expect((await batch.completed).counts.failed).toBe(0)
  })

  it('takes up a thousand unsettled jobs of long commands again after a crash of the service', async () => {
    const window = open()
    await window.configure({ concurrency: 1, afterServiceCrash: 'pause' })
    const specs = Array.from({ length: 1000 }, () => ({ command: ['sh', '-c', `sleep 300 # ${'x'.repeat(5000)}`] }))
    const batch = window.api.submitBatch(specs)
    await Promise.all(batch.jobs.map(job => job.accepted))
    killService()
    expect((await batch.jobs[0]?.result)?.state).toBe('lost')
    await batch.cancel()
    expect((await batch.completed).counts).toMatchObject({ lost: 1, cancelled: 999 })
  })
})

describe('a stdout function', () => {
  it('is called once, also when it returns nothing', async () => {
    let calls = 0
    const job = open().api.submit<void>({ command: ['echo', 'x'], stdout: () => void calls++ })
    expect((await job.result).state).toBe('succeeded')
    expect(calls).toBe(1)
  })
})

describe('a secret of a job', () => {
  const spec: JobSpec<string> = { command: ['sh', '-c', 'echo $API_KEY'], env: { API_KEY: 'abc' }, stdout: 'text' }

  it('is there when it runs again', async () => {
    const { api } = open()
    const job = api.submit(spec)
    await job.result
    const [again] = await api.rerun({ ids: [job.id] })
    expect(await again?.result).toMatchObject({ state: 'succeeded', value: 'abc\n' })
  })

  it('comes again from its window when the service has died', async () => {
    const window = open()
    await window.configure({ concurrency: 1, afterServiceCrash: 'continue' })
    const blocker = window.api.submit({ command: ['sleep', '300'] })
    const job = window.api.submit(spec)
    await job.accepted
    await until(() => blocker.info.state === 'running', 20_000, 'the job before it')
    killService()
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'abc\n' })
  })
})

describe('a rerun of several jobs', () => {
  it('is one round, however few run at once, and its files go with it', async () => {
    const window = open()
    await window.configure({ concurrency: 1 })
    const rounds: number[] = []
    const command = ['sh', '-c', 'head -c 100000 /dev/zero; test -e "$0"', file('mended')]
    const specs = Array.from({ length: 3 }, () => ({ command, onResult: () => undefined }))
    const batch = window.api.submitBatch(specs, { onCompleted: ({ round }) => void rounds.push(round) })
    await batch.completed
    writeFileSync(file('mended'), '')
    await settle(await window.api.rerun({ batchId: batch.id }))
    await until(() => rounds.length >= 2, 20_000, 'the second round')
    expect(rounds).toEqual([1, 2])
    await window.client.service.clear({ filter: { all: true }, unsaved: 'delete' })
    expect(readdirSync(statePaths(state.folder).spool)).toEqual([])
  })
})

describe('a filter', () => {
  it('that names a job twice means it once', async () => {
    const window = open()
    await window.configure({ concurrency: 1 })
    const blocker = window.api.submit({ command: ['sleep', '300'] })
    const job = window.api.submit({ command: ['touch', file('ran')] })
    await job.accepted
    expect(await window.api.cancel({ ids: [job.id, job.id] })).toBe(1)
    await job.result
    await until(() => window.client.summary?.counts.cancelled === 1, 20_000, 'the counts')
    expect(window.client.summary?.counts.queued).toBe(0)
    await blocker.cancel()
    expect(existsSync(file('ran'))).toBe(false)
  })
})

it.runIf(process.platform === 'linux')('a machine without a folder for pipes runs jobs all the same', async () => {
  const { TMPDIR } = process.env
  process.env.TMPDIR = file('nowhere') // the service that is started now has it
  try {
    const job = open().api.submit({
      command: ['sh', '-c', 'cat; readlink /proc/$$/fd/1 | cut -c 1-6'],
      stdin: 'in\n',
      stdout: 'text',
    })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'in\nsocket\n', stderr: '' })
  } finally {
    process.env.TMPDIR = TMPDIR
    if (TMPDIR === undefined) delete process.env.TMPDIR
  }
})
