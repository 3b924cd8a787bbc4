// When the result of a batch waits for its handler, over a store of its own.
import { expect, it } from 'vitest'
import { type StoredJobs, storedJobsForEach } from '../../support/storedJobs'

let jobs: StoredJobs
storedJobsForEach(given => {
  jobs = given
})

it('the result of a batch does not wait while jobs of it run again', () => {
  const handler = { id: 'a.b/c' }
  jobs.ledger.listen({ batchEnded: ({ record }) => jobs.store.deliveries.add(record.seq, handler.id) })
  const { seq } = jobs.addBatch({ handler }).record
  const job = jobs.addJob({ batch: seq })
  const waits = () => jobs.store.deliveries.get(seq) !== undefined
  jobs.fail(job)
  expect(waits()).toBe(true)
  const again = jobs.rerun(job)
  expect(waits()).toBe(false)
  jobs.fail(again)
  expect(waits()).toBe(true)
})
