// The stores of earlier versions are opened by this one with all that is in them; that of a later version is left alone.
import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { JobResult } from '../../../src/api'
import { statePaths } from '../../../src/service/base/paths'
import { openSchema } from '../../../src/service/store/schema'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

const all = { all: true } as const
const owner = 'headless-jobs.headless-jobs'
const fixtures = resolve('test/fixtures/stores')
/** The start of all ids in the fixtures, and of those in the store of a test: no other job on this machine has them. */
const FIXTURE_PREFIX = '01900000-'
let prefix = FIXTURE_PREFIX
const idOf = (seq: number) => `${prefix}0000-7000-8000-${String(seq).padStart(12, '0')}`

/** Each version of the schema has a store of its own; a version without one makes the tests fail. */
const versions = Array.from({ length: presentVersion() }, (_, index) => index + 1)

function presentVersion(): number {
  const db = new DatabaseSync(':memory:')
  openSchema(db, '')
  return versionOf(db)
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version)
}

function makeStore(version: number): string {
  mkdirSync(state.folder, { recursive: true, mode: 0o700 })
  const { store } = statePaths(state.folder)
  const db = new DatabaseSync(store)
  prefix = randomUUID().slice(0, FIXTURE_PREFIX.length)
  db.exec(readFileSync(join(fixtures, `schema${version}.sql`), 'utf8').replaceAll(FIXTURE_PREFIX, prefix))
  expect(versionOf(db)).toBe(version)
  db.close()
  return store
}

/** By name; of a place that was run again its latest job. */
async function jobsIn({ client }: TestWindow) {
  const { jobs } = await client.service.list({ filter: all })
  return new Map(jobs.map(job => [job.name, job]))
}

async function outputOf({ client }: TestWindow, seq: number, attempt?: number): Promise<string[]> {
  const read = async (stream: 'stdout' | 'stderr') => {
    const query = { id: idOf(seq), stream, offset: 0, length: 100, ...(attempt !== undefined && { attempt }) }
    return Buffer.from((await client.service.output(query)).base64, 'base64').toString()
  }
  return [await read('stdout'), await read('stderr')]
}

it('a store of version 4 has the results that wait for their handlers', async () => {
  makeStore(4)
  const window = open()
  const taken: unknown[] = []
  const take = (result: JobResult<unknown>, context: unknown) => void taken.push([result.name, context])
  window.api.registerResultHandler('test.window/take', take)
  await window.client.connect({ start: true })
  await until(() => taken.length > 0, 30_000, 'the result')
  expect(taken).toEqual([['only', { of: 'version 4' }]])
})

describe.each(versions)('a store of version %i', version => {
  it('has its jobs, their states and what they wrote', async () => {
    makeStore(version)
    const window = open({ resultsInHistory: true, owner })
    const jobs = await jobsIn(window)
    expect([...jobs].map(([name, job]) => [name, job.state]).toSorted()).toEqual([
      ['both streams', 'succeeded'],
      ['cancelled', 'cancelled'],
      ['lost', 'lost'],
      ['old', 'failed'],
      ['one', 'succeeded'],
      ['only', 'succeeded'],
      ['retried', 'succeeded'],
      ['three', 'queued'],
      ['two', 'failed'],
      ['waits', 'queued'],
      ['was running', expect.stringMatching(/^(running|lost)$/)],
    ])
    expect(jobs.get('both streams')).toMatchObject({ exitCode: 0, lastErrorLine: 'err', submittedAt: 4100000040000 })
    expect(jobs.get('cancelled')).toMatchObject({ signal: 'SIGTERM', endedBy: 'user' })
    expect(jobs.get('two')).toMatchObject({ exitCode: 1, error: { kind: 'exit', message: 'Exit code 1.' } })
    expect(await outputOf(window, 4)).toEqual(['out\n', 'err\n'])
    expect(await outputOf(window, 5)).toEqual(['part', ''])
    const { settings, settingsFrom } = await window.client.service.status(null)
    expect({ settings, settingsFrom }).toMatchObject({
      settings: { concurrency: 3, niceness: 7, afterServiceCrash: 'pause' },
      settingsFrom: 'an older window',
    })
  })

  it('has the attempts of a rerun, and those of a retry as far as it kept them', async () => {
    makeStore(version)
    const window = open({ resultsInHistory: true, owner })
    const { service } = window.client
    expect((await jobsIn(window)).get('old')).toMatchObject({ id: idOf(3), state: 'failed', earlierAttempts: 2 })
    const { attempts } = await service.attempts({ id: idOf(3) })
    expect(attempts.map(({ number, state: at, exitCode }) => [number, at, exitCode])).toEqual([
      [3, 'failed', 2],
      [2, 'failed', 1],
      [1, 'succeeded', 0],
    ])
    expect(await outputOf(window, 1)).toEqual(['first\n', ''])
    expect((await outputOf(window, 6))[0]).toBe('at last\n')
    if (version >= 2) expect((await outputOf(window, 6, 1))[0]).toBe('half\n')
    const folder = join(state.folder, 'saved')
    const { files } = await service.save({ filter: { ids: [idOf(3)] }, folder })
    expect(files.map(path => readFileSync(path, 'utf8'))).toEqual(['first\n'])
    const [again] = await window.api.rerun({ ids: [idOf(3)] })
    expect(again?.info).toMatchObject({ earlierAttempts: 3 })
  })

  it('has all its jobs also when they are sorted by what they took', async () => {
    const store = makeStore(version)
    const window = open({ resultsInHistory: true, owner })
    const { service } = window.client
    const names = [...(await jobsIn(window)).keys()].toSorted()
    for (const order of ['duration', 'memory'] as const) {
      const find = { text: '', order }
      const found = await service.watchRows({ id: 'view', query: { from: 0, count: 100, expanded: [], find } })
      expect(found?.rows.map(row => (row.kind === 'job' ? row.job.name : row.kind)).toSorted()).toEqual(names)
    }
    const indices = new DatabaseSync(store).prepare("SELECT name FROM sqlite_schema WHERE type = 'index'").all()
    expect(indices.map(({ name }) => name)).toContain('jobs_measured')
  })

  it('has its batches, and its queued jobs run when they may', async () => {
    makeStore(version)
    const window = open({ resultsInHistory: true, owner })
    const { service } = window.client
    expect(await service.getBatch({ id: idOf(11) })).toMatchObject({ name: 'done', total: 1, counts: { succeeded: 1 } })
    const half = await service.getBatch({ id: idOf(7) })
    expect(half).toMatchObject({ name: 'half done', sealed: 'complete', concurrency: 2, total: 3 })
    expect(half?.counts).toEqual({ succeeded: 1, failed: 1, queued: 1 })
    if (version >= 3) expect(half?.idleMs).toBeGreaterThanOrEqual(2000)
    await until(async () => (await jobsIn(window)).get('was running')?.state === 'lost', 20_000, 'what was running')
    await service.pause({ paused: false }) // after a crash it waits for somebody
    await until(async () => (await jobsIn(window)).get('waits')?.state === 'succeeded', 20_000, 'the queued job')
    expect((await outputOf(window, 14))[0]).toBe('green\n') // a variable of its stored environment
    await until(async () => (await service.getBatch({ id: idOf(7) }))?.endedAt, 20_000, 'the end of the batch')
    expect((await outputOf(window, 10))[0]).toBe('3\n')
  })
})

describe('a store of a newer version', () => {
  const later = presentVersion() + 1

  /** The store, its log and what SQLite keeps beside them. */
  const bytesOfStore = () =>
    readdirSync(state.folder)
      .filter(name => name.startsWith('jobs.sqlite'))
      .sort()
      .map(name => [name, readFileSync(join(state.folder, name)).toString('base64')])

  async function isRefused(): Promise<void> {
    const before = bytesOfStore()
    const { client } = open()
    expect(await client.connect({ start: true })).toBe(false)
    expect(client.message).toMatch(
      new RegExp(`^The store .+ was written by a newer version .+ \\(schema ${later}\\); update the extension\\.$`),
    )
    expect(bytesOfStore()).toEqual(before)
  }

  it('is refused with a sentence, and not touched', async () => {
    const db = new DatabaseSync(makeStore(1))
    db.exec(`CREATE TABLE ofLater (id TEXT); PRAGMA user_version = ${later}`)
    db.close()
    await isRefused()
    expect(bytesOfStore().map(([name]) => name)).toEqual(['jobs.sqlite'])
  })

  it('is refused, and not touched, when that is only in the log of SQLite yet', async () => {
    const store = makeStore(1)
    const db = new DatabaseSync(store)
    const copy = `${store}.copy`
    db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE ofLater (id TEXT)')
    db.exec(`PRAGMA user_version = ${later}; INSERT INTO ofLater VALUES ('a')`)
    copyFileSync(store, copy) // as a service leaves it that is killed
    copyFileSync(`${store}-wal`, `${copy}-wal`)
    db.close()
    copyFileSync(copy, store)
    copyFileSync(`${copy}-wal`, `${store}-wal`)
    expect(readFileSync(store).readInt32BE(60)).toBe(1)
    await isRefused()
    expect(bytesOfStore().map(([name]) => name)).toContain('jobs.sqlite-wal')
  })
})
