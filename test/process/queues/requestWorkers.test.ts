// Workers that windows hold for their requests, in a queue: where it leads, within its slots, and what ends them.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { QueueConfigs } from '../../../src/core/jobs/queueConfig'
import { parentOf, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import { queueOf, type TestWindow, type WindowOptions } from '../../support/window'
import { linesOf, untilGone, workerCommand } from '../../support/workers'

const LIMIT_MS = 60_000
const node = process.execPath

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const file = (name: string) => join(state.folder, name)

async function windowWith(queues: QueueConfigs): Promise<TestWindow> {
  const window = open({ queues })
  await window.configure({ concurrency: 2, killGraceSeconds: 1 })
  return window
}

const elsewhere = { kind: 'command', launch: ['env', 'WHERE=there'], node } as const

it('answers with values, arrays and large texts, and sends messages, from where its queue is', async () => {
  const window = await windowWith({ q: elsewhere })
  const arrays = window.api.startWorker({ command: workerCommand('arrays.py'), protocol: 'frames', queue: 'q' })
  await arrays.ready
  const array = Float32Array.from({ length: 500_000 }, (_, i) => i)
  const { same } = (await arrays.request({ a: array, text: 'x'.repeat(300_000) })) as {
    same: { a: Float32Array; text: string }
  }
  expect(same.a[499_999]).toBe(499_999)
  expect(same.text).toHaveLength(300_000)
  await expect(arrays.request(undefined)).resolves.toBeDefined()
  await arrays.dispose()
  const sends = window.api.startWorker({ command: workerCommand('sends-messages.py'), protocol: 'frames', queue: 'q' })
  const numbers: number[] = []
  sends.onMessage(message => void numbers.push((message as { number: number }).number))
  expect(await sends.request(3)).toBe(3)
  await until(() => numbers.length === 3, LIMIT_MS, 'its messages')
  expect(numbers).toEqual([0, 1, 2])
})

it('sends messages too large for one, whole', async () => {
  const window = await windowWith({ q: elsewhere })
  const script = `
from headless_jobs import send, serve
serve(lambda size: send({"text": "x" * size}) or size)
`
  const worker = window.api.startWorker({ command: ['python3', '-c', script], queue: 'q' })
  const sizes: number[] = []
  worker.onMessage(message => void sizes.push((message as { text: string }).text.length))
  expect(await worker.request(2_000_000)).toBe(2_000_000)
  await until(() => sizes.length > 0, LIMIT_MS, 'its message')
  expect(sizes).toEqual([2_000_000])
})

it.each([
  ['elsewhere', { ...elsewhere, slots: 1 }],
  ['of this machine', { kind: 'local', slots: 1 } as const],
])('takes a slot of its queue while it has requests, and jobs wait for that: %s', async (_, config) => {
  const window = await windowWith({ q: config })
  const worker = window.api.startWorker({
    command: workerCommand('waits.py', file('begun'), file('go')),
    protocol: 'frames',
    queue: 'q',
  })
  const answer = worker.request('wait')
  await until(() => linesOf(file('begun')).length === 1, LIMIT_MS, 'a request under way')
  const job = window.api.submit({ command: ['touch', file('job')], queue: 'q' })
  const other = window.api.submit({ command: ['true'] })
  expect(await other.result).toMatchObject({ state: 'succeeded' })
  await until(() => queueOf(window, 'q')?.queued === 1, LIMIT_MS, 'a job that waits')
  expect(queueOf(window, 'q')).toMatchObject({ used: 1, running: 0 })
  expect(existsSync(file('job'))).toBe(false)
  writeFileSync(file('go'), '')
  const pid = (await answer) as number
  expect(await job.result).toMatchObject({ state: 'succeeded' })
  await worker.dispose()
  await untilGone(pid)
})

it('has a sentence for a queue that cannot be reached, and is there when it can', async () => {
  const launch = ['sh', '-c', `test -e ${file('there')} || { echo no such pod >&2; exit 1; }; exec "$@"`, 'sh']
  const window = await windowWith({ q: { ...elsewhere, launch } })
  const start = () => window.api.startWorker({ command: workerCommand('echoes.py'), protocol: 'frames', queue: 'q' })
  const first = start()
  const request = first.request({ n: 1 })
  await expect(first.ready).rejects.toThrow(/no such pod/)
  await expect(request).rejects.toThrow(/no such pod/)
  writeFileSync(file('there'), '')
  const second = start()
  await second.ready
  expect(await second.request({ n: 2 })).toMatchObject({ value: { n: 2 } })
})

it('ends with the connection of its queue, with a sentence', async () => {
  const window = await windowWith({ q: elsewhere })
  const worker = window.api.startWorker({
    command: workerCommand('waits.py', file('begun'), file('go')),
    protocol: 'frames',
    queue: 'q',
  })
  const pid = (await worker.request('first')) as number
  const request = worker.request('wait')
  await until(() => linesOf(file('begun')).length === 2, LIMIT_MS, 'a request under way')
  process.kill(parentOf(pid), 'SIGKILL')
  await expect(request).rejects.toThrow(/^The connection to .+ was lost, and the worker with it/)
  writeFileSync(file('go'), '')
  await untilGone(pid)
})

it('is refused for a queue that there is not', async () => {
  const window = await windowWith({ q: elsewhere })
  expect(() => window.api.startWorker({ command: ['true'], queue: 'none' })).toThrow(
    /^Worker: queue names a queue that there is not: "none"; there is "local", "q"\.$/,
  )
})
