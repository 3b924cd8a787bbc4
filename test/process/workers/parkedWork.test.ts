// Jobs that are parked beside the queue are work: the job service does not end while one of them could start by itself.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, it } from 'vitest'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'
import { linesOf, workerCommand } from '../../support/workers'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

let before: string | undefined
beforeEach(() => {
  before = process.env.HEADLESS_JOBS_IDLE_SECONDS
  process.env.HEADLESS_JOBS_IDLE_SECONDS = '3' // a window needs some of that to connect
})
afterEach(() => {
  if (before === undefined) delete process.env.HEADLESS_JOBS_IDLE_SECONDS
  else process.env.HEADLESS_JOBS_IDLE_SECONDS = before
})

it('a job that waits for a worker to make room is run when all windows have gone', async () => {
  const window = open()
  await window.configure({ concurrency: 2, killGraceSeconds: 6 })
  const [begun, go] = ['begun', 'go'].map(name => join(state.folder, name)) as [string, string]
  const spec = {
    command: workerCommand('stays.py', begun, go),
    protocol: 'lines' as const,
    keepAlive: { max: 1, maxJobs: 1 },
    stdin: { value: 1 },
  }
  const first = window.api.submit(spec)
  await until(() => linesOf(begun).length === 1, 20_000, 'the first job')
  const second = window.api.submit(spec)
  await second.accepted
  const waits = async () => (await window.api.list({ states: ['queued'] })).jobs[0]?.reason === 'worker'
  await until(waits, 20_000, 'the second job to wait for the worker')
  appendFileSync(go, '')
  await first.result
  window.client.dispose()
  await until(() => linesOf(begun).length === 2, 40_000, 'the second job')
})
