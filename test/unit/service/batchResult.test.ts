// When the result of a batch waits for its handler, over a store of its own.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { JobRecord } from '../../../src/service/store/records'
import { openStoredJobs, type StoredJobs } from '../../support/storedJobs'
import { makeTempState, type TempState } from '../../support/tempState'

let state: TempState
let jobs: StoredJobs

beforeEach(() => {
  state = makeTempState()
  jobs = openStoredJobs(state.folder)
})
afterEach(async () => {
  jobs.store.close()
  await state.remove()
})

const end = (job: JobRecord) => jobs.ledger.transition(job, 'failed', { endedAt: 1000, endedBy: 'self' })

it('the result of a batch does not wait while jobs of it run again', () => {
  const handler = { id: 'a.b/c' }
  jobs.ledger.listen({ batchEnded: ({ record }) => jobs.store.deliveries.add(record.seq, handler.id) })
  const { seq } = jobs.addBatch({ handler }).record
  const job = jobs.addJob({ batch: seq })
  const waits = () => jobs.store.deliveries.get(seq) !== undefined
  end(job)
  expect(waits()).toBe(true)
  const again = jobs.rerun(job)
  expect(waits()).toBe(false)
  end(again)
  expect(waits()).toBe(true)
})
