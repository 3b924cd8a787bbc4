// What the service sends last is heard, also by a window that was busy and finds it together with the end of the connection.
import { expect, test } from 'vitest'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { standStill, until } from '../../support/until'
import { openWindow, type TestWindow } from '../../support/window'

const LIMIT_MS = 20_000
const JOBS = 20
/** In which they run, and the service ends. */
const BUSY_MS = 2000

let state: TempState
let window: TestWindow
serviceForEach(given => ({ state, window } = given), { concurrency: 2 })

test('a window that is disposed of has nothing left that runs, and its requests end', async () => {
  await window.client.service.status(null)
  const timers = () => process.getActiveResourcesInfo().filter(resource => resource === 'Timeout').length
  const before = timers()
  const others = Array.from({ length: 10 }, () => openWindow(state.folder, { name: 'other' }))
  await Promise.all(others.map(({ client }) => client.service.status(null)))
  const during = timers()
  const requests = others.map(({ client }) => client.service.status(null))
  const ends = Promise.allSettled(requests)
  for (const { client } of others) client.dispose()
  await ends
  // each had at least one; a timer of the test runner's own may have been among those before
  const most = Math.min(before, during - others.length)
  await until(() => timers() <= most, LIMIT_MS, 'the end of what the windows had running')
})

test('that the service ends in good order, behind the ends of jobs', async () => {
  const { pid } = await window.client.service.status(null)
  const jobs = Array.from({ length: JOBS }, () => window.api.submit({ command: ['true'] }))
  await Promise.all(jobs.map(job => job.accepted))
  standStill(BUSY_MS)
  process.kill(pid, 'SIGTERM')
  standStill(BUSY_MS)
  const isOver = () => window.logged.some(line => line.startsWith('The connection to the job service has closed'))
  await until(isOver, LIMIT_MS, 'the end of the connection')
  expect(window.logged).toContainEqual(expect.stringMatching(/^The job service ends: /))
  for (const job of jobs) expect((await job.result).state).toBe('succeeded')
})
