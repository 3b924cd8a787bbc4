// Results for named handlers: they outlive the window that submitted the job, and the service.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BatchResult, JobResult } from '../../../src/api'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 30_000
const OWNER = 'test.window'
const ID = `${OWNER}/take`
const handler = (context?: unknown) => ({ resultHandler: { id: ID, ...(context !== undefined && { context }) } })

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

beforeAll(() => {
  process.env.HEADLESS_JOBS_DELIVERY_PAUSE_MS = '50'
})
afterAll(() => {
  delete process.env.HEADLESS_JOBS_DELIVERY_PAUSE_MS
})

/** What a handler has been given, in order. */
function taking(window: TestWindow, id = ID) {
  const taken: { result: JobResult<unknown>; context: unknown }[] = []
  const registered = window.api.registerResultHandler(id, (result: JobResult<unknown>, context) => {
    taken.push({ result, context })
  })
  const values = () => taken.map(({ result }) => (result.state === 'succeeded' ? result.value : result.state))
  return { taken, values, dispose: () => registered.dispose() }
}

async function deliveryOf(window: TestWindow, id: string) {
  const { jobs } = await window.client.service.list({ filter: { ids: [id] } })
  return jobs[0]?.delivery
}

const isDelivered = (window: TestWindow, id: string) =>
  until(async () => (await deliveryOf(window, id)) === 'delivered', LIMIT_MS, 'a result that is delivered')

/** Submits a job in a window of its own, which is closed when the job is on disk and waits for `file`. */
async function submitAndLeave(spec: { name?: string; context?: unknown; workspace?: string } = {}): Promise<string> {
  const { name = 'a', context, workspace = '/ws' } = spec
  const window = open({ workspace })
  const job = window.api.submit({
    command: ['sh', '-c', `while [ ! -e go ]; do sleep 0.05; done; echo ${name}`],
    stdout: 'text',
    ...handler(context),
  })
  await job.accepted
  window.client.dispose()
  return job.id
}

const go = () => writeFileSync(join(state.folder, 'go'), '')
const servicePid = () => readRecord(statePaths(state.folder))?.pid as number

test('the value is what stdout says, and the context is what was given', async () => {
  const window = open()
  const { taken } = taking(window)
  const file = join(state.folder, 'out')
  const jobs = [
    window.api.submit({ command: ['echo', 'a'], stdout: 'text', ...handler({ n: [1] }) }),
    window.api.submit({ command: ['echo', '{"b":1}'], stdout: 'json', ...handler() }),
    window.api.submit({ command: ['echo', 'c'], ...handler(null) }),
    window.api.submit({ command: ['echo', 'd'], stdout: { file }, ...handler() }),
    window.api.submit({ command: ['echo', 'no json'], stdout: 'json', ...handler() }),
    window.api.submit({ command: ['false'], ...handler() }),
  ]
  await until(() => taken.length === jobs.length, LIMIT_MS, 'all results')
  const of = (id: string) => taken.find(({ result }) => result.id === id) // a value that is parsed takes longer
  expect(jobs.map(({ id }) => of(id)?.context)).toEqual([{ n: [1] }, undefined, null, undefined, undefined, undefined])
  expect(jobs.map(({ id }) => of(id)?.result)).toMatchObject([
    { value: 'a\n' },
    { value: { b: 1 } },
    { value: new Uint8Array([99, 10]) },
    { value: file },
    { state: 'failed', error: { kind: 'parse' } },
    { state: 'failed', exitCode: 1 },
  ])
  for (const { id } of jobs) await isDelivered(window, id)
})

test('values of workers keep their arrays', async () => {
  const id = await (async () => {
    const window = open()
    const command = ['python3', '-c', 'import headless_jobs as h\nh.serve(lambda x: {"twice": x})']
    const job = window.api.submit({
      command,
      protocol: 'frames',
      stdin: { value: new Float32Array([1, 2]) },
      ...handler(),
    })
    await job.result
    window.client.dispose()
    return job.id
  })()
  const window = open()
  const { taken } = taking(window)
  await until(() => taken.length === 1, LIMIT_MS, 'the result')
  expect(taken[0]?.result).toMatchObject({ id, state: 'succeeded', value: { twice: expect.any(Float32Array) } })
})

test('a later window gets the results, once each and in the order in which they came to be', async () => {
  const first = open()
  await first.configure({ concurrency: 1 })
  const ids: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) ids.push(await submitAndLeave({ name, context: name }))
  first.client.dispose()
  go()
  const later = open({ name: 'later' })
  const { taken, values } = taking(later)
  await until(() => taken.length === 4, LIMIT_MS, 'four results')
  for (const id of ids) await isDelivered(later, id)
  expect(values()).toEqual(['a\n', 'b\n', 'c\n', 'd\n'])
  expect(taken.map(({ context }) => context)).toEqual(['a', 'b', 'c', 'd'])
  later.client.dispose()
  const last = open({ name: 'last' })
  const again = taking(last)
  const job = last.api.submit({ command: ['echo', 'e'], stdout: 'text', ...handler() })
  await isDelivered(last, job.id)
  expect(again.values()).toEqual(['e\n'])
})

test('a handler that throws gets it again, and after five tries the result is kept; the others go on', async () => {
  const window = open()
  await window.configure({ concurrency: 1 })
  const seen: string[] = []
  window.api.registerResultHandler(ID, async (result: JobResult<unknown>) => {
    const value = result.state === 'succeeded' ? String(result.value).trim() : result.state
    seen.push(value)
    if (value === 'bad') throw new Error('not today')
    if (value === 'slow' && seen.filter(name => name === value).length < 3) return Promise.reject(new Error('later'))
  })
  const submit = (name: string) => window.api.submit({ command: ['echo', name], stdout: 'text', ...handler() })
  const jobs = [submit('bad'), submit('slow'), submit('good')]
  await isDelivered(window, (jobs[2] as { id: string }).id)
  expect(seen).toEqual([...Array(5).fill('bad'), ...Array(3).fill('slow'), 'good'])
  const { jobs: infos } = await window.client.service.list({ filter: { ids: jobs.map(job => job.id) } })
  expect(infos[0]).toMatchObject({ resultHandler: ID, delivery: 'undelivered', deliveryError: 'not today' })
  await until(() => window.client.summary?.undelivered === 1, LIMIT_MS, 'a summary with one')
  expect(await window.client.service.deliverAgain({ ids: [(jobs[0] as { id: string }).id] })).toEqual({ results: 1 })
  await until(() => seen.filter(name => name === 'bad').length === 10, LIMIT_MS, 'five more tries')
})

test('a handler that is gone with its window is called again in another one', async () => {
  const id = await submitAndLeave()
  const hanging = open({ name: 'hanging' })
  const called = Promise.withResolvers<void>()
  hanging.api.registerResultHandler(ID, () => {
    called.resolve()
    return new Promise<void>(() => undefined)
  })
  await hanging.client.connect({ start: true })
  const other = open({ name: 'other', workspace: '/elsewhere' })
  const { values } = taking(other)
  await other.client.connect({ start: true })
  go()
  await called.promise
  expect(values()).toEqual([]) // one window at a time, one of the same workspace first
  expect(await deliveryOf(other, id)).toBe('waiting')
  hanging.client.dispose()
  await isDelivered(other, id)
  expect(values()).toEqual(['a\n'])
})

test('a handler that is disposed of leaves the others to the next one', async () => {
  const window = open()
  await window.configure({ concurrency: 1 })
  const first = taking(window)
  const a = window.api.submit({ command: ['echo', 'a'], stdout: 'text', ...handler() })
  await isDelivered(window, a.id)
  first.dispose()
  const b = window.api.submit({ command: ['echo', 'b'], stdout: 'text', ...handler() })
  await b.result
  expect(await deliveryOf(window, b.id)).toBe('waiting')
  const second = taking(window)
  await isDelivered(window, b.id)
  expect([first.values(), second.values()]).toEqual([['a\n'], ['b\n']])
})

test('an extension that is not active yet is activated in a window that has it', async () => {
  const taken: unknown[] = []
  const id = await submitAndLeave()
  go()
  const without = open({ name: 'without' })
  await without.client.connect({ start: true })
  const having = open({
    name: 'having',
    workspace: '/elsewhere',
    extensions: {
      [OWNER]: api => api(OWNER).registerResultHandler(ID, (result: JobResult<unknown>) => void taken.push(result.id)),
    },
  })
  await having.client.connect({ start: true })
  await until(() => taken.length > 0, LIMIT_MS, 'the result')
  await isDelivered(having, id)
  expect(taken).toEqual([id])
})

test('a service that is killed loses no result, and delivers none again whose handler had returned', async () => {
  const window = open()
  const { taken } = taking(window)
  const first = window.api.submit({ command: ['echo', 'a'], stdout: 'text', ...handler() })
  await isDelivered(window, first.id)
  window.client.dispose()
  const second = await submitAndLeave()
  go()
  const watching = open({ name: 'watching' })
  await until(async () => (await deliveryOf(watching, second)) === 'waiting', LIMIT_MS, 'a result that waits')
  await watching.client.service.delivered({ answers: [] }) // which is answered when all is on disk
  watching.client.dispose()
  const pid = servicePid()
  process.kill(pid, 'SIGKILL')
  await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
  const later = open({ name: 'later' })
  const { values } = taking(later) // that alone connects, and has the service started again
  await isDelivered(later, second)
  expect(values()).toEqual(['a\n'])
  expect(taken.map(({ result }) => result.id)).toEqual([first.id])
})

test('a service that has ended in good order is started by a window for whose extension results wait', async () => {
  const id = await submitAndLeave()
  go()
  const watching = open({ name: 'watching' })
  await until(async () => (await deliveryOf(watching, id)) === 'waiting', LIMIT_MS, 'a result that waits')
  watching.client.dispose()
  const pid = servicePid()
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
  const without = open({ name: 'without' })
  expect(await without.client.connect({ start: false })).toBe(false)
  const taken: string[] = []
  const having = open({
    name: 'having',
    extensions: {
      [OWNER]: api => api(OWNER).registerResultHandler(ID, (result: JobResult<unknown>) => void taken.push(result.id)),
    },
  })
  expect(await having.client.connect({ start: false })).toBe(true)
  await isDelivered(having, id)
  expect(taken).toEqual([id])
})

test('a batch has a result of its own, in each round', async () => {
  const first = open()
  const specs = ['echo 1', 'exit 3', 'echo 3'].map(line => ({
    command: ['sh', '-c', `[ -e mended ] && echo ok || { ${line}; }`],
    stdout: 'text' as const,
  }))
  const resultHandler = { id: ID, context: 'all of it' }
  const batch = first.api.submitBatch(specs, { resultHandler })
  await batch.completed
  first.client.dispose()
  const later = open({ name: 'later' })
  const taken: { result: BatchResult<unknown>; context: unknown }[] = []
  later.api.registerResultHandler(ID, (result: BatchResult<unknown>, context) => void taken.push({ result, context }))
  await until(() => taken.length === 1, LIMIT_MS, 'the result of the batch')
  expect(taken[0]).toMatchObject({
    context: 'all of it',
    result: {
      round: 1,
      sealed: 'complete',
      counts: { succeeded: 2, failed: 1, cancelled: 0, lost: 0, dependencyFailed: 0 },
      results: [{ value: '1\n' }, { state: 'failed', exitCode: 3 }, { value: '3\n' }],
    },
  })
  writeFileSync(join(state.folder, 'mended'), '')
  await later.api.rerun({ batchId: batch.id, states: ['failed'] })
  await until(() => taken.length === 2, LIMIT_MS, 'the result of the second round')
  expect(taken[1]?.result).toMatchObject({ round: 2, counts: { succeeded: 3, failed: 0 } })
  expect(taken[1]?.result.results.map(result => result.state === 'succeeded' && result.value)).toEqual([
    '1\n',
    'ok\n',
    '3\n',
  ])
  await until(
    async () => (await later.client.service.getBatch({ id: batch.id }))?.delivery === 'delivered',
    LIMIT_MS,
    'a batch whose result is delivered',
  )
})

test('a batch says who has not taken its result, and why', async () => {
  const window = open()
  window.api.registerResultHandler(ID, () => Promise.reject(new Error('not today')))
  const batch = window.api.submitBatch([{ command: ['true'] }], handler())
  const refused = async () => {
    const info = await window.client.service.getBatch({ id: batch.id })
    return info?.delivery === 'undelivered' ? info : undefined
  }
  const info = await until(refused, LIMIT_MS, 'a result that is given up')
  expect(info).toMatchObject({ resultHandler: ID, deliveryError: 'not today' })
  expect(await window.client.service.deliverAgain({ ids: [batch.id] })).toEqual({ results: 1 })
})

test('results that are not collected are not delivered with their batch', async () => {
  const window = open()
  const taken: BatchResult<unknown>[] = []
  window.api.registerResultHandler(ID, (result: BatchResult<unknown>) => void taken.push(result))
  window.api.submitBatch([{ command: ['true'] }], { collect: false, ...handler() })
  await until(() => taken.length === 1, LIMIT_MS, 'the result')
  expect(taken[0]).toMatchObject({ results: [], counts: { succeeded: 1 } })
})

test('what waits for its handler is not trimmed, and a clear asks first', async () => {
  const window = open()
  await window.configure({ historyDays: 0 })
  const waiting = window.api.submit({ command: ['echo', 'a'], stdout: 'text', ...handler() })
  const plain = window.api.submit({ command: ['echo', 'b'], stdout: 'text' })
  await Promise.all([waiting.result, plain.result])
  window.client.dispose()
  const pid = servicePid()
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
  const later = open({ name: 'later' }) // a service trims at its start
  const ids = async () => (await later.client.service.list({ filter: {} })).jobs.map(job => job.id)
  await until(async () => (await ids()).length === 1, LIMIT_MS, 'a history that is trimmed')
  expect(await ids()).toEqual([waiting.id])
  const filter = { all: true as const }
  expect(await later.client.service.clear({ filter, unsaved: 'keep' })).toEqual({ cleared: 0, unsaved: 1 })
  expect(await later.client.service.clear({ filter, unsaved: 'delete' })).toEqual({ cleared: 1, unsaved: 0 })
  const { values } = taking(later)
  const last = later.api.submit({ command: ['echo', 'c'], stdout: 'text', ...handler() })
  await isDelivered(later, last.id)
  expect(values()).toEqual(['c\n'])
})

test('a result that is cleared while its handler runs does not hold up the others', async () => {
  const window = open()
  await window.configure({ concurrency: 1 })
  const called = Promise.withResolvers<void>()
  const cleared = Promise.withResolvers<void>()
  const taken: string[] = []
  window.api.registerResultHandler(ID, async (result: JobResult<unknown>) => {
    taken.push(result.id)
    called.resolve()
    await cleared.promise
  })
  const first = window.api.submit({ command: ['true'], ...handler() })
  await called.promise
  expect(await window.client.service.clear({ filter: { ids: [first.id] }, unsaved: 'delete' })).toMatchObject({
    cleared: 1,
  })
  cleared.resolve()
  const second = window.api.submit({ command: ['true'], ...handler() })
  await isDelivered(window, second.id)
  expect(taken).toEqual([first.id, second.id])
})

test('wrong handlers are refused with a sentence', () => {
  const { api } = open()
  const command = ['true']
  const spec = (resultHandler: unknown, more = {}) => ({ command, resultHandler, ...more }) as { command: string[] }
  const round: Record<string, unknown> = {}
  round.self = round
  expect(() => api.submit(spec('a.b/c'))).toThrow('Job: resultHandler must be { id, context }.')
  expect(() => api.submit(spec({ id: 'c' }))).toThrow(/'publisher\.extension\/name', not "c"/)
  expect(() => api.submit(spec({ id: ID, context: () => 1 }))).toThrow('must have a context that is JSON')
  expect(() => api.submit(spec({ id: ID, context: round }))).toThrow('must have a context that is JSON')
  expect(() => api.submit(spec({ id: ID }, { stdout: () => 1 }))).toThrow(/stdout cannot be a function/)
  expect(() => api.submitBatch([{ command, stdout: () => 1 }], handler())).toThrow(/^Job 0 of the batch: stdout cannot/)
  expect(() => api.openBatch(handler()).add({ command, stdout: () => 1 })).toThrow(/stdout cannot be a function/)
  expect(() => api.registerResultHandler('other.one/take', () => undefined)).toThrow(/must begin with 'test\.window\/'/)
  expect(() => api.registerResultHandler('take', () => undefined)).toThrow(TypeError)
  const registered = api.registerResultHandler(ID, () => undefined)
  expect(() => api.registerResultHandler(ID, () => undefined)).toThrow(/is registered already/)
  registered.dispose()
  expect(() => api.registerResultHandler(ID, () => undefined).dispose()).not.toThrow()
})
