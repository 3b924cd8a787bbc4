// Stdin from named handlers: their jobs can be started when the window that submitted them has gone, and after the service has.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { JobSpec } from '../../../src/api'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 60_000
const OWNER = 'test.window'
const ID = `${OWNER}/make`

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const named = (context?: unknown) => ({ handler: ID, ...(context !== undefined && { context }) })
/** A job whose value is what it reads. */
const cat = (context?: unknown) => ({ command: ['cat'], stdin: named(context), stdout: 'text' as const })

/** A handler that gives jobs their context as text. */
function making(window: TestWindow, id = ID) {
  const contexts: unknown[] = []
  const registered = window.api.registerInputHandler(id, context => {
    contexts.push(context)
    return String(context)
  })
  return { contexts, dispose: () => registered.dispose() }
}

/** A handler that is called and has not returned. */
function hanging(window: TestWindow) {
  const called = Promise.withResolvers<unknown>()
  const made = Promise.withResolvers<string>()
  const handler = {
    calls: 0,
    called: called.promise,
    return: made.resolve,
    throw: made.reject,
    dispose: () => registered.dispose(),
  }
  const registered = window.api.registerInputHandler(ID, context => {
    handler.calls++
    called.resolve(context)
    return made.promise
  })
  return handler
}

async function connected(options: WindowOptions): Promise<TestWindow> {
  const window = open(options)
  await window.client.connect({ start: true })
  return window
}

/** Resolves when the service knows the present handlers of a window: they are sent in the next turn. */
async function offered(window: TestWindow): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
  await window.client.service.status(null)
}

async function infoOf(window: TestWindow, id: string) {
  const { jobs } = await window.client.service.list({ filter: { ids: [id] } })
  return jobs[0]
}

const waits = (window: TestWindow, id: string) =>
  until(async () => (await infoOf(window, id))?.reason === 'handler', LIMIT_MS, 'a job that waits for its handler')

const hasEnded = (window: TestWindow, id: string, as = 'succeeded') =>
  until(async () => (await infoOf(window, id))?.state === as, LIMIT_MS, `a job that has ${as}`)

async function stdoutOf(window: TestWindow, id: string): Promise<string> {
  const slice = await window.client.service.output({ id, stream: 'stdout', offset: 0, length: 1000 })
  return Buffer.from(slice.base64, 'base64').toString()
}

/** Submits a job in a window of its own, which is closed when the job is on disk. */
async function submitAndLeave(context: unknown = 'a', workspace = '/ws'): Promise<string> {
  const window = open({ workspace, name: 'first' })
  const job = window.api.submit(cat(context))
  await job.accepted
  window.client.dispose()
  return job.id
}

async function endService(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const pid = readRecord(statePaths(state.folder))?.pid as number
  process.kill(pid, signal)
  await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
}

test('a handler makes what a stdin function makes: text, bytes of any size, JSON, a file', async () => {
  const window = open()
  const large = 'x'.repeat(300_000)
  const inputs = ['text', Buffer.from('bytes'), large, Buffer.from(large), { json: { n: [1] } }, { file: 'given' }]
  await window.api.submit({ command: ['sh', '-c', 'echo file > given'] }).result
  window.api.registerInputHandler(ID, async context => inputs[context as number] as string)
  const jobs = inputs.map((_, i) => window.api.submit({ ...cat(i), priority: -1 }))
  const results = await Promise.all(jobs.map(job => job.result))
  const texts = ['text', 'bytes', large, large, '{"n":[1]}', 'file\n']
  expect(results.map(result => result.state === 'succeeded' && result.value)).toEqual(texts)
})

test('a worker is given the value that a handler makes, with its arrays', async () => {
  const submitting = open()
  const command = ['python3', '-c', 'import headless_jobs as h\nh.serve(lambda x: {"twice": x["a"]})']
  const lines = submitting.api.submit({
    command: ['python3', '-c', 'import headless_jobs as h\nh.serve(lambda x: x)'],
    protocol: 'lines',
    stdin: named([1, 2]),
  } as JobSpec<unknown>)
  const frames = [3, 100_000].map(n =>
    submitting.api.submit({ command, protocol: 'frames', stdin: named(n), keepAlive: true } as JobSpec<unknown>),
  )
  await waits(submitting, lines.id)
  const other = open({ name: 'other' })
  other.api.registerInputHandler(ID, context =>
    typeof context === 'number' ? { value: { a: new Float32Array(context).fill(7) } } : { value: context },
  )
  expect(await lines.result).toMatchObject({ state: 'succeeded', value: [1, 2] })
  for (const [i, n] of [3, 100_000].entries()) {
    const result = await (frames[i] as (typeof frames)[number]).result
    const value = result.state === 'succeeded' ? (result.value as { twice: Float32Array }) : undefined
    expect([value?.twice.length, value?.twice[n - 1]]).toEqual([n, 7])
  }
})

test('a job waits for its handler when its window has gone, and a later window starts it', async () => {
  const id = await submitAndLeave({ n: [1] })
  const later = open({ name: 'later', workspace: '/elsewhere' })
  await waits(later, id)
  const { contexts } = making(later)
  await hasEnded(later, id)
  expect(contexts).toEqual([{ n: [1] }])
  expect(await stdoutOf(later, id)).toBe('[object Object]')
})

test('a window that makes the input of another one does not get its job', async () => {
  const submitting = open({ name: 'submitting' })
  const values: string[] = []
  const job = submitting.api.submit({
    command: ['cat'],
    stdin: named('a'),
    stdout: bytes => {
      values.push(String(Buffer.from(bytes)))
      return 'made here'
    },
  })
  await waits(submitting, job.id)
  const other = open({ name: 'other' })
  const changed: string[] = []
  other.api.onDidChangeJobs(jobs => void changed.push(...jobs.map(({ id }) => id)))
  const { contexts } = making(other)
  expect(await job.result).toMatchObject({ state: 'succeeded', value: 'made here' })
  expect([contexts, values, changed]).toEqual([['a'], ['a'], []])
})

test('the window that submitted a job is asked first, then one of its workspace', async () => {
  const submitting = await connected({ name: 'submitting' })
  const stranger = await connected({ name: 'stranger', workspace: '/elsewhere' })
  const neighbour = await connected({ name: 'neighbour' })
  const [far, near, own] = [stranger, neighbour, submitting].map(window => making(window))
  for (const window of [stranger, neighbour]) await offered(window)
  const first = submitting.api.submit(cat(1))
  expect(await first.result).toMatchObject({ value: '1' })
  own?.dispose()
  await offered(submitting)
  const second = submitting.api.submit(cat(2))
  expect(await second.result).toMatchObject({ value: '2' })
  expect([far, near, own].map(handler => handler?.contexts)).toEqual([[], [2], [1]])
})

test('an extension that is not active yet is activated in a window that has it, also for jobs that come later', async () => {
  const id = await submitAndLeave()
  const without = await connected({ name: 'without' })
  let activations = 0
  const extensions: WindowOptions['extensions'] = {
    [OWNER]: api => {
      activations++
      api(OWNER).registerInputHandler(ID, String)
    },
  }
  const having = await connected({ name: 'having', workspace: '/elsewhere', extensions })
  await hasEnded(without, id)
  having.client.dispose()
  await connected({ name: 'again', extensions })
  const job = without.api.submit(cat('b'))
  expect(await job.result).toMatchObject({ value: 'b' })
  expect(activations).toBe(2)
})

test('a window that goes while its handler runs leaves the job to another one', async () => {
  const first = await connected({ name: 'first' })
  const stuck = hanging(first)
  const id = await submitAndLeave('a')
  expect(await stuck.called).toBe('a')
  const watching = open({ name: 'watching' })
  expect(await infoOf(watching, id)).not.toHaveProperty('reason', 'handler')
  first.client.dispose()
  await waits(watching, id)
  stuck.return('too late')
  making(watching)
  await hasEnded(watching, id)
  expect(await stdoutOf(watching, id)).toBe('a')
})

test('a handler that is disposed of leaves its jobs to another one, also while it runs', async () => {
  const window = open()
  await window.configure({ concurrency: 1 })
  const first = making(window)
  const before = window.api.submit(cat('before'))
  expect(await before.result).toMatchObject({ value: 'before' })
  first.dispose()
  const stuck = hanging(window)
  const job = window.api.submit(cat('a'))
  await stuck.called
  stuck.dispose()
  await waits(window, job.id)
  making(window)
  expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a' })
  stuck.throw(new Error('it was disposed of'))
  expect(await window.api.submit(cat('b')).result).toMatchObject({ value: 'b' })
  expect(first.contexts).toEqual(['before'])
})

test('a handler that takes the place of one that runs is called for its job', async () => {
  const window = open()
  const stuck = hanging(window)
  const job = window.api.submit(cat('a'))
  await stuck.called
  stuck.dispose()
  const { contexts } = making(window)
  stuck.return('too late')
  expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a' })
  expect(contexts).toEqual(['a'])
})

test('a handler that throws, or makes no input, fails its job, and no process is started', async () => {
  const window = open()
  window.api.registerInputHandler(ID, context => {
    if (context === 'throw') throw new Error('not today')
    return (context === 'reject' ? Promise.reject(new Error('never')) : context) as string
  })
  const fails = async (context: unknown, more: object = {}) => {
    const result = await window.api.submit({ ...cat(context), ...more } as JobSpec<unknown>).result
    expect(result).toMatchObject({ state: 'failed', error: { kind: 'prepareInput' }, durationMs: 0 })
    return result.state === 'failed' && result.error?.message
  }
  expect(await fails('throw')).toBe(`The input handler ${ID} threw: not today`)
  expect(await fails('reject')).toBe(`The input handler ${ID} threw: never`)
  expect(await fails(7)).toContain(`What the input handler ${ID} returned cannot be sent: what it returned must be a`)
  expect(await fails({ handler: ID })).toContain('must not be a handler again')
  expect(await fails({ value: 1 })).toContain('{ value } only with a protocol')
  expect(await fails('text', { protocol: 'lines', stdout: undefined })).toContain('must be { value }')
})

test('a service that is killed while jobs wait for a handler loses none of them', async () => {
  const first = open()
  await first.configure({ concurrency: 1, afterServiceCrash: 'continue' })
  const ids = [await submitAndLeave('a'), await submitAndLeave('b')]
  const stuck = hanging(first)
  expect(await stuck.called).toBe('a')
  first.client.dispose()
  await endService('SIGKILL')
  const later = open({ name: 'later' })
  await later.client.connect({ start: true })
  for (const id of ids) await waits(later, id)
  const { contexts } = making(later)
  for (const id of ids) await hasEnded(later, id)
  expect(contexts).toEqual(['a', 'b'])
})

test('a window whose service is killed while its handler runs is asked again, and does not call it again', async () => {
  const window = open()
  await window.configure({ afterServiceCrash: 'continue' })
  const stuck = hanging(window)
  const job = window.api.submit(cat('a'))
  await stuck.called
  await endService('SIGKILL')
  const isRequested = async () => window.client.isConnected && (await infoOf(window, job.id))?.reason === 'slot'
  await until(isRequested, LIMIT_MS, 'a job that does not wait for its handler')
  await window.client.service.status(null) // behind the request, in the same pipe
  stuck.return('b')
  expect(await job.result).toMatchObject({ state: 'succeeded', value: 'b' })
  expect(stuck.calls).toBe(1)
})

test('a window that has gone takes its functions with it, and not the handlers of other windows', async () => {
  const other = open({ name: 'other' })
  const stuck = hanging(other)
  const first = open({ name: 'first' })
  const ofFunction = first.api.submit({ command: ['cat'], stdin: () => new Promise<string>(() => undefined) })
  const ofHandler = first.api.submit(cat())
  await Promise.all([ofFunction.accepted, ofHandler.accepted, stuck.called])
  await first.client.service.sync({ ids: [ofHandler.id] }) // asks nothing of the window whose job it is
  first.client.dispose()
  await hasEnded(other, ofFunction.id, 'failed')
  stuck.return('a')
  await hasEnded(other, ofHandler.id)
})

test('a service that has ended in good order is started by a window for whose extension jobs wait', async () => {
  const id = await submitAndLeave()
  const watching = open({ name: 'watching' })
  await waits(watching, id)
  watching.client.dispose()
  await endService('SIGTERM')
  const without = open({ name: 'without' })
  expect(await without.client.connect({ start: false })).toBe(false)
  const having = open({
    name: 'having',
    extensions: { [OWNER]: api => api(OWNER).registerInputHandler(ID, String) },
  })
  expect(await having.client.connect({ start: false })).toBe(true)
  await hasEnded(having, id)
})

test('a rerun reads what the handler has made; one that had no input calls it again', async () => {
  const window = open()
  const contexts: unknown[] = []
  window.api.registerInputHandler(ID, context => {
    contexts.push(context)
    if (context === 'bad' && contexts.length === 1) throw new Error('not today')
    return `${context} ${contexts.length}`
  })
  const rerun = async (id: string) => (await window.api.rerun({ ids: [id] }))[0]
  const bad = window.api.submit(cat('bad'))
  expect(await bad.result).toMatchObject({ state: 'failed' })
  const mended = await rerun(bad.id)
  expect(await mended?.result).toMatchObject({ value: 'bad 2' })
  const again = await rerun(mended?.id as string)
  expect(await again?.result).toMatchObject({ value: 'bad 2' })
  expect(contexts).toEqual(['bad', 'bad'])
})

test('many jobs that wait hold up neither other jobs nor the service, and start in order', async () => {
  const window = open()
  await window.configure({ concurrency: 1 })
  const batch = window.api.submitBatch(Array.from({ length: 2000 }, (_, i) => cat(i)))
  const last = batch.jobs[1999] as (typeof batch.jobs)[number]
  await last.accepted
  await waits(window, last.id)
  expect(await window.api.submit({ command: ['echo', 'a'], stdout: 'text' }).result).toMatchObject({ value: 'a\n' })
  const { contexts } = making(window)
  const values = await Promise.all(batch.jobs.slice(0, 5).map(job => job.result))
  expect(values.map(result => result.state === 'succeeded' && result.value)).toEqual(['0', '1', '2', '3', '4'])
  expect(contexts).toEqual(Array.from(contexts.keys()))
  expect(contexts.length).toBeLessThan(2000) // they are made when their turn is near
  await batch.cancel()
})

test('a job that is cancelled while its handler runs leaves nothing', async () => {
  const window = open()
  await window.configure({ concurrency: 1 })
  const stuck = hanging(window)
  const job = window.api.submit(cat('a'))
  await stuck.called
  await job.cancel()
  stuck.return('x'.repeat(300_000))
  stuck.dispose()
  making(window)
  expect(await window.api.submit(cat('b')).result).toMatchObject({ value: 'b' })
  const spool = () => readdirSync(join(state.folder, 'spool')).filter(name => name.startsWith(job.id))
  await until(() => spool().length === 0, LIMIT_MS, 'a spool folder without its input')
})

test('wrong specs and handlers are refused with a sentence', () => {
  const { api } = open()
  const spec = (stdin: unknown) => ({ command: ['cat'], stdin }) as { command: string[] }
  const round: Record<string, unknown> = {}
  round.self = round
  expect(() => api.submit(spec({ handler: 'c' }))).toThrow(
    `Job: stdin must have the id of a handler, 'publisher.extension/name', not "c".`,
  )
  expect(() => api.submit(spec({ handler: ID, context: () => 1 }))).toThrow('stdin must have a context that is JSON')
  expect(() => api.submit(spec({ handler: ID, context: round }))).toThrow('stdin must have a context that is JSON')
  expect(() => api.submit(spec({ id: ID }))).toThrow(/stdin must be a string.*\{ handler \} or a function/)
  expect(() => api.submitBatch([spec({ handler: 5 })])).toThrow(/^Job 0 of the batch: stdin must have the id/)
  expect(() => api.registerInputHandler('other.one/make', String)).toThrow(/must begin with 'test\.window\/'/)
  expect(() => api.registerInputHandler('make', String)).toThrow(TypeError)
  expect(() => api.registerInputHandler(ID, 'no function' as never)).toThrow(
    'registerInputHandler: the handler must be',
  )
  const registered = api.registerInputHandler(ID, String)
  expect(() => api.registerInputHandler(ID, String)).toThrow(/^registerInputHandler: .* is registered already/)
  expect(() => api.registerResultHandler(ID, () => undefined).dispose()).not.toThrow() // a kind of its own
  registered.dispose()
  expect(() => api.registerInputHandler(ID, String).dispose()).not.toThrow()
})
