// A batch says how fast it goes and when it will have ended, while that can be said, and the summary how far all of it has come.
import { expect, test } from 'vitest'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 30_000

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

test('from its ends, not before them, not while it rests, and not when it has ended', async () => {
  const { api, client, configure } = open()
  await configure({ concurrency: 1 })
  const file = `${state.folder}/go`
  const quick = Array.from({ length: 4 }, () => ({ command: ['true'] }))
  const waits = { command: ['sh', '-c', `while [ ! -e ${file} ]; do sleep 0.05; done`] }
  const first = api.submitBatch([waits, ...quick], { name: 'first' })
  const batch = async () => (await client.service.getBatch({ id: first.id })) ?? expect.fail('no batch')
  const running = () => until(async () => (await batch()).counts.running === 1, LIMIT_MS, 'a job that runs')
  await running()
  expect(await batch()).not.toHaveProperty('jobsPerSecond')
  await client.service.cancel({ filter: { ids: [(await api.list({ states: ['running'] })).jobs[0]?.id ?? ''] } })
  await first.completed
  expect(await batch()).not.toHaveProperty('expectedEndAt')

  const other = `${state.folder}/more`
  const last = { command: ['sh', '-c', `while [ ! -e ${other} ]; do sleep 0.05; done`] }
  const second = api.submitBatch([...quick, last], { name: 'second' })
  const info = async () => (await client.service.getBatch({ id: second.id })) ?? expect.fail('no batch')
  await until(
    async () => (await info()).counts.running === 1 && (await info()).counts.succeeded === 4,
    LIMIT_MS,
    'four ends',
  )
  const { jobsPerSecond = 0, expectedEndAt = 0, startedAt = 0 } = await info()
  expect(jobsPerSecond).toBeGreaterThan(0)
  expect(expectedEndAt).toBeGreaterThan(startedAt)
  // the summary follows a moment later
  await until(() => client.summary?.expectedEndAt === expectedEndAt, LIMIT_MS, 'the same expectation of all')
  expect(client.summary?.fraction).toBe(0.8)
  await api.submit({ command: ['touch', other] }).accepted
  await until(
    () => client.summary?.expectedEndAt === undefined,
    LIMIT_MS,
    'no expectation with a job that waits beside it',
  )
  second.cancel()
  await second.completed
  expect(await info()).not.toHaveProperty('jobsPerSecond')
  await until(() => client.summary?.fraction === undefined, LIMIT_MS, 'nothing under way')
})
