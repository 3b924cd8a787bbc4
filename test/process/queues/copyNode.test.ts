// A queue where there is no Node: the one that runs the job service is copied there when a person wants that.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { canBeBare, makeBarePlace } from '../../support/barePlace'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import { queueOf, type TestWindow, type WindowOptions } from '../../support/window'

const LIMIT_MS = 60_000
let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const file = (name: string) => join(state.folder, name)
const copied = () => file('home/.cache/headless-jobs/node')

async function windowWith(tools?: readonly string[]): Promise<TestWindow> {
  const window = open({ queues: { q: { kind: 'command', launch: makeBarePlace(state.folder, tools) } } })
  await window.configure({})
  return window
}

const problemOf = (window: TestWindow) => until(() => queueOf(window, 'q')?.problem, LIMIT_MS, 'a problem of the queue')

it.runIf(canBeBare)('is copied, and jobs run there', async () => {
  const window = await windowWith()
  const job = window.api.submit({ command: ['uname'], queue: 'q', stdout: 'text' })
  expect(await problemOf(window)).toMatch(/^There is no Node\.js .+, or let “Test Queue…” copy this one there\.$/)
  expect(queueOf(window, 'q')?.lacksNode).toBe(true)
  await window.client.service.copyNode({ queue: 'q' })
  expect(await job.result).toMatchObject({ state: 'succeeded' })
  await until(() => queueOf(window, 'q')?.problem === undefined, LIMIT_MS, 'no problem')
  expect(queueOf(window, 'q')?.lacksNode).toBeUndefined()
  expect(existsSync(copied())).toBe(true)
})

it.runIf(canBeBare)('is refused with a sentence where it cannot be put, and nothing is left', async () => {
  const window = await windowWith()
  writeFileSync(file('home/.cache'), 'no folder')
  const job = window.api.submit({ command: ['uname'], queue: 'q' })
  await problemOf(window)
  await expect(window.client.service.copyNode({ queue: 'q' })).rejects.toThrow(
    /^Node\.js could not be copied: .*mkdir.+\.$/,
  )
  await job.cancel()
  expect(await job.result).toMatchObject({ state: 'cancelled' })
})

it.runIf(canBeBare)('is not offered where that cannot be known', async () => {
  const window = await windowWith([])
  const job = window.api.submit({ command: ['uname'], queue: 'q' })
  expect(await problemOf(window)).toMatch(/^There is no Node\.js .+ in "node" of the queue\.$/)
  expect(queueOf(window, 'q')?.lacksNode).toBeUndefined()
  await expect(window.client.service.copyNode({ queue: 'q' })).rejects.toThrow(
    /^The queue “q” does not lack Node\.js\.$/,
  )
  await job.cancel()
})
