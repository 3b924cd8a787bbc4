// What is requested one after the other is done in that order, and whoever takes somebody's place takes it everywhere.
import { expect, it } from 'vitest'
import type { Job } from '../../../src/api'
import { uuidv7 } from '../../../src/core/base/uuid'
import type { ServiceStatus } from '../../../src/core/protocol/facts'
import { connectRaw } from '../../support/rawConnection'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

it('a cap that is set right after the batch was opened holds', async () => {
  const window = open()
  await window.configure({ concurrency: 4 })
  const batch = window.api.openBatch<string>({ concurrency: 3 })
  batch.setConcurrency(1)
  batch.add({ command: ['true'] })
  const stored = () => window.client.service.getBatch({ id: batch.id })
  expect((await until(stored, 10_000, 'the batch')).concurrency).toBe(1)
  batch.setConcurrency(2)
  batch.close()
  await batch.completed
  await until(async () => (await stored())?.concurrency === 2, 10_000, 'the last cap') // it may still be on its way
})

it('a cancel right after a submit reaches what was submitted, and is found right away', async () => {
  const { api } = open()
  const [job, other] = [api.submit({ command: ['sleep', '60'] }), api.submit({ command: ['sleep', '60'] })]
  expect((await api.getJob(job.id))?.id).toBe(job.id)
  expect(await api.cancel({ all: true })).toBe(2)
  const third = api.submit({ command: ['sleep', '60'] })
  expect((await api.list({ ids: [third.id] })).jobs.length).toBe(1)
  const batch = api.submitBatch([{ command: ['sleep', '60'] }, { command: ['sleep', '60'] }])
  expect(await api.cancel({ batchId: batch.id })).toBe(2)
  expect(await api.cancel({ ids: [third.id] })).toBe(1)
  const results = await Promise.all([job, other, third, ...batch.jobs].map(({ result }) => result))
  expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['cancelled']))
})

it('a job that runs again is in its batch, and cancelling the batch waits for its end', async () => {
  const { api } = open()
  const script = 'test -e ran || { touch ran; exit 1; }; trap "sleep 0.5; exit" TERM; sleep 60 & wait'
  const batch = api.submitBatch([{ command: ['true'] }, { command: ['sh', '-c', script], cwd: state.folder }])
  expect((await batch.completed).counts).toMatchObject({ succeeded: 1, failed: 1 })
  const [again] = (await api.rerun({ batchId: batch.id, states: ['failed'] })) as [Job<unknown>]
  expect(batch.jobs[1]?.id).toBe(again.id)
  const pid = await until(() => again.info.state === 'running' && again.info.pid, 10_000, 'the second run')
  await batch.cancel()
  expect(again.info.state).toBe('cancelled')
  expect(isAlive(pid)).toBe(false)
})

it('a second hello on a connection is refused, and the first one stays', async () => {
  const window = open()
  await window.client.connect({ start: true })
  const { socket, connection, hello } = connectRaw(state.folder)
  await hello('first')
  await expect(hello('second')).rejects.toThrow('said hello already')
  const status: ServiceStatus = await connection.sendRequest('status', null)
  expect([...status.windows].sort()).toEqual(['first', 'test'])
  socket.destroy()
  const windows = async () => (await window.client.service.status(null)).windows.join()
  await until(async () => (await windows()) === 'test', 10_000, 'the end of the first')
})

it('a window that connects anew while its old connection still stands leaves no worker behind', async () => {
  const window = open()
  await window.client.connect({ start: true })
  const old = connectRaw(state.folder)
  await old.hello('same')
  const environment = { hash: 'e', vars: { PATH: process.env.PATH ?? '' }, secretNames: [] }
  await old.connection.sendRequest('useEnvironment', environment)
  const id = uuidv7()
  const spec = { id, name: 'worker', command: ['sleep', '60'], cwd: state.folder, protocol: 'lines' }
  await old.connection.sendRequest('startWorker', { id, owner: 'o', environment: 'e', spec })
  const pid = await until(() => window.client.summary?.workers?.[0]?.pid, 10_000, 'the worker')
  const anew = connectRaw(state.folder)
  await anew.hello('same')
  await until(() => !isAlive(pid), 20_000, 'the end of the worker')
  old.socket.destroy()
  anew.socket.destroy()
})
