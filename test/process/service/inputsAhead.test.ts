// How many inputs are made before their turn, through the API and a real job service.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import { linesOf, workerCommand } from '../../support/workers'

const JOBS = 40
/** The running one, twice the slots for those that wait with theirs, and the same for those that are on their way. */
const MOST = 1 + 2 * 4

let state: TempState
let window: TestWindow
serviceForEach(
  given => ({ state, window } = given),
  { concurrency: 2, killGraceSeconds: 1 },
  { queues: { q: { kind: 'local' } } },
)

const file = (name: string) => join(state.folder, name)

/** Each writes a line when it starts, and waits until the test lets go; `made` has who was asked for an input. */
function waiters(made: string[], differences: Partial<JobSpec> = {}): JobSpec[] {
  const command = ['sh', '-c', 'cat > /dev/null; echo x >> "$0"; while ! test -e "$1"; do sleep 0.05; done']
  return Array.from({ length: JOBS }, (_, i) => ({
    command: [...command, file('begun'), file('go')],
    stdin: () => {
      made.push(`${i}`)
      return 'input'
    },
    ...differences,
  }))
}

const letGo = () => appendFileSync(file('go'), '')

it('of a batch with a cap only some are made, and others that come later are not held up', async () => {
  const made: string[] = []
  const batch = window.api.submitBatch(waiters(made), { concurrency: 1 })
  await until(() => linesOf(file('begun')).length === 1, 20_000, 'the first job')
  await window.api.submit({ command: ['cat'], stdin: () => 'another' }).result
  expect(made.length).toBeLessThanOrEqual(MOST)
  letGo()
  expect((await batch.completed).counts).toMatchObject({ succeeded: JOBS })
  expect(made.length).toBe(JOBS)
})

it('that of a job that is moved to the front is made, although others of its batch have theirs', async () => {
  const made: string[] = []
  const batch = window.api.submitBatch(waiters(made), { concurrency: 1 })
  await Promise.all(batch.jobs.map(job => job.accepted))
  await until(() => linesOf(file('begun')).length === 1, 20_000, 'the first job')
  await window.api.submit({ command: ['cat'], stdin: () => 'another' }).result
  const last = batch.jobs[JOBS - 1]
  await window.client.service.setPriority({ filter: { ids: [last?.id ?? ''] }, priority: 1 })
  await until(() => made.includes(`${JOBS - 1}`), 20_000, 'the input of the last job')
  letGo()
  expect((await batch.completed).counts).toMatchObject({ succeeded: JOBS })
})

it('of a named queue that is paused only some are made, the others when it goes on', async () => {
  await window.client.service.pauseQueue({ queue: 'q', paused: true })
  const made: string[] = []
  const batch = window.api.submitBatch(waiters(made, { queue: 'q' }))
  await Promise.all(batch.jobs.map(job => job.accepted))
  await window.api.submit({ command: ['cat'], stdin: () => 'another' }).result
  expect(made.length).toBeLessThanOrEqual(MOST)
  letGo()
  await window.client.service.pauseQueue({ queue: 'q', paused: false })
  expect((await batch.completed).counts).toMatchObject({ succeeded: JOBS })
})

it('those of jobs that wait for a worker do not keep others from being made', async () => {
  const keepAlive = { max: 1, maxJobs: 1 }
  const spec: JobSpec = {
    command: workerCommand('stays.py', file('begun'), file('go')),
    protocol: 'lines',
    keepAlive,
    stdin: () => ({ value: 1 }),
  } as JobSpec
  const jobs = Array.from({ length: JOBS }, () => window.api.submit(spec))
  await until(() => linesOf(file('begun')).length === 1, 20_000, 'the first job')
  const result = await window.api.submit({ command: ['cat'], stdin: () => 'another' }).result
  expect(result.state).toBe('succeeded')
  letGo()
  await Promise.all(jobs.slice(1).map(job => job.cancel()))
})
