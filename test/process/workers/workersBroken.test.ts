// Workers whose answers look like messages and are none, or that break off: whoever waits receives a sentence, and
// nothing of them gets into the log as text.
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import type { TempState } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import { endWorkers, failureOf, linesOf, untilGone, valueIn, workerCommand } from '../../support/workers'

let state: TempState
let window: TestWindow
let test = 0

serviceForAll(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 1 })

afterEach(() => endWorkers(window))

const answersWith = (line: string) => workerCommand('answers-with.py', line)

const run = (spec: Partial<JobSpec<unknown>> & { command: readonly string[] }) =>
  window.api.submit({ protocol: 'lines', stdin: { value: 1 }, ...spec } as JobSpec<unknown>).result

const request = (command: readonly string[], protocol: 'lines' | 'frames' = 'lines') => {
  const worker = window.api.startWorker({ command, protocol })
  return worker.request(1).catch((error: Error) => error)
}

const broken: readonly [string, RegExp][] = [
  ['{"id":#,"value":NaN}', /read as one: \{"id":\d+,"value":NaN\}; JSON has neither NaN nor Infinity/],
  ['{"id":#,"value":Infinity}', /"value":Infinity\}; JSON has neither NaN nor Infinity/],
  ['{"id":#,"value":5', /read as one: \{"id":\d+,"value":5\.$/],
  ['{"id":#,"result":5}', /read as one: \{"id":\d+,"result":5\}\.$/],
  ['{"value":5}', /read as one: \{"value":5\}\.$/],
  ['{"id":999,"value":5}', /it answers 999, which nobody waits for, and not \d+\.$/],
]

describe.each(broken)('a worker that answers %s', (line, message) => {
  it.each([
    ['once', false],
    ['kept alive', true],
  ] as const)('%s, fails its job', async (_, keepAlive) => {
    const failure = failureOf(await run({ command: answersWith(line), keepAlive }))
    expect(failure).toMatchObject({ state: 'failed', kind: 'protocol', endedBy: 'limit' })
    expect(failure.message).toMatch(message)
    expect(failure.stderr).not.toContain('value')
  })

  it('fails its request', async () => {
    const error = await request(answersWith(line))
    expect(error).toMatchObject({ name: 'WorkerError', kind: 'protocol', message: expect.stringMatching(message) })
  })
})

describe('an id as a text', () => {
  it.each([false, true])('is read as the number that it is, kept alive: %s', async keepAlive => {
    expect(valueIn(await run({ command: answersWith('{"id":"#","value":5}'), keepAlive }))).toBe(5)
  })

  it('is read as that of a request', async () => {
    expect(await request(answersWith('{"id":"#","value":5}'))).toBe(5)
  })
})

it('a worker that answers every job under the first number fails the second', async () => {
  const spec = { command: answersWith('{"id":1,"value":5}'), keepAlive: { max: 1 } }
  const results = [await run(spec), await run(spec)]
  expect(results.map(({ state }) => state)).toEqual(['succeeded', 'failed'])
  expect(failureOf(results[1] as never)).toMatchObject({ kind: 'protocol' })
})

describe('in frames, an answer under another number', () => {
  const command = workerCommand('answers-another.py')

  it.each([false, true])('fails its job, kept alive: %s', async keepAlive => {
    expect(failureOf(await run({ command, keepAlive, protocol: 'frames' }))).toMatchObject({
      kind: 'protocol',
      message: expect.stringMatching(/"frames": it answers \d+, which nobody waits for, and not \d+\.$/),
    })
  })

  it('fails its request', async () => {
    expect(await request(command, 'frames')).toMatchObject({ kind: 'protocol' })
  })
})

describe('a worker that closes its stdout but still runs', () => {
  const command = (when: string) => workerCommand('breaks-off.py', when, join(state.folder, `${++test}.pid`))
  const pid = () => Number(linesOf(join(state.folder, `${test}.pid`))[0])
  const message = /^It has closed its stdout but still runs, so no answer can come\. It printed nothing\.$/

  it.each([false, true])('after a message fails its job, and is ended; kept alive: %s', async keepAlive => {
    const failure = failureOf(await run({ command: command('message'), keepAlive }))
    expect(failure).toMatchObject({ kind: 'protocol', message: expect.stringMatching(message) })
    await untilGone(pid())
    await until(() => window.client.summary?.slotsTaken === 0, 20_000, 'the free slot')
  })

  it('fails its requests', async () => {
    expect(await request(command('message'))).toMatchObject({
      kind: 'protocol',
      message: expect.stringMatching(message),
    })
    await untilGone(pid())
  })

  it('or its stdin, which is kept alive, fails its jobs and requests', async () => {
    const sentence = 'It has closed its stdin but still runs, so no answer can come. It printed nothing.'
    const failure = failureOf(await run({ command: command('stdin'), keepAlive: true }))
    expect(failure).toMatchObject({ kind: 'protocol', message: sentence })
    await untilGone(pid())
    expect(await request(command('stdin'))).toMatchObject({ kind: 'protocol', message: sentence })
  })

  it('without a request is ended too', async () => {
    const worker = window.api.startWorker({ command: command('at once') })
    const exited = new Promise<unknown>(resolve => worker.onDidExit(resolve))
    await worker.ready
    expect(await exited).toMatchObject({ error: { kind: 'protocol' } })
    await untilGone(pid())
  })
})

it('JSON that is no message stays text for the log', async () => {
  const line = '{"level":"info","value":1}\\n{"id":#,"value":5}'.replace('\\n', '\n')
  const result = await run({ command: answersWith(line) })
  expect(valueIn(result)).toBe(5)
  expect(result.stderr).toBe('{"level":"info","value":1}\n')
})
