// What is found and cleared of the history, over a store of its own.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { defaultSettings } from '../../../src/core/protocol/settingsTable'
import { trim } from '../../../src/service/history/trim'
import { jobRecord } from '../../support/jobRecord'
import { type StoredJobs, storedJobsForEach } from '../../support/storedJobs'

let jobs: StoredJobs
storedJobsForEach(given => {
  jobs = given
})
const clearAll = () => jobs.history.clear({ all: true }, 'keep', jobs.paths.spool)

it.each([undefined, false])(
  'a clear asks about what the handler of a batch has not taken, collected or not',
  async collect => {
    const handler = { id: 'a.b/c', ...(collect === false && { collect }) }
    const { seq } = jobs.addBatch({ handler }).record
    const [first, second] = [jobs.addJob({ batch: seq }), jobs.addJob({ batch: seq })]
    jobs.fail(first)
    expect(await clearAll()).toEqual({ cleared: 0, unsaved: 1 })
    jobs.fail(second)
    jobs.store.deliveries.add(seq, handler.id)
    expect(await clearAll()).toEqual({ cleared: 0, unsaved: 2 })
    expect((await jobs.history.outline({ all: true })).jobs).toMatchObject([
      { unsaved: 1, awaited: true },
      { unsaved: 1, awaited: true },
    ])
    expect(jobs.store.deliveries.get(seq)).toBeDefined()
    jobs.store.deliveries.remove(seq) // it was taken
    expect(await clearAll()).toEqual({ cleared: 2, unsaved: 0 })
  },
)

it('pages of a list go on where the one before has ended, also when its last job was cleared meanwhile', async () => {
  const ids = Array.from({ length: 4 }, () => jobs.addJob()).map(job => {
    jobs.fail(job)
    return job.id
  })
  const first = await jobs.history.list({ limit: 2 })
  expect(first.jobs.map(({ id }) => id)).toEqual([ids[3], ids[2]])
  await jobs.history.clear({ ids: [ids[2] as string] }, 'keep', jobs.paths.spool)
  const second = await jobs.history.list({ limit: 2, after: first.next ?? '' })
  expect(second).toMatchObject({ jobs: [{ id: ids[1] }, { id: ids[0] }] })
  expect(second.next).toBeUndefined()
  expect((await jobs.history.list({ after: ids[1] as string })).jobs.map(({ id }) => id)).toEqual([ids[0]])
})

it('a clear goes on when a file cannot be removed', async () => {
  const id = jobRecord(1).id
  const file = join(jobs.paths.spool, `${id}.in`)
  mkdirSync(file) // as little a file as one that somebody else keeps
  const first = jobs.addJob()
  jobs.store.setSpec(first.seq, { ...first.spec, stdin: { file, owned: true } })
  for (const job of [first, jobs.addJob()]) jobs.fail(job)
  expect(await clearAll()).toEqual({ cleared: 2, unsaved: 0 })
  expect([jobs.entries.all.length, (await jobs.history.list({})).jobs]).toEqual([0, []])
})

it('a trim takes all that goes from the list in one pass', async () => {
  const batch = jobs.addBatch().record.seq
  for (let i = 0; i < 3; i++) jobs.fail(jobs.addJob())
  jobs.fail(jobs.addJob({ batch }))
  const kept = jobs.addJob()
  const passes = vi.spyOn(jobs.entries, 'removeAll')
  expect(await trim(jobs, { ...defaultSettings, historyDays: 0 }, jobs.paths.spool)).toBe(4)
  expect(passes).toHaveBeenCalledOnce()
  expect([...jobs.entries.all.ascending]).toEqual([kept.pos])
})
