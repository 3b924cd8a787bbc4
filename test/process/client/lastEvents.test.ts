// What the service sends last is heard, also by a window that was busy and finds it together with the end of the connection.
import { expect, test } from 'vitest'
import { serviceForEach } from '../../support/testService'
import { standStill, until } from '../../support/until'
import type { TestWindow } from '../../support/window'

const LIMIT_MS = 20_000
const JOBS = 20
/** In which they run, and the service ends. */
const BUSY_MS = 2000

let window: TestWindow
serviceForEach(given => ({ window } = given), { concurrency: 2 })

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
