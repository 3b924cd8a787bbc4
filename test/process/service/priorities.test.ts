// Another priority of jobs that wait: which start first, what stays as it is, and that it outlives the service.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

const logged = (name: string): JobSpec => ({
  name,
  command: ['sh', '-c', 'echo "$0" >> "$1"', name, join(state.folder, 'log')],
})
const started = () => {
  const file = join(state.folder, 'log')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

/** One slot, which is taken until `go`. */
async function blocked(): Promise<{ window: TestWindow; go(): void; blocker: string }> {
  const window = open({ resultsInHistory: true })
  await window.client.connect({ start: true })
  await window.configure({ concurrency: 1 })
  const file = join(state.folder, 'go')
  const blocker = window.api.submit({ command: ['sh', '-c', `while ! test -e ${file}; do sleep 0.05; done`] })
  await until(() => blocker.info.state === 'running', 20_000, 'the blocker')
  return { window, go: () => appendFileSync(file, ''), blocker: blocker.id }
}

it('jobs that wait start in the order of their new priorities, also those of a batch that is at its limit', async () => {
  const { window, go, blocker } = await blocked()
  const { service } = window.client
  const jobs = ['a', 'b', 'c'].map(name => window.api.submit(logged(name)))
  const batch = window.api.submitBatch(['x', 'y', 'z'].map(logged), { name: 'capped', concurrency: 1 })
  await Promise.all([...jobs, ...batch.jobs].map(job => job.accepted))
  expect(await service.highestPriority(null)).toEqual({ priority: 0 })
  const last = [jobs[2]?.id ?? '', batch.jobs[2]?.id ?? '', blocker]
  expect(await service.setPriority({ filter: { ids: last }, priority: 2 })).toEqual({ changed: 2 })
  expect(await service.setPriority({ filter: { ids: [jobs[0]?.id ?? ''] }, priority: -1 })).toEqual({ changed: 1 })
  expect(await service.highestPriority(null)).toEqual({ priority: 2 })
  const { jobs: infos } = await service.list({ filter: { ids: last } })
  expect(infos.map(({ priority }) => priority).sort()).toEqual([0, 2, 2])
  expect((await service.place({ id: batch.jobs[2]?.id ?? '' }))?.turn).toEqual({ place: 2, of: 6 })
  await until(() => jobs[2]?.info.priority === 2, 20_000, 'a handle that knows the new priority')
  go()
  await Promise.all([...jobs, ...batch.jobs].map(job => job.result))
  expect(started()).toEqual(['c', 'z', 'b', 'x', 'y', 'a'])
  expect(jobs[2]?.info).toMatchObject({ state: 'succeeded', priority: 2 })
})

it('a new priority is found at once, is kept by the next service, and of an ended job nothing changes', async () => {
  const { window, go, blocker } = await blocked()
  const { service } = window.client
  const jobs = ['a', 'b'].map(name => window.api.submit(logged(name)))
  await Promise.all(jobs.map(job => job.accepted))
  await service.setPriority({ filter: { ids: [jobs[1]?.id ?? ''] }, priority: 5 })
  expect(await service.findJobs({ text: 'priority:5' })).toEqual({ ids: [jobs[1]?.id] })
  await service.pause({ paused: true })
  const { pid } = await service.status(null)
  await service.restart({ when: 'now' })
  await until(async () => (await service.status(null).catch(() => ({ pid }))).pid !== pid, 30_000, 'the next one')
  expect(await service.setPriority({ filter: { ids: [blocker] }, priority: 9 })).toEqual({ changed: 0 })
  go()
  await service.pause({ paused: false })
  await Promise.all(jobs.map(job => job.result))
  expect(started()).toEqual(['b', 'a'])
})

it('20,000 jobs get a new priority without a long step, and stay in their order', async () => {
  const { window } = await blocked()
  const { service } = window.client
  const specs = Array.from({ length: 20_000 }, (_, i) => ({ name: `j${i}`, command: ['true'] }))
  const batch = window.api.submitBatch(specs, { name: 'many' })
  await Promise.all(batch.jobs.map(job => job.accepted))
  expect(await service.setPriority({ filter: { batchId: batch.id }, priority: 1 })).toEqual({ changed: 20_000 })
  expect((await service.place({ id: batch.jobs[7000]?.id ?? '' }))?.turn).toEqual({ place: 7001, of: 20_000 })
  await service.cancel({ filter: { batchId: batch.id } })
})
