// A job whose stdout is being turned into a value: that has an end, whatever becomes of the function and of its window.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { standStill, until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'
import { untilGone } from '../../support/workers'

const LIMIT_SECONDS = 1

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const never = () => new Promise<never>(() => undefined)
const isFinishing = (window: TestWindow) => () => window.client.summary?.counts.finishing === 1

/** @param seconds of the limit, for the window and for the service */
async function windowWith(seconds: number): Promise<TestWindow> {
  process.env.HEADLESS_JOBS_FINISH_SECONDS = String(seconds)
  const window = open()
  await window.configure({ concurrency: 2 })
  return window
}

let before: string | undefined
beforeEach(() => {
  before = process.env.HEADLESS_JOBS_FINISH_SECONDS
})
afterEach(() => {
  if (before === undefined) delete process.env.HEADLESS_JOBS_FINISH_SECONDS
  else process.env.HEADLESS_JOBS_FINISH_SECONDS = before
})

it('a function that never answers fails its job with a sentence, and its batch completes', async () => {
  const window = await windowWith(LIMIT_SECONDS)
  const batch = window.api.submitBatch<unknown>([
    { command: ['echo', '1'], stdout: never },
    { command: ['echo', '2'], stdout: 'json' },
  ])
  const { results, counts } = await batch.completed
  expect(counts).toMatchObject({ succeeded: 1, failed: 1 })
  expect(results[0]).toMatchObject({
    state: 'failed',
    error: {
      kind: 'parse',
      message: 'Its stdout could not be turned into a value: that took more than 1 seconds',
    },
    exitCode: 0,
  })
  const [info] = await window.api.list({ states: ['failed'] }).then(({ jobs }) => jobs)
  expect(info).toMatchObject({ error: { kind: 'parse' } })
})

it('is cancelled at once on request', async () => {
  const window = await windowWith(600)
  const job = window.api.submit({ command: ['echo', '1'], stdout: never })
  await until(isFinishing(window), 20_000, 'the function to be called')
  await job.cancel('no need')
  expect(await job.result).toMatchObject({ state: 'cancelled', endedBy: 'user', cancelReason: 'no need', exitCode: 0 })
  await until(() => window.client.summary?.counts.cancelled === 1, 20_000, 'the count')
})

it('is cancelled with its batch', async () => {
  const window = await windowWith(600)
  const batch = window.api.submitBatch<unknown>([{ command: ['echo', '1'], stdout: never }])
  await until(isFinishing(window), 20_000, 'the function to be called')
  await batch.cancel()
  expect((await batch.completed).counts).toMatchObject({ cancelled: 1 })
})

it('a window that stands at a breakpoint does not hold its job for ever', async () => {
  const window = await windowWith(LIMIT_SECONDS)
  const job = window.api.submit({ command: ['echo', '1'], stdout: () => standStill(6000) })
  expect(await job.result).toMatchObject({ state: 'failed', error: { kind: 'parse' } })
  const { jobs } = await window.api.list({})
  expect(jobs[0]?.error?.message).toContain('Its window did not turn its stdout into a value: that took more than')
})

it('many slow functions of a window that answers one after the other all count', async () => {
  const window = await windowWith(LIMIT_SECONDS)
  const slow = (bytes: Uint8Array) => {
    standStill(300)
    return bytes.length
  }
  const { completed } = window.api.submitBatch<number>(
    Array.from({ length: 10 }, () => ({ command: ['echo', '1'], stdout: slow })),
  )
  expect((await completed).counts).toMatchObject({ succeeded: 10 })
})

it('a function that never answers ends too when the service has been killed meanwhile', async () => {
  const window = await windowWith(3)
  const job = window.api.submit({ command: ['echo', '1'], stdout: never })
  await until(isFinishing(window), 20_000, 'the function to be called')
  process.kill(state.servicePids()[0] as number, 'SIGKILL')
  expect(await job.result).toMatchObject({ state: 'failed', error: { kind: 'parse' } })
})

it('when its window has gone for good the exit code decides', async () => {
  const window = await windowWith(600)
  window.api.submit({ command: ['echo', '1'], stdout: never })
  await until(isFinishing(window), 20_000, 'the function to be called')
  window.client.dispose()
  const other = open()
  await until(async () => (await other.api.list({})).jobs[0]?.state === 'succeeded', 40_000, 'the end')
})

it('when the job service is ended meanwhile the exit code decides', async () => {
  const window = await windowWith(3)
  const { id } = window.api.submit({ command: ['echo', '1'], stdout: never })
  await until(isFinishing(window), 20_000, 'the function to be called')
  const [service] = state.servicePids() as [number]
  process.kill(service, 'SIGTERM')
  await untilGone(service)
  const other = open()
  expect((await other.api.list({ ids: [id] })).jobs).toMatchObject([{ state: 'succeeded', exitCode: 0 }])
})
