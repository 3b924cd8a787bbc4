// A window sees the jobs of earlier and of other windows, and is told which are from elsewhere.
import { expect, test } from 'vitest'
import type { Row } from '../../../src/core/protocol/facts'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 30_000

let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ open } = given))

async function rowsOf({ client }: TestWindow, expanded: string[] = []): Promise<readonly Row[]> {
  const rows = await client.service.watchRows({ id: 'view', query: { from: 0, count: 20, expanded } })
  return rows?.rows ?? []
}

const nameOf = (row: Row) => (row.kind === 'job' ? row.job.name : row.batch.name)
const origins = (rows: readonly Row[]) => Object.fromEntries(rows.map(row => [nameOf(row), row.from]))
const job = (name: string) => ({ command: ['true'], name })

/** Submits a job and a batch of one; resolves when both have ended. */
async function run({ api }: TestWindow, name: string): Promise<{ id: string; batchId: string }> {
  const single = api.submit(job(name))
  const batch = api.submitBatch([job(`${name} inner`)], { name: `${name} batch` })
  await Promise.all([single.result, batch.completed])
  return { id: single.id, batchId: batch.id }
}

test('jobs of an earlier window are listed, found by their ids and shown', async () => {
  const first = open()
  const { id, batchId } = await run(first, 'before')
  first.client.dispose()
  const later = open()
  const own = await run(later, 'now')
  expect((await later.api.list({})).jobs.map(({ name }) => name)).toEqual([
    'now inner',
    'now',
    'before inner',
    'before',
  ])
  expect((await later.api.getJob(id))?.info).toMatchObject({ name: 'before', state: 'succeeded' })
  expect((await later.api.list({ batchId })).jobs.map(({ name }) => name)).toEqual(['before inner'])
  await until(async () => (await later.client.service.status(null)).windows.length === 1, LIMIT_MS, 'no other window')
  expect(origins(await rowsOf(later, [batchId, own.batchId]))).toEqual({
    now: undefined,
    'now batch': undefined,
    'now inner': undefined,
    before: {},
    'before batch': {},
    'before inner': {},
  })
})

test('what is from another window says from which, and what is from another folder from which', async () => {
  const here = open({ name: 'here', workspace: 'file:///study' })
  const same = open({ name: 'beside', workspace: 'file:///study' })
  const elsewhere = open({ name: 'atlas', workspace: 'file:///atlas' })
  const gone = open({ name: 'gone', workspace: 'file:///gone' })
  for (const [name, window] of Object.entries({ here, same, elsewhere, gone })) await run(window, name)
  gone.client.dispose()
  await until(async () => (await here.client.service.status(null)).windows.length === 3, LIMIT_MS, 'three windows')
  const atlas = { window: 'atlas', workspace: 'file:///atlas' }
  const expected = {
    here: undefined,
    same: { window: 'beside' },
    elsewhere: atlas,
    gone: { workspace: 'file:///gone' },
  }
  const seen = origins(await rowsOf(here))
  for (const [name, from] of Object.entries(expected)) {
    expect([name, seen[name], seen[`${name} batch`]]).toEqual([name, from, from])
  }
  const rows = await rowsOf(elsewhere)
  expect(origins(rows)).toMatchObject({ elsewhere: undefined, here: { window: 'here', workspace: 'file:///study' } })
})
