// Workers that a window holds for its requests: each request ends, whatever happens; what the worker sends by itself
// arrives in order; a slot is held only while something is under way.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Progress, RequestOptions, Worker, WorkerError, WorkerExit, WorkerSpec } from '../../../src/api'
import { isAlive, makeTempState, type TempState } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import { openWindow, type TestWindow } from '../../support/window'
import { linesOf, untilGone, workerCommand, workersOf } from '../../support/workers'

let state: TempState
let window: TestWindow
let test = 0
let workers: Worker[] = []

serviceForAll(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 0.5 })

beforeEach(() => {
  test++
})

afterEach(async () => {
  await Promise.all(workers.map(worker => worker.dispose()))
  workers = []
})

const file = (name: string) => join(state.folder, `${test}-${name}`)
const letGo = () => appendFileSync(file('go'), '')
const begun = () => linesOf(file('begun'))

function start(name: string, args: string[] = [], extra: Partial<WorkerSpec> = {}): Worker {
  const worker = window.api.startWorker({ command: workerCommand(name, ...args), ...extra })
  workers.push(worker)
  return worker
}
const waits = (extra?: Partial<WorkerSpec>) => start('waits.py', [file('begun'), file('go')], extra)
const shown = ({ id }: Worker) => workersOf(window).find(info => info.id === id)

/** How a request was rejected. */
async function rejected(promise: Promise<unknown>): Promise<WorkerError> {
  const error = await promise.then(
    value => new Error(`It was answered: ${JSON.stringify(value)}`),
    (reason: Error) => reason,
  )
  expect(error).toMatchObject({ name: 'WorkerError', message: expect.stringMatching(/\S/) })
  return error as WorkerError
}

describe.each(['lines', 'frames'] as const)('requests in %s', protocol => {
  it('are answered by one process, each with its own answer', async () => {
    const worker = start('echoes.py', [], { protocol })
    await worker.ready
    const values = Array.from({ length: 200 }, (_, i) => ({ number: i, text: 'ü'.repeat(i) }))
    const answers = (await Promise.all(values.map(value => worker.request(value)))) as { pid: number; value: unknown }[]
    expect(answers.map(({ value }) => value)).toEqual(values)
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1)
    await until(() => shown(worker)?.served === 200, 20_000, 'its count')
    expect(shown(worker)).toMatchObject({ owner: 'test.window', state: 'idle', pid: answers[0]?.pid })
  })

  it('end with the error of the handler, and the worker keeps running', async () => {
    const worker = start('raises.py', [], { protocol })
    expect(await rejected(worker.request('x'))).toMatchObject({
      kind: 'handler',
      message: expect.stringContaining('TypeError: unsupported operand'),
      traceback: expect.stringMatching(/Traceback[\s\S]*raises\.py/),
    })
    expect(await rejected(worker.request('plain'))).toMatchObject({ message: 'The volume has no voxels.' })
    expect(await worker.request(4)).toMatchObject({ value: 2 })
  })

  it.each([
    ['its time limit', 'timeout', (): RequestOptions => ({ timeoutSeconds: 0.2 })],
    ['an abort', 'aborted', (): RequestOptions => ({ signal: abortedWhen(() => begun().includes('wait')) })],
  ])('end by %s; the worker is notified and serves the next one', async (_, kind, options) => {
    await window.configure({ killGraceSeconds: 20 }) // it may take its time to see that
    const worker = waits({ protocol })
    const pid = await worker.request('before')
    expect(await rejected(worker.request('wait', options()))).toMatchObject({ kind })
    expect(await worker.request('after')).toBe(pid)
  })

  it('report their progress', async () => {
    const reported: Progress[] = []
    const worker = start('progresses.py', [], { protocol })
    expect(await worker.request(20_000, { onProgress: progress => void reported.push(progress) })).toBe(20_000)
    const fractions = reported.map(({ fraction = -1 }) => fraction)
    expect(fractions.length).toBeGreaterThan(0)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
  })

  it('bring messages that were not requested, all of them in order, and the log', async () => {
    const worker = start('sends-messages.py', [], { protocol })
    const numbers: number[] = []
    let log = ''
    worker.onMessage(message => void numbers.push((message as { number: number }).number))
    worker.onLog(text => {
      log += text
    })
    expect(await worker.request(10_000)).toBe(10_000)
    await until(() => numbers.length === 10_000, 20_000, 'all messages')
    expect(numbers).toEqual([...numbers.keys()])
    await until(() => log === 'sending 10000\n', 20_000, 'the log, which comes through a pipe of its own')
  })
})

function abortedWhen(condition: () => boolean): AbortSignal {
  const controller = new AbortController()
  void until(condition, 20_000, 'the moment to abort').then(() => controller.abort())
  return controller.signal
}

describe('a request', () => {
  it('may be answered after later ones', async () => {
    const worker = start('answers.mjs')
    const order: unknown[] = []
    const requests = ['a', 'b', 'c'].map(value => worker.request(value).then(answer => order.push(answer)))
    expect(await worker.request('all')).toBe('all')
    await Promise.all(requests)
    expect(order).toEqual(['c', 'b', 'a'])
  })

  it('that was aborted takes no other with it, and its late answer is ignored', async () => {
    const worker = start('answers.mjs')
    const controller = new AbortController()
    const aborted = rejected(worker.request('a', { signal: controller.signal }))
    const other = worker.request('b')
    await until(() => shown(worker)?.state === 'busy', 20_000, 'the requests')
    controller.abort()
    expect((await aborted).kind).toBe('aborted')
    expect(await worker.request('all')).toBe('all')
    expect(await other).toBe('b')
  })

  it('with a signal that is aborted already is not sent', async () => {
    const worker = waits()
    expect(await rejected(worker.request('never', { signal: AbortSignal.abort() }))).toMatchObject({ kind: 'aborted' })
    await worker.request('sent')
    expect(begun()).toEqual(['sent'])
  })

  it('with something that cannot be sent throws at its sender, and the worker keeps running', async () => {
    const worker = start('echoes.py')
    await expect(worker.request({ big: 1n })).rejects.toMatchObject({ name: 'WorkerError', kind: 'prepareInput' })
    await expect(worker.request(new Float32Array(2))).rejects.toThrow(/need the protocol 'frames'/)
    await expect(worker.request(1, { timeoutSeconds: -1 })).rejects.toThrow(/timeoutSeconds must be a number above 0/)
    expect(await worker.request(1)).toMatchObject({ value: 1 })
  })
})

describe('a worker that ends', () => {
  it('rejects all that is under way, with what it printed', async () => {
    const worker = start('dies.py', [file('begun')])
    const errors = await Promise.all(['exit', 'b', 'c'].map(value => rejected(worker.request(value))))
    for (const error of errors) {
      expect(error.kind).toBe('exit')
      expect(error.message).toMatch(/exit code 3/i)
      expect(error.stderr).toContain('the disk is on fire')
    }
    expect(begun()).toEqual(['exit'])
  })

  it('is reported once, also to those who listen later, and takes no request after that', async () => {
    const worker = start('dies.py', [file('begun')])
    const exits: WorkerExit[] = []
    worker.onDidExit(exit => void exits.push(exit))
    await rejected(worker.request('kill'))
    const late = await new Promise<WorkerExit>(resolve => worker.onDidExit(resolve))
    expect(exits).toEqual([late])
    expect(late).toMatchObject({ exitCode: null, signal: 'SIGKILL', error: { kind: 'signal' } })
    expect(await rejected(worker.request('after'))).toMatchObject({ kind: 'signal', stderr: late.stderr })
    expect(begun()).toEqual(['kill'])
    await until(() => !shown(worker), 20_000, 'the end of its row')
  })

  it('before it is ready rejects `ready` and the requests with what it printed', async () => {
    const worker = start('cannot-start.py', [file('started'), file('mended')])
    const errors = await Promise.all([rejected(worker.ready), rejected(worker.request(1)), rejected(worker.request(2))])
    for (const error of errors) {
      expect(error.kind).toBe('start')
      expect(error.message).toContain("No module named 'a_module_that_is_not_there'")
      expect(error.stderr).toMatch(/^Traceback/)
    }
  })

  it('because it does not keep to the protocol reports that', async () => {
    const worker = start('breaks-frames.py', ['text'], { protocol: 'frames' })
    const error = await rejected(worker.request(1))
    expect(error).toMatchObject({ kind: 'protocol', message: expect.stringContaining('Loading the model...') })
  })

  it.each([
    ['whose command does not exist', { command: ['no-such-worker'] }, /no-such-worker/],
    [
      'that does not say hello in time',
      { command: workerCommand('never-ready.sh'), startTimeoutSeconds: 1 },
      /within 1 second\./,
    ],
  ])('or never was one: %s', async (_, spec, message) => {
    const worker = window.api.startWorker(spec)
    const errors = await Promise.all([rejected(worker.ready), rejected(worker.request(1))])
    for (const error of errors) expect(error).toMatchObject({ kind: 'start', message: expect.stringMatching(message) })
    await worker.dispose()
  })

  it('with its window, and does not take that of others with it', async () => {
    const other = openWindow(state.folder, { name: 'other' })
    const theirs = other.api.startWorker({ command: workerCommand('echoes.py') })
    const { pid } = (await theirs.request(1)) as { pid: number }
    const ours = start('echoes.py')
    await ours.ready
    other.client.dispose()
    await untilGone(pid)
    expect(await ours.request(2)).toMatchObject({ value: 2 })
  })
})

describe('dispose()', () => {
  it('resolves when the process is gone, which is no error', async () => {
    await window.configure({ killGraceSeconds: 20 }) // it ends by itself, which takes its time
    const worker = start('echoes.py')
    const { pid } = (await worker.request(1)) as { pid: number }
    const exit = new Promise(resolve => worker.onDidExit(resolve))
    await worker.dispose()
    expect(isAlive(pid)).toBe(false)
    expect(await exit).toEqual({ exitCode: 0, signal: null, stderr: '' })
    await worker.dispose()
  })

  it('ends what is under way, also when the worker does not answer', async () => {
    const worker = waits()
    const requests = ['wait', 'b', 'c'].map(value => rejected(worker.request(value)))
    await until(() => begun().length === 1, 20_000, 'the first request')
    await worker.dispose()
    for (const error of await Promise.all(requests)) expect(error.kind).toBe('exit')
    expect(begun()).toEqual(['wait'])
  })

  it('right after the start leaves no process', async () => {
    const worker = start('echoes.py')
    await worker.dispose()
    await rejected(worker.request(1))
    await until(() => !shown(worker), 20_000, 'no row')
  })
})

it('a worker is not started in a workspace that is not trusted', async () => {
  const untrusted = openWindow(state.folder, { isTrusted: false })
  const worker = untrusted.api.startWorker({ command: workerCommand('echoes.py') })
  const errors = await Promise.all([rejected(worker.ready), rejected(worker.request(1))])
  for (const error of errors)
    expect(error).toMatchObject({ kind: 'service', message: expect.stringMatching(/not trusted/) })
  untrusted.client.dispose()
})

it('what such a worker is asked starts no job service either', async () => {
  const nowhere = makeTempState()
  const untrusted = openWindow(nowhere.folder, { isTrusted: false })
  const states: string[] = []
  untrusted.client.onDidChangeState(to => states.push(to))
  const worker = untrusted.api.startWorker({ command: workerCommand('echoes.py') })
  const abort = new AbortController()
  const request = rejected(worker.request(1, { signal: abort.signal }))
  abort.abort()
  await Promise.all([request, rejected(worker.ready)])
  await rejected(worker.request(2))
  await worker.dispose()
  expect(await untrusted.client.connect({ start: false })).toBe(false)
  expect(states).toEqual([])
  untrusted.client.dispose()
  await nowhere.remove()
})

describe('a slot', () => {
  const raw = (name: string) => window.api.submit({ command: ['sh', '-c', 'echo "$0" >> "$1"', name, file('begun')] })
  const blocker = (name: string) =>
    window.api.submit({
      command: [
        'sh',
        '-c',
        'echo "$0" >> "$1"; while ! test -e "$2"; do sleep 0.01; done',
        name,
        file('begun'),
        file('end'),
      ],
    })

  it('is not held by an idle worker', async () => {
    await window.configure({ concurrency: 1 })
    const worker = waits()
    await worker.request('a')
    await until(() => window.client.summary?.slotsTaken === 0, 20_000, 'no slot taken')
    expect((await raw('b').result).state).toBe('succeeded')
    await until(() => shown(worker)?.state === 'idle', 20_000, 'the idle worker')
  })

  it('is held while a request runs', async () => {
    await window.configure({ concurrency: 1 })
    const request = waits().request('wait')
    await until(() => begun().length === 1, 20_000, 'the request')
    const job = raw('job')
    await job.accepted
    expect((await window.api.list({ ids: [job.id] })).jobs[0]).toMatchObject({ state: 'queued', reason: 'slot' })
    letGo()
    await request
    await job.result
    expect(begun()).toEqual(['wait', 'job'])
  })

  it('is given to a request before the jobs that wait, when one becomes free', async () => {
    await window.configure({ concurrency: 1 })
    const worker = waits()
    await worker.ready
    const running = blocker('blocker')
    await until(() => begun().length === 1, 20_000, 'the blocker')
    const job = raw('job')
    await job.accepted
    const request = worker.request('request')
    await window.client.service.status(null) // what was requested before has arrived
    appendFileSync(file('end'), '')
    await Promise.all([running.result, job.result, request])
    expect(begun()).toEqual(['blocker', 'request', 'job'])
  })

  it('is given to requests while the jobs are paused', async () => {
    await window.client.service.pause({ paused: true })
    try {
      expect(await waits().request('request')).toBeTypeOf('number')
    } finally {
      await window.client.service.pause({ paused: false })
    }
  })
})
