// A window sees the jobs of earlier and of other windows, and knows which are from elsewhere.
import { expect, test } from 'vitest'
import type { GroupRow, Row, RowQuery, WorkRow } from '../../../src/core/protocol/facts'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 30_000

let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ open } = given))

async function rowsOf({ client }: TestWindow, expanded: string[] = []): Promise<readonly WorkRow[]> {
  const rows = await client.service.watchRows({ id: 'view', query: { from: 0, count: 20, expanded } })
  return (rows?.rows ?? []).filter(row => row.kind !== 'group')
}

/** Each row as `depth name`, a group by its id, with the row that it is in. */
async function outlineOf({ client }: TestWindow, query: Partial<RowQuery> = {}) {
  const all: RowQuery = { from: 0, count: 50, expanded: [], groups: true }
  const { rows = [], total = 0 } = (await client.service.watchRows({ id: 'view', query: { ...all, ...query } })) ?? {}
  const from = query.from ?? 0
  const shown = (row: Row, at: number) => {
    if (row.kind === 'group') return `${row.id} ${row.entries}`
    const parent = row.parent === undefined ? '' : ` in ${row.parent}`
    return `${'  '.repeat(row.depth ?? 0)}${nameOf(row)}${parent} at ${from + at}`
  }
  return { rows: rows.map(shown), total, groups: rows.filter((row): row is GroupRow => row.kind === 'group') }
}

const nameOf = (row: WorkRow) => (row.kind === 'job' ? row.job.name : row.batch.name)
const origins = (rows: readonly WorkRow[]) => Object.fromEntries(rows.map(row => [nameOf(row), row.from]))
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

test('what is from other folders comes last, in a group that is folded at first', async () => {
  const here = open({ name: 'here', workspace: 'file:///study' })
  const beside = open({ name: 'beside', workspace: 'file:///study' })
  await run(here, 'here')
  expect((await outlineOf(here)).rows).toEqual(['here batch at 0', 'here at 1'])
  const batches = []
  for (const folder of ['atlas', 'brain'])
    batches.push((await run(open({ name: folder, workspace: `file:///${folder}` }), folder)).batchId)
  const { batchId } = await run(beside, 'beside')
  const own = ['beside batch at 0', 'beside at 1', 'here batch at 2', 'here at 3']
  const folded = await outlineOf(here)
  expect(folded).toMatchObject({ rows: [...own, 'otherWindows 4'], total: 5 })
  expect(folded.groups).toMatchObject([{ expanded: false, place: 4, places: 5 }])
  const expanded = [batchId, 'otherWindows', ...batches]
  const rows = [
    ...['beside batch at 0', '  beside inner in 0 at 1', 'beside at 2', 'here batch at 3', 'here at 4'],
    'otherWindows 4',
    ...['  brain batch in 5 at 6', '    brain inner in 6 at 7', '  brain in 5 at 8'],
    ...['  atlas batch in 5 at 9', '    atlas inner in 9 at 10', '  atlas in 5 at 11'],
  ]
  expect(await outlineOf(here, { expanded })).toMatchObject({ rows, total: 12 })
  for (let from = 0; from < rows.length; from++) {
    const page = await outlineOf(here, { expanded, from, count: 3 })
    expect(page).toMatchObject({ rows: rows.slice(from, from + 3), total: 12 })
  }
  // as an older window asks
  expect((await rowsOf(here)).map(nameOf)).toHaveLength(8)
})

test('the next job service puts them into the same groups', async () => {
  const here = open({ name: 'here', workspace: 'file:///study' })
  const elsewhere = open({ name: 'atlas', workspace: 'file:///atlas' })
  await run(here, 'here')
  await run(elsewhere, 'there')
  await here.client.service.restart({ when: 'now' })
  const later = open({ name: 'later', workspace: 'file:///study' })
  const expanded = ['otherWindows']
  const rows = ['here batch at 0', 'here at 1', 'otherWindows 2', '  there batch in 2 at 3', '  there in 2 at 4']
  await until(async () => later.client.connect({ start: true }), LIMIT_MS, 'the next service')
  expect(await outlineOf(later, { expanded })).toMatchObject({ rows, total: 5 })
  await later.client.service.clear({ filter: { all: true }, unsaved: 'delete' })
  // that the second batch is complete may come after this, with the window that had submitted it
  await until(async () => (await outlineOf(later, { expanded })).total === 0, LIMIT_MS, 'an empty list')
})

test('windows of two folders with the same variables are kept apart, whichever has come last', async () => {
  const here = open({ name: 'here', workspace: 'file:///study' })
  const elsewhere = open({ name: 'atlas', workspace: 'file:///atlas' })
  await here.client.connect({ start: true })
  await elsewhere.client.connect({ start: true })
  await elsewhere.client.service.status(null)
  await run(here, 'here')
  await run(elsewhere, 'there')
  await run(here, 'again')
  const own = ['again batch at 0', 'again at 1', 'here batch at 2', 'here at 3', 'otherWindows 2']
  expect((await outlineOf(here)).rows).toEqual(own)
  expect((await outlineOf(elsewhere)).rows).toEqual(['there batch at 0', 'there at 1', 'otherWindows 4'])
})
