// What becomes of jobs and batches when their window has gone: a reload is none, the last window that closes may end them, and
// an open batch is complete with what it has.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BatchResult, JobInfo, JobSpec } from '../../../src/api'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 40_000
/** How long a service is without a window until it counts as left; a reload takes some of that. */
const IDLE_SECONDS = 6
const ID = 'test.window/whole'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

beforeAll(() => {
  process.env.HEADLESS_JOBS_IDLE_SECONDS = String(IDLE_SECONDS)
})
afterAll(() => {
  delete process.env.HEADLESS_JOBS_IDLE_SECONDS
})

const waits: JobSpec = { command: ['sh', '-c', 'while [ ! -e go ]; do sleep 0.05; done'] }
const go = () => writeFileSync(join(state.folder, 'go'), '')
const servicePid = () => readRecord(statePaths(state.folder))?.pid as number
const isOver = (pid: number) => until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')

const infoOf = async ({ client }: TestWindow, id: string) =>
  (await client.service.list({ filter: { ids: [id] } })).jobs[0]

/** A job that runs, in a window in which the jobs end with the last window; as many at once as given. */
async function runs(concurrency: number): Promise<{ window: TestWindow; id: string }> {
  const window = open()
  await window.configure({ concurrency, killGraceSeconds: 1, onLastWindowClosed: 'cancel' })
  const job = window.api.submit(waits)
  await until(() => job.info.pid, LIMIT_MS, 'a job that runs')
  return { window, id: job.id }
}

test('when the last window has been closed for a while, what runs and what is queued is cancelled', async () => {
  const { window, id } = await runs(1)
  const queued = window.api.submit(waits)
  await queued.accepted
  const pid = servicePid()
  window.client.dispose()
  await isOver(pid) // which it is when nothing is left to run
  const later = open()
  for (const job of [id, queued.id]) {
    const cancelled = { state: 'cancelled', endedBy: 'shutdown', cancelReason: 'The last window was closed.' }
    expect(await infoOf(later, job)).toMatchObject(cancelled)
  }
  expect(await later.client.service.endedMeanwhile(null)).toEqual({ counts: { cancelled: 2 }, failed: [] })
})

test('a reload is not taken for it, nor is a window that is left beside the one that closes', async () => {
  const { window, id } = await runs(2)
  window.client.dispose()
  const reloaded = open()
  await reloaded.client.connect({ start: false })
  const beside = open({ workspace: '/elsewhere' })
  await beside.client.connect({ start: false })
  reloaded.client.dispose()
  const since = Date.now()
  await until(() => Date.now() - since > 2 * IDLE_SECONDS * 1000, LIMIT_MS, 'twice as long as a window may be away')
  expect((await infoOf(beside, id))?.state).toBe('running')
  go()
  await until(async () => (await infoOf(beside, id))?.state === 'succeeded', LIMIT_MS, 'its end')
})

test('a job that a reloaded window has asked for ends there as what it was submitted as', async () => {
  const queues = { other: { kind: 'local' as const, slots: 2 } }
  const window = open({ queues })
  await window.configure({ concurrency: 2 })
  const batch = window.api.submitBatch([{ ...waits, name: 'long', queue: 'other', priority: 3, cores: 2 }])
  const [{ id } = { id: '' }] = batch.jobs
  await until(() => batch.jobs[0]?.info.pid, LIMIT_MS, 'a job that runs')
  window.client.dispose()
  const later = open({ queues })
  const isAlone = async () => (await later.client.service.status(null)).windows.length === 1
  await until(isAlone, LIMIT_MS, 'the old window to be gone')
  const job = await later.api.getJob(id)
  const reported: JobInfo[] = []
  later.api.onDidChangeJobs(infos => void reported.push(...infos))
  const given = { name: 'long', batchId: batch.id, queue: 'other', priority: 3, cores: 2, command: job?.info.command }
  go()
  expect(await job?.result).toMatchObject({ state: 'succeeded' })
  expect(job?.info).toMatchObject({ ...given, state: 'succeeded' })
  await until(() => reported.at(-1)?.state === 'succeeded', LIMIT_MS, 'the report of its end')
  expect(reported.at(-1)).toMatchObject(given)
})

test('a batch that its window had not closed is cut when that has gone, and its result says so', async () => {
  const taken: BatchResult<unknown>[] = []
  const options = { resultHandler: { id: ID } }
  const window = open()
  const opened = window.api.openBatch<string>(options)
  const first = opened.add({ command: ['echo', '1'], stdout: 'text' })
  async function* endless(): AsyncGenerator<JobSpec<string>> {
    yield { command: ['echo', '2'], stdout: 'text' }
    await new Promise(() => undefined)
  }
  const pulled = window.api.submitBatch(endless(), options)
  await first.result
  await until(() => pulled.jobs[0]?.info.endedAt, LIMIT_MS, 'the end of the other')
  const later = open()
  const batchOf = async ({ id }: { id: string }) => later.client.service.getBatch({ id })
  expect(await batchOf(opened)).toMatchObject({ sealed: 'open', total: 1 })
  window.client.dispose()
  later.api.registerResultHandler(ID, (result: BatchResult<unknown>) => void taken.push(result))
  await until(() => taken.length === 2, LIMIT_MS, 'both results')
  for (const batch of [opened, pulled]) {
    expect(await batchOf(batch)).toMatchObject({ sealed: 'cut', total: 1, endedAt: expect.any(Number) })
  }
  expect(taken.map(({ sealed }) => sealed)).toEqual(['cut', 'cut'])
  const values = taken.flatMap(({ results }) => results.map(result => result.state === 'succeeded' && result.value))
  expect(values.sort()).toEqual(['1\n', '2\n'])
})
