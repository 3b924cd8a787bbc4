// Faults of the job service itself while a job is on its way: the job ends with a sentence and its slot serves others.
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { statePaths } from '../../../src/service/base/paths'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import { failureOf, valueIn, workerCommand } from '../../support/workers'

let state: TempState
let window: TestWindow
serviceForEach(given => ({ state, window } = given), { concurrency: 1 })

/** Makes the stored spec of a queued job one that cannot be started: its input has never come. */
function spoil(id: string): void {
  const store = new DatabaseSync(statePaths(state.folder).store)
  store.exec('PRAGMA busy_timeout = 10000')
  const row = store.prepare('SELECT spec FROM jobs WHERE id = ?').get(id)
  const spec = { ...JSON.parse(String(row?.spec)), stdin: { ask: true } }
  store.prepare('UPDATE jobs SET spec = ? WHERE id = ?').run(JSON.stringify(spec), id)
  store.close()
}

it.each([
  ['a process of its own', {}],
  ['a kept worker', { command: workerCommand('echoes.py'), protocol: 'lines', keepAlive: true }],
] as const)('a job for %s that cannot be started fails with a sentence, and the next one runs', async (_, extra) => {
  await window.client.service.pause({ paused: true })
  const spec = { command: ['cat'], stdin: { value: 1 }, stdout: 'text', ...extra }
  const given = 'protocol' in extra ? { ...spec, stdout: undefined } : { ...spec, stdin: '1' }
  const jobs = [1, 2].map(() => window.api.submit(given as never))
  await Promise.all(jobs.map(job => job.accepted))
  spoil(jobs[0]?.id as string)
  await window.client.service.pause({ paused: false })
  const [broken, next] = await Promise.all(jobs.map(job => job.result))
  expect(failureOf(broken as never)).toMatchObject({
    state: 'failed',
    kind: 'service',
    message: 'The job could not be started: A job was started before its stdin function had answered. Rerun it.',
  })
  expect(JSON.stringify(valueIn(next as never))).toContain('1')
  await until(() => window.client.summary?.slotsTaken === 0, 20_000, 'the free slot')
})
