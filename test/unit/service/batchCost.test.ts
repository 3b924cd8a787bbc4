// What a batch has cost, from what the store has of its jobs.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { JobState } from '../../../src/api'
import { statePaths } from '../../../src/service/base/paths'
import { coreHoursOf } from '../../../src/service/history/batchCost'
import type { Facts } from '../../../src/service/store/records'
import { SLICE, Store } from '../../../src/service/store/store'
import { jobRecord } from '../../support/jobRecord'
import { makeTempState, type TempState } from '../../support/tempState'

const HOUR_MS = 3_600_000
const BATCH = 1

let state: TempState
let store: Store
beforeEach(() => {
  state = makeTempState()
  store = new Store(statePaths(state.folder).store)
})
afterEach(async () => {
  store.close()
  await state.remove()
})

interface Ran {
  facts: Facts
  state?: JobState
  cores?: number
  batch?: number
}

function add(seq: number, { facts, state = 'succeeded', cores, batch = BATCH }: Ran): void {
  const job = jobRecord(seq, { batch })
  store.insertJob({ ...job, spec: { ...job.spec, ...(cores !== undefined && { cores }) } })
  store.setState(seq, state, facts)
}

const hours = (from: number, to: number): Facts => ({ startedAt: from * HOUR_MS, endedAt: to * HOUR_MS })
const costAt = (hour: number) => coreHoursOf(store, BATCH, hour * HOUR_MS)

it('each job counts by its time and its cores, however it ended, and one that runs until now', async () => {
  add(2, { facts: hours(1, 2) })
  add(3, { facts: hours(1, 1.5), cores: 4, state: 'failed' })
  add(4, { facts: { startedAt: 2 * HOUR_MS }, cores: 2, state: 'running' })
  add(5, { facts: {}, state: 'queued' })
  add(6, { facts: { endedAt: HOUR_MS }, state: 'cancelled' }) // never started
  add(7, { facts: hours(1, 9), batch: 99 })
  expect(await costAt(3)).toBe(1 + 2 + 2)
  expect(await costAt(4)).toBe(1 + 2 + 4)
})

it('what was tried before counts as well', async () => {
  add(2, { facts: hours(5, 6) })
  store.attempts.add(2, 1, hours(1, 3), { stdout: null, stderr: null })
  store.setReplacedBy(2, 3)
  add(3, { facts: hours(7, 8), cores: 2 })
  expect(await costAt(9)).toBe(2 + 1 + 2)
})

it('a job whose end nobody saw does not count: its time is not known', async () => {
  const lost: Facts = { ...hours(1, 9), error: { kind: 'lost', message: 'The job service ended.' } }
  add(2, { facts: lost, state: 'lost' })
  add(3, { facts: hours(1, 2) })
  store.attempts.add(3, 1, lost, { stdout: null, stderr: null })
  expect(await costAt(10)).toBe(1)
})

it('damage counts as one core, or as nothing', async () => {
  add(2, { facts: hours(1, 2) })
  add(3, { facts: hours(1, 2), cores: 8 })
  store.db.exec("UPDATE jobs SET facts = '{' WHERE seq = 2; UPDATE jobs SET spec = '{' WHERE seq = 3")
  expect(await costAt(3)).toBe(1)
})

it('more jobs than one step takes all count', async () => {
  for (let seq = 2; seq < SLICE + 12; seq++) add(seq, { facts: hours(1, 2) })
  expect(await costAt(3)).toBe(SLICE + 10)
})

it('an empty batch has cost nothing', async () => {
  expect(await costAt(3)).toBe(0)
})
