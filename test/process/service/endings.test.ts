// The end of a job service by request: a restart, now or when what runs has ended, and a store that is moved aside. And what
// a person is notified of limits.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { connectRaw } from '../../support/rawConnection'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const paths = () => statePaths(state.folder)
const pidNow = () => readRecord(paths())?.pid as number
const replaced = (pid: number) =>
  until(() => !isAlive(pid) && pidNow() !== undefined && pidNow() !== pid, 30_000, 'the next service')

it('a restart now ends what runs, and keeps what is queued', async () => {
  const window = open()
  await window.configure({ concurrency: 1, killGraceSeconds: 1 })
  const running = window.api.submit({ command: ['sleep', '600'] })
  const queued = window.api.submit({ command: ['echo', 'after'], stdout: 'text' })
  await queued.accepted
  await until(() => running.info.state === 'running', 20_000, 'the job')
  const pid = pidNow()
  await window.client.service.restart({ when: 'now' })
  expect(await running.result).toMatchObject({ state: 'cancelled' })
  expect(await queued.result).toMatchObject({ state: 'succeeded', value: 'after\n' })
  await replaced(pid)
})

it('a restart later lets what runs end, and starts nothing before it', async () => {
  const window = open()
  await window.configure({ concurrency: 2 })
  const go = join(state.folder, 'go')
  const running = window.api.submit({
    command: ['sh', '-c', 'while [ ! -e "$0" ]; do sleep 0.05; done', go],
  })
  await until(() => running.info.state === 'running', 20_000, 'the job')
  const pid = pidNow()
  await window.client.service.restart({ when: 'idle' })
  const queued = window.api.submit({ command: ['touch', go] })
  await queued.accepted
  expect((await window.client.service.status(null)).draining).toBe(true)
  expect(existsSync(go)).toBe(false)
  await window.api.submit({ command: ['true'] }).accepted
  expect(isAlive(pid)).toBe(true)
  writeFileSync(go, '')
  expect(await running.result).toMatchObject({ state: 'succeeded' })
  expect(await queued.result).toMatchObject({ state: 'succeeded' })
  await replaced(pid)
})

it('a queue that a person has paused is paused after a restart, too', async () => {
  const window = open()
  await window.configure({})
  await window.client.service.pause({ paused: true })
  const job = window.api.submit({ command: ['true'] })
  await job.accepted
  const pid = pidNow()
  await window.client.service.restart({ when: 'now' })
  await replaced(pid)
  await until(() => window.client.summary?.paused && window.client.isConnected, 20_000, 'the pause')
  expect(job.info.state).toBe('queued')
  await window.client.service.pause({ paused: false })
  expect((await job.result).state).toBe('succeeded')
})

it('a store that is moved aside is in the folder that was named, with its outputs, and all jobs have ended', async () => {
  const window = open({ resultsInHistory: true })
  await window.configure({ concurrency: 1, killGraceSeconds: 1 })
  const done = window.api.submit({ command: ['sh', '-c', 'head -c 300000 /dev/zero'] })
  expect((await done.result).state).toBe('succeeded')
  const running = window.api.submit({ command: ['sleep', '600'] })
  const queued = window.api.submit({ command: ['true'] })
  await queued.accepted
  await until(() => running.info.state === 'running', 20_000, 'the job')
  const pid = pidNow()
  const { folder } = await window.client.service.moveStoreAside(null)
  expect(folder.startsWith(join(state.folder, 'aside-'))).toBe(true)
  for (const job of [running, queued]) expect((await job.result).state).toBe('cancelled')
  await until(() => !isAlive(pid), 30_000, 'its end')
  const store = new DatabaseSync(join(folder, 'jobs.sqlite'), { readOnly: true })
  const states = store.prepare('SELECT state FROM jobs ORDER BY seq').all()
  store.close()
  expect(states.map(row => row.state)).toEqual(['succeeded', 'cancelled', 'cancelled'])
  expect(readdirSync(join(folder, 'spool'))).toEqual([expect.stringContaining(done.id)])
  const next = open()
  expect((await next.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
  await until(() => next.client.summary?.counts.succeeded === 1, 20_000, 'an empty list')
  expect(next.client.summary?.counts.cancelled ?? 0).toBe(0)
})

it('a report counts what is kept, and what limits have done', async () => {
  const window = open({ resultsInHistory: true })
  await window.configure({ concurrency: 1, killGraceSeconds: 0.2, maxOutputMegabytes: 1 })
  const { api } = window
  await api.submit({ command: ['sh', '-c', 'head -c 500000 /dev/zero; head -c 200000 /dev/zero >&2'] }).result
  expect((await api.submit({ command: ['sleep', '600'], timeoutSeconds: 0.1 }).result).state).toBe('failed')
  const large = api.submit({ command: ['sh', '-c', 'head -c 3000000 /dev/zero'] })
  expect((await large.result).state).toBe('failed')
  const blocker = api.submit({ command: ['sleep', '600'] })
  await until(() => blocker.info.state === 'running', 20_000, 'the job')
  const waiting = [1, 2].map(() => api.submit({ command: ['true'] }))
  await Promise.all(waiting.map(job => job.accepted))
  const raw = connectRaw(state.folder)
  raw.socket.write('x'.repeat(10_000))
  await new Promise(resolve => raw.socket.on('close', resolve))
  const report = await window.client.service.report(null)
  expect(report.storeBytes).toBeGreaterThan(0)
  expect(report.outputBytes).toBeGreaterThanOrEqual(500_000)
  expect(report.limits).toEqual({
    waiting: { slot: 2 },
    ended: { timeout: 1, outputLimit: 1 },
    stderrCut: 1,
    batchesCut: 0,
    connectionsClosed: 1,
  })
  await blocker.cancel()
})
