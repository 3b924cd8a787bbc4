// What ends while no window of its workspace is connected is counted for the next one, and reported once.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { JobInfo } from '../../../src/api'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 30_000

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const waits = (then: string) => ['sh', '-c', `while [ ! -e go ]; do sleep 0.05; done; ${then}`]
const go = () => writeFileSync(join(state.folder, 'go'), '')
const servicePid = () => readRecord(statePaths(state.folder))?.pid as number
const ended = ({ client }: TestWindow) => client.service.endedMeanwhile(null)

/** Submits jobs in a window of its own, which is closed when they are on disk; they wait for `go`. */
async function leave(lines: readonly string[], options: WindowOptions = {}): Promise<string[]> {
  const window = open(options)
  const jobs = lines.map(line => window.api.submit({ command: waits(line) }))
  await Promise.all(jobs.map(job => job.accepted))
  window.client.dispose()
  return jobs.map(({ id }) => id)
}

/** Resolves when the service has noticed that all other windows have gone. */
const isAlone = ({ client }: TestWindow) =>
  until(async () => (await client.service.status(null)).windows.length === 1, LIMIT_MS, 'no other window')

/** Resolves when so many jobs of all windows have ended. */
const haveEnded = (window: TestWindow, count: number) =>
  until(
    async () => {
      const { jobs } = await window.client.service.list({ filter: { all: true } })
      return jobs.filter(({ endedAt }) => endedAt !== undefined).length === count
    },
    LIMIT_MS,
    `${count} jobs that have ended`,
  )

test('what ended while nobody was there is reported to the next window of that workspace, once', async () => {
  const elsewhere = open({ workspace: '/elsewhere' })
  const ids = await leave(['true', 'true', 'exit 3', 'true'])
  await elsewhere.client.service.cancel({ filter: { ids: [ids[3] as string] } }) // by the user: no news
  await isAlone(elsewhere)
  go()
  await haveEnded(elsewhere, 4)
  expect(await ended(elsewhere)).toBeNull()
  const back = open()
  expect(await ended(back)).toEqual({ counts: { succeeded: 2, failed: 1 }, failed: [ids[2]] })
  expect(await ended(back)).toBeNull()
  expect(await ended(open())).toBeNull()
})

test('a window that was there all the time has seen it: its own jobs, and those of windows that have gone', async () => {
  const window = open()
  const seen = new Map<string, JobInfo>()
  window.api.onDidChangeJobs(jobs => {
    for (const job of jobs) seen.set(job.id, job)
  })
  await window.api.submit({ command: ['true'] }).result
  const [id] = await leave(['exit 3'])
  await isAlone(window)
  go()
  await until(() => seen.get(id as string)?.state === 'failed', LIMIT_MS, 'the end of a job of another window')
  expect(await ended(window)).toBeNull()
  window.client.dispose()
  expect(await ended(open())).toBeNull() // a reload, in which nothing has ended
})

test('it is kept while there is no job service, and a window that reports it starts one', async () => {
  await leave(['true'], { workspace: '/study' })
  const elsewhere = open({ workspace: '/elsewhere' })
  await isAlone(elsewhere)
  go()
  await haveEnded(elsewhere, 1)
  elsewhere.client.dispose()
  const pid = servicePid()
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
  const other = open({ workspace: '/elsewhere' })
  const silent = open({ workspace: '/study' })
  other.client.notifiesMeanwhile = () => true
  expect(await other.client.connect({ start: false })).toBe(false)
  expect(await silent.client.connect({ start: false })).toBe(false)
  const back = open({ workspace: '/study' })
  back.client.notifiesMeanwhile = () => true
  expect(await back.client.connect({ start: false })).toBe(true)
  expect(await ended(back)).toEqual({ counts: { succeeded: 1 }, failed: [] })
})

test('a service that is killed knows it still, and the outcomes that it has lost are reported, too', async () => {
  const elsewhere = open({ workspace: '/elsewhere' })
  const [ok] = await leave(['true'])
  await isAlone(elsewhere)
  go()
  await haveEnded(elsewhere, 1)
  const [lost] = await leave(['sleep 300'])
  const running = async () =>
    (await elsewhere.client.service.list({ filter: { ids: [lost as string] } })).jobs[0]?.pid !== undefined
  await until(running, LIMIT_MS, 'a job that runs')
  const pid = servicePid()
  process.kill(pid, 'SIGKILL')
  await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
  await haveEnded(elsewhere, 2)
  expect(ok).toBeDefined()
  expect(await ended(open())).toEqual({ counts: { succeeded: 1, lost: 1 }, failed: [lost] })
})

test('of many that failed all are counted, and the first hundred are named', async () => {
  const elsewhere = open({ workspace: '/elsewhere' })
  await elsewhere.configure({ concurrency: 4 })
  const window = open()
  window.api.submit({ command: waits('true'), cores: 4 })
  const batch = window.api.submitBatch(Array.from({ length: 130 }, () => ({ command: ['false'] })))
  await Promise.all(batch.jobs.map(job => job.accepted))
  window.client.dispose()
  await isAlone(elsewhere)
  go()
  const isOver = async () => (await elsewhere.client.service.getBatch({ id: batch.id }))?.endedAt !== undefined
  await until(isOver, LIMIT_MS, 'the end of the batch')
  const summary = await ended(open())
  expect(summary?.counts).toEqual({ succeeded: 1, failed: 130 })
  expect(new Set(summary?.failed).size).toBe(100)
})
