// The job service is killed in the moment in which a window hears of something: that is on disk already.
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

let state: TempState
let window: TestWindow
stateForEach(given => {
  state = given.state
  window = given.open()
})

/** Kills the service at once, and reads what it has left. */
async function storedAfterKill(sql: string): Promise<unknown[]> {
  const paths = statePaths(state.folder)
  const service = readRecord(paths)?.pid as number
  process.kill(service, 'SIGKILL')
  window.client.dispose()
  await until(() => !isAlive(service), 20_000, 'its end')
  const db = new DatabaseSync(paths.store)
  try {
    return db
      .prepare(sql)
      .all()
      .map(row => Object.values(row)[0])
  } finally {
    db.close()
  }
}

/** A job that waits behind a long one. */
async function queuedJob() {
  await window.configure({ concurrency: 1, killGraceSeconds: 1 })
  const running = window.api.submit({ command: ['sleep', '600'], name: 'long' })
  await until(() => running.info.state === 'running', 20_000, 'the long job')
  const queued = window.api.submit({ command: ['true'], name: 'queued' })
  await queued.accepted
  return queued
}

it('that a job has ended', async () => {
  await window.api.submit({ command: ['true'] }).result
  expect(await storedAfterKill('SELECT state FROM jobs')).toEqual(['succeeded'])
})

it('that a job was cancelled', async () => {
  const queued = await queuedJob()
  await queued.cancel()
  expect(await storedAfterKill("SELECT state FROM jobs WHERE json_extract(spec, '$.name') = 'queued'")).toEqual([
    'cancelled',
  ])
})

it('that no more jobs come to a batch', async () => {
  const batch = window.api.openBatch()
  await batch.add({ command: ['true'] }).result
  await window.client.service.sealBatch({ id: batch.id, sealed: 'complete' })
  expect(await storedAfterKill('SELECT sealed FROM batches')).toEqual(['complete'])
})

it('how many jobs of a batch run at once', async () => {
  const batch = window.api.openBatch({ concurrency: 1 })
  await batch.add({ command: ['true'] }).result
  await window.client.service.setBatchConcurrency({ id: batch.id, concurrency: 3 })
  expect(await storedAfterKill('SELECT concurrency FROM batches')).toEqual([3])
})

it('that jobs have left the history', async () => {
  const { id } = await window.api.submit({ command: ['true'] }).result
  await window.client.service.clear({ filter: { ids: [id] }, unsaved: 'delete' })
  expect(await storedAfterKill('SELECT id FROM jobs')).toEqual([])
})

it('that the queue is paused, and the settings of the machine', async () => {
  await window.configure({ concurrency: 3 })
  await window.client.service.pause({ paused: true })
  const metas = await storedAfterKill("SELECT key || ' ' || value FROM meta")
  expect(metas.join('\n')).toMatch(/"concurrency":3/)
  expect(metas).toContain('paused yes')
})
