// The time of a batch over a rerun and over the end of its service, through the API and a real job service.
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { statePaths } from '../../../src/service/base/paths'
import { Store } from '../../../src/service/store/store'
import { batchRecord } from '../../support/batchRecord'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

/** More than what counts as a moment between two jobs. */
const IDLE_MS = 1200

const passed = (since: number) => until(() => Date.now() - since > IDLE_MS, 20_000, 'a while without work')

it('what lies idle before a rerun is no time of the batch, also for the next service', async () => {
  const window = open()
  await window.configure({ concurrency: 1 })
  const batch = window.api.submitBatch([{ command: ['false'] }], { name: 'again' })
  await batch.completed
  const ended = async () => {
    const info = await window.client.service.getBatch({ id: batch.id })
    return info?.endedAt !== undefined && info
  }
  const first = await until(ended, 20_000, 'the first round')
  await passed(first.endedAt as number)
  const [again] = await window.api.rerun({ batchId: batch.id })
  await again?.result
  const second = await until(ended, 20_000, 'the second round')
  expect(second.startedAt).toBe(first.startedAt)
  expect(second.idleMs).toBeGreaterThanOrEqual(IDLE_MS)
  const { pid } = await window.client.service.status(null)
  window.client.dispose()
  process.kill(pid, 'SIGTERM')
  await until(() => state.servicePids().length === 0, 20_000, 'the end of the service')
  const later = open()
  await later.client.connect({ start: true })
  expect(await later.client.service.getBatch({ id: batch.id })).toMatchObject({
    startedAt: second.startedAt,
    endedAt: second.endedAt,
    idleMs: second.idleMs,
  })
})

it('a batch that is not complete while there is no service counts that time as idle', async () => {
  const window = open()
  await window.configure({ concurrency: 1 })
  const batch = window.api.submitBatch([{ command: ['true'] }, { command: ['sleep', '600'] }, { command: ['true'] }])
  await until(() => batch.jobs[1]?.info.state === 'running', 20_000, 'the second job')
  const { pid } = await window.client.service.status(null)
  window.client.dispose()
  process.kill(pid, 'SIGKILL')
  await until(() => state.servicePids().length === 0, 20_000, 'the end of the service')
  const gone = Date.now()
  await passed(gone)
  const later = open()
  await later.client.connect({ start: true })
  const info = await until(
    async () => {
      const found = await later.client.service.getBatch({ id: batch.id })
      return found?.counts.lost === 1 && found
    },
    20_000,
    'the lost job',
  )
  expect(info.counts).toMatchObject({ succeeded: 1, queued: 1 })
  expect(info.restingSince).toBeLessThanOrEqual(gone)
})

it('a store of the version before has batches without idle time', () => {
  const file = statePaths(state.folder).store
  const store = new Store(file)
  store.insertBatch(batchRecord('old'))
  store.close()
  const db = new DatabaseSync(file)
  for (const column of ['idle', 'round', 'handler']) db.exec(`ALTER TABLE batches DROP COLUMN ${column}`)
  db.exec('DROP TABLE deliveries; DROP TABLE usage; PRAGMA user_version = 2')
  db.close()
  const again = new Store(file)
  expect(again.batches()).toMatchObject([{ name: 'old', idle: 0 }])
  again.close()
})
