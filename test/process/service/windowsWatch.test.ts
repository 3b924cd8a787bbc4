// Windows that watch: they have submitted nothing that they wait for, and notice all the same that the job service has
// died, stands still, or has ended.
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 40_000

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

const pidOf = async ({ client }: TestWindow) => (await client.service.status(null)).pid
const counts = ({ client }: TestWindow): Partial<Record<string, number>> =>
  Object.fromEntries(Object.entries(client.summary?.counts ?? {}).filter(([, n]) => n > 0))

/** A window as after a reload: it looks for a service, and waits for no job. */
async function watcher(name: string): Promise<TestWindow> {
  const window = open({ name })
  await window.client.connect({ start: false })
  return window
}

/** What a window reports from now on: state and sentence at each change. */
function reportsOf({ client }: TestWindow): string[] {
  const reports: string[] = []
  client.onDidChangeState(now => reports.push(client.message ? `${now}: ${client.message}` : now))
  return reports
}

/** A batch of which one job runs and the others wait; its window closes. */
async function leaveBatch(length: number): Promise<number> {
  const window = open({ name: 'submits' })
  await window.configure({ concurrency: 1, killGraceSeconds: 1 })
  const batch = window.api.submitBatch(Array.from({ length }, () => ({ command: ['sleep', '300'] })))
  await Promise.all(batch.jobs.map(job => job.accepted))
  await until(() => batch.jobs[0]?.info.pid, LIMIT_MS, 'a job that runs')
  const pid = await pidOf(window)
  window.client.dispose()
  return pid
}

/** The job services that run in the state folder, whether they are the one that is found or not. */
function services(): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid,stat,args'], { encoding: 'utf8' }).split('\n')
  return lines.filter(line => line.includes(`service.cjs ${state.folder} `) && !/^\s*\d+\s+Z/.test(line))
}

test('a service that is killed is noticed, started again, and the truth is shown', async () => {
  const pid = await leaveBatch(5)
  const window = await watcher('watches')
  await until(() => counts(window).running === 1, LIMIT_MS, 'a job that runs')
  const reports = reportsOf(window)
  process.kill(pid, 'SIGKILL')
  await until(() => window.client.state === 'connected' && counts(window).lost === 1, LIMIT_MS, 'a job that is lost')
  expect(reports[0]).toBe('connecting')
  expect(reports).toContain('connecting: The job service has ended unexpectedly. It is being started again.')
  expect(window.logged.join('\n')).toContain('The job service has ended unexpectedly.')
  expect(window.client.message).toBeUndefined()
  expect(counts(window)).toEqual({ lost: 1, queued: 4 })
  expect(window.client.summary).toMatchObject({
    paused: true,
    pausedBecause: 'The job service ended unexpectedly while 1 job ran; resume to start the 4 queued jobs.',
  })
})

test('the sentence on the pause counts what is queued now', async () => {
  const pid = await leaveBatch(5)
  const window = await watcher('watches')
  process.kill(pid, 'SIGKILL')
  const shows = (text: RegExp) =>
    until(() => text.test(window.client.summary?.pausedBecause ?? ''), LIMIT_MS, `${text}`)
  await shows(/start the 4 queued jobs/)
  const { jobs: queued } = await window.client.service.list({ filter: { states: ['queued'] } })
  await window.client.service.cancel({ filter: { ids: queued.slice(1).map(({ id }) => id) } })
  await shows(/start the 1 queued job\./)
  await window.client.service.cancel({ filter: { states: ['queued'] } })
  await shows(/ended unexpectedly while 1 job ran\.$/)
})

test('a window that opens after the service was killed finds out and has it started again', async () => {
  const pid = await leaveBatch(3)
  process.kill(pid, 'SIGKILL')
  await until(() => !isAlive(pid), LIMIT_MS, 'its death')
  const window = await watcher('opened later')
  await until(() => counts(window).lost === 1, LIMIT_MS, 'a job that is lost')
  expect(window.client.summary?.pausedBecause).toContain('while 1 job ran; resume to start the 2 queued jobs')
})

test('two windows that watch and one that waits bring back one service, and all receive the same', async () => {
  const submits = open({ name: 'submits' })
  await submits.configure({ concurrency: 1, killGraceSeconds: 1 })
  const jobs = [1, 2, 3].map(() => submits.api.submit({ command: ['sleep', '300'] }))
  await Promise.all(jobs.map(job => job.accepted))
  await until(() => jobs[0]?.info.pid, LIMIT_MS, 'a job that runs')
  const all = [submits, await watcher('one'), await watcher('two')]
  process.kill(await pidOf(submits), 'SIGKILL')
  expect(await jobs[0]?.result).toMatchObject({ state: 'lost' })
  for (const window of all) {
    await until(() => window.client.state === 'connected' && counts(window).lost === 1, LIMIT_MS, 'the truth')
    expect(counts(window)).toEqual({ lost: 1, queued: 2 })
  }
  expect(new Set(await Promise.all(all.map(pidOf))).size).toBe(1)
  await until(() => services().length === 1, LIMIT_MS, 'one service')
})

test('a service that stands still is reported as such, and when it goes on everything does', async () => {
  const pid = await leaveBatch(2)
  const window = await watcher('watches')
  const reports = reportsOf(window)
  process.kill(pid, 'SIGSTOP')
  try {
    await until(() => window.client.state === 'silent', LIMIT_MS, 'the silence to be noticed')
    expect(window.client.message).toContain(`The job service (process ${pid}) does not answer`)
    expect(window.logged.join('\n')).toContain('does not answer')
    const late = await watcher('opened meanwhile')
    expect(late.client.state).toBe('silent')
    process.kill(pid, 'SIGCONT')
    for (const { client } of [window, late])
      await until(() => client.state === 'connected' && client.message === undefined, LIMIT_MS, 'the service')
    expect(await pidOf(late)).toBe(pid)
    expect(reports.map(report => report.split(':')[0])).toEqual(['silent', 'connected'])
  } finally {
    process.kill(pid, 'SIGCONT')
  }
})

test('a service that ends with nothing left is not started again; one that another window starts is found', async () => {
  const window = open({ name: 'watches' })
  const pid = await pidOf(window)
  const reports = reportsOf(window)
  process.kill(pid, 'SIGTERM')
  await until(() => window.client.state === 'none', LIMIT_MS, 'its end')
  expect(reports).toEqual(['none'])
  expect(window.logged.join('\n')).toContain('The job service ends: asked to by SIGTERM.')
  expect(readRecord(statePaths(state.folder))).toBeUndefined()
  const other = open({ name: 'starts one' })
  await pidOf(other)
  await until(() => window.client.state === 'connected', LIMIT_MS, 'the service of the other window')
})

test('a service that receives SIGTERM while jobs wait is started again for them', async () => {
  const pid = await leaveBatch(3)
  const window = await watcher('watches')
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), LIMIT_MS, 'its end')
  await until(() => window.client.state === 'connected' && counts(window).running === 1, LIMIT_MS, 'the next job')
  expect(counts(window)).toMatchObject({ cancelled: 1, queued: 1 })
})
