// Work on many jobs reports how far it is and can be stopped: what was done until then stays done.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Work } from '../../../src/core/protocol/longRequests'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import type { TestWindow } from '../../support/window'

/** Many enough that each work on them takes longer than the pause between two reports. */
const MANY = 30_000
/** Saving so many takes longer than to say that it is enough. */
const RESULTS = 600

let state: TempState
let window: TestWindow

serviceForEach(given => ({ state, window } = given), {}, { resultsInHistory: true })

/** Stops at the first report. */
function stopping(): { work: Work; reports: [done: number, total: number | undefined][] } {
  const controller = new AbortController()
  const reports: [number, number | undefined][] = []
  const onProgress = (done: number, total?: number) => {
    reports.push([done, total])
    controller.abort()
  }
  return { work: { signal: controller.signal, onProgress }, reports }
}

it('cancel, rerun and clear report and are stopped halfway', async () => {
  const { service } = window.client
  const environment = window.client.environmentHash
  await service.pause({ paused: true })
  const batch = window.api.submitBatch(Array.from({ length: MANY }, () => ({ command: ['true'] })))
  await batch.jobs.at(-1)?.accepted
  const filter = { batchId: batch.id }
  const counts = async () => (await service.getBatch({ id: batch.id }))?.counts ?? {}

  const cancelling = stopping()
  const { cancelled } = await service.cancel({ filter }, cancelling.work)
  expect(cancelling.reports[0]?.[0]).toBeGreaterThan(0)
  expect(cancelled).toBeGreaterThanOrEqual(cancelling.reports.at(-1)?.[0] as number)
  expect(cancelled).toBeLessThan(MANY)
  expect(await counts()).toMatchObject({ cancelled, queued: MANY - cancelled })

  expect((await service.cancel({ filter })).cancelled).toBe(MANY - cancelled)
  const running = stopping()
  const { jobs } = await service.rerun({ filter, environment }, running.work)
  expect(jobs.length).toBeGreaterThan(0)
  expect(jobs.length).toBeLessThan(MANY)
  expect(await counts()).toMatchObject({ queued: jobs.length, cancelled: MANY - jobs.length })

  await service.cancel({ filter })
  const clearing = stopping()
  const { cleared } = await service.clear({ filter, unsaved: 'delete' }, clearing.work)
  expect(cleared).toBeGreaterThan(0)
  expect(cleared).toBeLessThan(MANY)
  expect((await service.getBatch({ id: batch.id }))?.total).toBe(MANY - cleared)
})

it('save reports of how many, and leaves what was saved', async () => {
  const { service } = window.client
  const folder = join(state.folder, 'saved')
  const batch = window.api.submitBatch(Array.from({ length: RESULTS }, () => ({ command: ['echo', 'result'] })))
  expect((await batch.completed).counts.succeeded).toBe(RESULTS)
  const { work, reports } = stopping()
  const { files } = await service.save({ filter: { batchId: batch.id }, folder }, work)
  expect(reports[0]?.[1]).toBe(RESULTS)
  expect(files.length).toBeLessThan(RESULTS)
  expect(files.every(file => existsSync(file))).toBe(true)
  expect(readdirSync(folder).length).toBe(files.length)
})
