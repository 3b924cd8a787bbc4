// What is decided for a batch as a whole, over a store of its own.
import { expect, it } from 'vitest'
import { Signal } from '../../../src/service/base/signal'
import { BatchControl, type BatchControlParts } from '../../../src/service/lifecycle/batchControl'
import { BulkActions, type BulkActionsParts } from '../../../src/service/lifecycle/bulkActions'
import { type StoredJobs, storedJobsForEach } from '../../support/storedJobs'
import { until } from '../../support/until'

let jobs: StoredJobs
let control: BatchControl
let ended = 0

storedJobsForEach(given => {
  jobs = given
  const bulk: Partial<BulkActionsParts> = { ...jobs, mayStart: new Signal() }
  const parts: Partial<BatchControlParts> = { ...jobs, bulk: new BulkActions(bulk as BulkActionsParts) }
  control = new BatchControl(parts as BatchControlParts)
  jobs.ledger.listen(control)
  ended = 0
  jobs.ledger.listen({ batchEnded: () => void ended++ })
})

it('a batch stops once when several of its jobs fail together, and ends', async () => {
  const batch = jobs.addBatch({ stopAfterFailures: 1 })
  const [a, b, c, ...others] = Array.from({ length: 6 }, () => jobs.addJob({ batch: batch.record.seq }))
  for (const job of [a, b, c]) if (job) jobs.fail(job)
  await until(() => ended > 0, 10_000, 'the end of the batch')
  expect(batch.counts).toEqual({ queued: 0, failed: 3, cancelled: 3 })
  expect([a, b, c].map(job => jobs.store.job(job?.seq ?? 0)?.state)).toEqual(['failed', 'failed', 'failed'])
  for (const { seq } of others)
    expect(jobs.store.job(seq)).toMatchObject({ state: 'cancelled', facts: { endedBy: 'batch' } })
  expect(ended).toBe(1)
})

it('jobs that come to a batch that has failed do not start, and those of it that are run again are left', async () => {
  const batch = jobs.addBatch({ stopAfterFailures: 1 })
  const { seq } = batch.record
  const [failed, other] = [jobs.addJob({ batch: seq }), jobs.addJob({ batch: seq })]
  jobs.fail(failed)
  await until(() => ended > 0, 10_000, 'the end of the batch')
  const again = jobs.rerun(jobs.store.job(other.seq) ?? other)
  const late = jobs.addJob({ batch: seq })
  control.submitted([late])
  expect(jobs.store.job(late.seq)).toMatchObject({
    state: 'cancelled',
    facts: { endedBy: 'batch', cancelReason: '1 job of the batch has failed.' },
  })
  expect(jobs.store.job(again.seq)?.state).toBe('queued')
})
