// Jobs are found by what is typed, sorted and grouped by the job service, and stay found as they change.
import { expect, test } from 'vitest'
import type { Row, RowQuery, Rows } from '../../../src/core/protocol/facts'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 30_000

let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ open } = given))

type Find = NonNullable<RowQuery['find']>

async function rowsOf({ client }: TestWindow, find: Partial<Find>, query: Partial<RowQuery> = {}): Promise<Rows> {
  const all: RowQuery = { from: 0, count: 50, expanded: [], ...query, find: { text: '', order: 'newest', ...find } }
  return (await client.service.watchRows({ id: 'view', query: all })) ?? { from: 0, total: 0, rows: [] }
}

const nameOf = (row: Row) => (row.kind === 'job' ? row.job.name : row.kind === 'batch' ? row.batch.name : '')
const namesOf = ({ rows }: Rows) => rows.map(nameOf)
const namesFound = async (window: TestWindow, text: string, more: Partial<Find> = {}) =>
  namesOf(await rowsOf(window, { text, ...more }))
const groupsOf = ({ rows }: Rows) =>
  rows.flatMap(row => (row.kind === 'group' ? `${row.entries} × ${row.found?.label}` : []))

const sh = (name: string, script: string, more = {}) => ({ name, command: ['sh', '-c', script], ...more })

/** Jobs of every kind that differ in what is looked for; resolves when they have ended. */
async function runJobs({ api }: TestWindow): Promise<string> {
  const batch = api.submitBatch(
    [
      sh('sub-01', 'true'),
      sh('sub-02', 'echo "ModuleNotFoundError: No module named \'nibabel\'" >&2; exit 3', { cwd: '/' }),
      sh('sub-03', 'echo "ModuleNotFoundError: No module named \'nibabel\'" >&2; exit 3'),
      sh('sub-04', 'echo "ValueError: bad header in sub-04, line 17" >&2; exit 1'),
      sh('sub-05', 'echo "ValueError: bad header in sub-05, line 4" >&2; exit 1'),
    ],
    { name: 'Left lungs' },
  )
  const flaky = api.submit(sh('flaky', 'exit 9', { retries: 1, priority: 5 }))
  const single = api.submit(sh('Größe "50%"', 'true'))
  const killed = api.submit(sh('killed', 'kill -TERM $$'))
  await Promise.all([batch.completed, flaky.result, single.result, killed.result])
  return batch.id
}

test('each condition finds what it says, alone and with others', async () => {
  const window = open()
  const batchId = await runJobs(window)
  const all = ['killed', 'Größe "50%"', 'flaky', 'sub-05', 'sub-04', 'sub-03', 'sub-02', 'sub-01']
  const id = (await window.api.list({ limit: 1 })).jobs[0]?.id ?? ''
  const expected: Record<string, string[]> = {
    '': all,
    'sub-': ['sub-05', 'sub-04', 'sub-03', 'sub-02', 'sub-01'],
    'SUB-04': ['sub-04'],
    nibabel: ['sub-03', 'sub-02'],
    größe: ['Größe "50%"'],
    GRÖSSE: [],
    '50%': ['Größe "50%"'],
    'kill -TERM': [],
    '"kill -TERM"': ['killed'],
    'state:failed': ['killed', 'flaky', 'sub-05', 'sub-04', 'sub-03', 'sub-02'],
    'state:failed exit:3': ['sub-03', 'sub-02'],
    'exit:>1': ['flaky', 'sub-03', 'sub-02'],
    '-exit:>0': ['killed', 'Größe "50%"', 'sub-01'],
    'state:succeeded': ['Größe "50%"', 'sub-01'],
    '-state:succeeded -state:failed': [],
    'error:header': ['sub-05', 'sub-04'],
    'signal:term': ['killed'],
    'attempt:>1': ['flaky'],
    'priority:5': ['flaky'],
    'cores:>1': [],
    'queue:local name:flaky': ['flaky'],
    'folder:/ name:sub-02': ['sub-02'],
    'batch:lung name:01': ['sub-01'],
    [`batch:${batchId} state:succeeded`]: ['sub-01'],
    [`batch:#${batchId.slice(-8)} state:succeeded`]: ['sub-01'],
    'duration:>1h': [],
    'duration:<1h state:succeeded': ['Größe "50%"', 'sub-01'],
    'memory:>1TB': [],
    "name:' OR 1=1 --": [],
    'state:wrong name:killed': ['killed'],
  }
  const found: Record<string, string[]> = {}
  for (const text of Object.keys(expected)) found[text] = await namesFound(window, text)
  expect(found).toEqual(expected)
  expect(await namesFound(window, `id:${id}`)).toHaveLength(1)
})

test('what is found is sorted, counted, and read in parts', async () => {
  const window = open()
  await runJobs(window)
  await window.client.service.pause({ paused: true })
  window.api.submit(sh('waits', 'true'))
  await until(async () => (await namesFound(window, 'state:queued')).length === 1, LIMIT_MS, 'a queued job')
  const matters = await namesFound(window, '', { order: 'matters' })
  expect(matters.slice(0, 2)).toEqual(['killed', 'flaky'])
  expect(matters.slice(6)).toEqual(['waits', 'Größe "50%"', 'sub-01'])
  const part = await rowsOf(window, { text: 'sub-' }, { from: 1, count: 2, serial: 7 })
  expect({ ...part, rows: namesOf(part) }).toEqual({
    from: 1,
    total: 5,
    found: 5,
    serial: 7,
    rows: ['sub-04', 'sub-03'],
  })
  expect(part.rows[0]).toMatchObject({ depth: 0, place: 1, places: 5 })
})

test('the longest, and what took the most memory, come first', async () => {
  const window = open()
  await window.api.submit(sh('short', 'true')).result
  await window.api.submit(sh('long', 'sleep 0.6')).result
  await window.api.submit(sh('middle', 'sleep 0.2')).result
  expect(await namesFound(window, '', { order: 'duration' })).toEqual(['long', 'middle', 'short'])
  const { jobs } = await window.api.list({})
  const byMemory = [...jobs].sort((a, b) => (b.peakMemoryBytes ?? -1) - (a.peakMemoryBytes ?? -1))
  const shown = (await rowsOf(window, { order: 'memory' })).rows.map(
    row => row.kind === 'job' && row.job.peakMemoryBytes,
  )
  expect(shown).toEqual(byMemory.map(job => job.peakMemoryBytes))
})

test('groups: of failures that say the same but for their numbers, of batches, states and queues', async () => {
  const window = open()
  await runJobs(window)
  const failures = await rowsOf(window, { group: 'failure', text: 'sub-' })
  expect(groupsOf(failures).sort()).toEqual([
    '1 × ',
    "2 × ModuleNotFoundError: No module named 'nibabel'",
    '2 × ValueError: bad header in …, line …',
  ])
  const [first] = failures.rows
  expect(first?.kind === 'group' && first.entries).toBe(2)
  const open1 = failures.rows.flatMap(row =>
    row.kind === 'group' && row.found?.label.startsWith('ValueError') ? row.id : [],
  )
  const unfolded = await rowsOf(window, { group: 'failure', text: 'sub-' }, { expanded: open1 })
  expect(unfolded).toMatchObject({ total: 5, found: 5 })
  expect(namesOf(unfolded).filter(name => name !== '')).toEqual(['sub-05', 'sub-04'])
  expect(groupsOf(await rowsOf(window, { group: 'batch' }))).toEqual(['3 × ', '5 × Left lungs'])
  expect(groupsOf(await rowsOf(window, { group: 'state' }))).toEqual(['6 × failed', '2 × succeeded'])
  expect(groupsOf(await rowsOf(window, { group: 'queue' }))).toEqual(['8 × local'])
})

test('rows follow jobs: what is new, changes, is run again or leaves is found or not', async () => {
  const window = open()
  const { client, api } = window
  const shown: Rows[] = []
  client.onEvents(events => {
    for (const event of events) if (event.type === 'rows') shown.push(event.rows)
  })
  const last = (...names: string[]) =>
    until(() => shown.length > 0 && namesOf(shown.at(-1) as Rows).join() === names.join(), LIMIT_MS, `rows ${names}`)
  expect(namesOf(await rowsOf(window, { text: 'state:failed' }))).toEqual([])
  await api.submit(sh('one', 'exit 1')).result
  await last('one')
  await api.submit(sh('two', 'exit 1')).result
  await last('two', 'one')
  const [two, one] = (await api.list({})).jobs
  await client.service.rerun({
    filter: { ids: [two?.id ?? ''] },
    environment: client.environmentHash,
    changes: { command: ['true'] },
  })
  await last('one')
  await client.service.clear({ filter: { ids: [one?.id ?? ''] }, unsaved: 'delete' })
  await last()
})

test('a job that runs is found by what is known of it now', async () => {
  const window = open()
  const job = window.api.submit(sh('runs', 'sleep 600'))
  await until(async () => (await namesFound(window, 'state:running')).join() === 'runs', LIMIT_MS, 'a running job')
  await until(async () => (await namesFound(window, 'duration:>1s')).length === 1, LIMIT_MS, 'a second')
  expect(await namesFound(window, 'state:queued')).toEqual([])
  job.cancel()
  await job.result
  expect(await namesFound(window, 'state:running')).toEqual([])
})

test('a later query wins, also over one that still searches', async () => {
  const window = open()
  await runJobs(window)
  const answers = await Promise.all(
    ['state:failed', 'sub-', 'name:flaky'].map(text =>
      window.client.service.watchRows({
        id: 'view',
        query: { from: 0, count: 9, expanded: [], find: { text, order: 'newest' } },
      }),
    ),
  )
  // an earlier one may have been answered before the next had come; then it has its own rows
  const [failed, subjects, flaky] = answers.map(rows => rows && namesOf(rows))
  expect([undefined, 6]).toContain(failed?.length)
  expect([undefined, 5]).toContain(subjects?.length)
  expect(flaky).toEqual(['flaky'])
  const { client } = window
  const searching = client.service.watchRows({
    id: 'view',
    query: { from: 0, count: 9, expanded: [], find: { text: 'sub-', order: 'newest' } },
  })
  const plain = client.service.watchRows({ id: 'view', query: { from: 0, count: 9, expanded: [] } })
  expect([undefined, 5]).toContain((await searching)?.total)
  expect((await plain)?.total).toBe(4)
})

test('the ids of all that is found are given in the order of submission; a mistake finds nothing', async () => {
  const window = open()
  await runJobs(window)
  const { service } = window.client
  const { ids } = await service.findJobs({ text: 'sub- state:failed' })
  const names = await Promise.all(ids.map(async id => (await window.api.getJob(id))?.info.name))
  expect(names).toEqual(['sub-02', 'sub-03', 'sub-04', 'sub-05'])
  await expect(service.findJobs({ text: 'state:failed memory:lots' })).rejects.toThrow(
    '“memory:lots” cannot be compared',
  )
})

test('thousands of jobs: all are found, and the last page has the oldest', async () => {
  const window = open()
  const COUNT = 12_000
  await window.client.service.pause({ paused: true })
  const batch = window.api.submitBatch(
    Array.from({ length: COUNT }, (_, i) => ({ command: ['true'], name: `job ${i}` })),
    { name: 'many' },
  )
  await until(async () => (await window.client.service.getBatch({ id: batch.id }))?.total === COUNT, 60_000, 'all jobs')
  const rows = await rowsOf(window, { text: 'job' }, { from: COUNT - 2, count: 10 })
  expect({ ...rows, rows: namesOf(rows) }).toEqual({
    from: COUNT - 2,
    total: COUNT,
    found: COUNT,
    rows: ['job 1', 'job 0'],
  })
  expect((await window.client.service.findJobs({ text: 'state:queued' })).ids).toHaveLength(COUNT)
  await batch.cancel()
  await batch.completed
  const after = await rowsOf(window, { text: 'state:cancelled' })
  expect(after.found).toBe(COUNT)
}, 180_000)
