// What of a job is known beside its facts: its turn while it waits, its curves, who cancelled it and whether that was forced.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

async function opened(): Promise<TestWindow> {
  const window = open({ resultsInHistory: true, name: 'atlas' })
  await window.client.connect({ start: true })
  await window.configure({ concurrency: 1, killGraceSeconds: 1 })
  return window
}

const placeOf = (window: TestWindow, id: string) => window.client.service.place({ id })

it('a job that waits has a turn, which comes nearer', async () => {
  const window = await opened()
  const go = join(state.folder, 'go')
  const blocker = window.api.submit({ command: ['sh', '-c', `while ! test -e ${go}; do sleep 0.05; done`] })
  await until(() => blocker.info.state === 'running', 20_000, 'the blocker')
  const waiting = ['a', 'b', 'c'].map(name => window.api.submit({ name, command: ['sleep', '600'] }))
  const urgent = window.api.submit({ command: ['true'], priority: 3 })
  await Promise.all([...waiting, urgent].map(job => job.accepted))
  const turns = async () =>
    Promise.all([urgent, ...waiting].map(async ({ id }) => (await placeOf(window, id))?.turn?.place))
  expect(await turns()).toEqual([1, 2, 3, 4])
  expect((await placeOf(window, blocker.id))?.turn).toBeUndefined()
  await waiting[0]?.cancel()
  expect(await turns()).toEqual([1, undefined, 2, 3])
  appendFileSync(go, '')
  await urgent.result
  await until(async () => String(await turns()) === ',,,1', 20_000, 'one that still waits')
})

it('a job of some seconds has curves while it runs, after its end and in the next service, until it is cleared', async () => {
  const window = await opened()
  const job = window.api.submit({
    command: ['sh', '-c', 'end=$(($(date +%s) + 5)); while test $(date +%s) -lt $end; do :; done'],
  })
  const usage = async () => (await placeOf(window, job.id))?.usage ?? []
  await until(async () => (await usage()).length > 1, 30_000, 'points of a running job')
  await job.result
  const points = await usage()
  expect(points.length).toBeGreaterThan(2)
  expect(points.at(-1)?.memoryBytes).toBeGreaterThan(0)
  expect(points.at(-1)?.cpuSeconds).toBeGreaterThan(points[0]?.cpuSeconds ?? 0)
  const { pid } = await window.client.service.status(null)
  await window.client.service.restart({ when: 'now' })
  await until(
    async () => (await window.client.service.status(null).catch(() => ({ pid }))).pid !== pid,
    30_000,
    'the next one',
  )
  expect(await usage()).toEqual(points)
  await window.client.service.clear({ filter: { ids: [job.id] }, unsaved: 'delete' })
  expect(await placeOf(window, job.id)).toBeNull()
})

it('a job that does not end when it is asked to is ended by force, which is foreseen and said', async () => {
  const window = await opened()
  await window.configure({ killGraceSeconds: 3 })
  const job = window.api.submit({ command: ['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'] })
  await until(() => job.info.stdoutBytes > 0, 20_000, 'a job that ignores SIGTERM')
  const before = Date.now()
  const cancelled = job.cancel()
  await until(() => job.info.state === 'stopping', 20_000, 'a job that is asked to end')
  expect((job.info.forceAt ?? 0) - before).toBeGreaterThanOrEqual(3000)
  await cancelled
  expect(job.info).toMatchObject({ state: 'cancelled', endedBy: 'user', cancelledFrom: 'atlas', forced: true })
  expect(job.info.forceAt).toBeUndefined()
})

it('a job that ends when it is asked to was not forced', async () => {
  const window = await opened()
  const job = window.api.submit({ command: ['sleep', '600'] })
  await until(() => job.info.state === 'running', 20_000, 'a running job')
  await job.cancel()
  expect(job.info).toMatchObject({ state: 'cancelled', endedBy: 'user', cancelledFrom: 'atlas' })
  expect(job.info.forced).toBeUndefined()
})

it('a batch has a cost when it is asked for, which grows while its jobs run and with each attempt, and is the same in the next service', async () => {
  const window = await opened()
  const { service } = window.client
  const batch = window.api.submitBatch([{ command: ['sleep', '600'], cores: 1000, name: 'large' }])
  const cost = async () => (await service.getBatch({ id: batch.id, cost: true }))?.coreHours ?? 0
  await until(async () => (await cost()) > 0.05, 20_000, 'the cost of a job that runs')
  expect(await service.getBatch({ id: batch.id })).not.toHaveProperty('coreHours')
  await batch.cancel()
  const first = await cost()
  expect(await cost()).toBe(first)
  const [again] = await window.api.rerun({ batchId: batch.id })
  await until(async () => (await cost()) > first + 0.05, 20_000, 'the cost of both')
  await again?.cancel()
  const both = await cost()
  const { pid } = await service.status(null)
  await service.restart({ when: 'now' })
  const isNext = async () => (await service.status(null).catch(() => ({ pid }))).pid !== pid
  await until(isNext, 30_000, 'the next one')
  expect(await cost()).toBe(both)
})
