// Files that the job service reads at its start, damaged: it starts all the same, what was there is moved aside and not
// deleted, and a sentence reports it.
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { fillStore } from '../../support/fillStore'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

const paths = () => statePaths(state.folder)
const names = () => readdirSync(state.folder)

async function end(window: TestWindow, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const { pid } = await window.client.service.status(null)
  window.client.dispose()
  process.kill(pid, signal)
  await until(() => !isAlive(pid), 30_000, 'the end of the service')
}

/** A store with some jobs, whose service has ended well. */
async function makeStore(count = 3): Promise<string[]> {
  const window = open()
  const jobs = Array.from({ length: count }, (_, i) =>
    window.api.submit({ command: ['echo', `${i}`], env: { FILLER: 'x'.repeat(2000) } }),
  )
  await Promise.all(jobs.map(job => job.result))
  await end(window)
  return jobs.map(job => job.id)
}

/** A store that is larger than what the service has of it in memory. */
async function makeLargeStore(): Promise<string[]> {
  const window = open()
  const jobs = await fillStore(window, 2000, 6000)
  await end(window)
  return jobs.map(job => job.id)
}

async function works(window = open()): Promise<TestWindow> {
  const result = await window.api.submit({ command: ['echo', 'works'], stdout: 'text' }).result
  expect(result).toMatchObject({ state: 'succeeded', value: 'works\n' })
  return window
}

describe('a damaged store', () => {
  const kinds: Record<string, (file: string) => void> = {
    zeros: file => writeFileSync(file, Buffer.alloc(statSync(file).size)),
    garbage: file => writeFileSync(file, Buffer.alloc(50_000, 'garbage ')),
    cut: file => truncateSync(file, Math.floor(statSync(file).size / 2)),
    'cut to a few bytes': file => truncateSync(file, 10),
    'one bad page': file => {
      const bytes = readFileSync(file)
      bytes.fill(0xa5, 4096, 8192)
      writeFileSync(file, bytes)
    },
    'a version of the format that is none': file => {
      const bytes = readFileSync(file)
      bytes[18] = 3
      writeFileSync(file, bytes)
    },
    'another database': file => {
      rmSync(file)
      const db = new DatabaseSync(file)
      db.exec('CREATE TABLE jobs (name TEXT); PRAGMA user_version = 1')
      db.close()
    },
    'a folder': file => {
      rmSync(file)
      mkdirSync(join(file, 'inside'), { recursive: true })
    },
  }

  it.each(Object.keys(kinds))('(%s) is moved aside, with a sentence that names it and where it went', async kind => {
    await makeStore(20)
    kinds[kind]?.(paths().store)
    const before = statSync(paths().store).size
    const window = await works()
    const aside = names().find(name => name.startsWith('jobs.sqlite.damaged-') && !/-(wal|shm)$/.test(name)) as string
    expect(aside).toBeDefined()
    expect(statSync(join(state.folder, aside)).size).toBe(before)
    const sentence = await until(() => window.client.summary?.storeNews, 20_000, 'the sentence')
    expect(sentence).toContain(paths().store)
    expect(sentence).toContain(join(state.folder, aside))
    expect(readFileSync(paths().log, 'utf8')).toContain(sentence)
    expect((await window.api.list({ limit: 100 })).jobs).toHaveLength(1)
    // once: the next service finds a store that is whole
    await end(window)
    const later = await works()
    expect(later.client.summary?.storeNews).toBeUndefined()
    expect(names().filter(name => name.startsWith('jobs.sqlite.damaged-'))).toHaveLength(1)
  })

  it('is also noticed in its log and its index', async () => {
    const window = await works()
    await end(window, 'SIGKILL')
    const log = `${paths().store}-wal`
    expect(existsSync(log)).toBe(true)
    writeFileSync(log, Buffer.alloc(10_000, 'garbage'))
    writeFileSync(`${paths().store}-shm`, Buffer.alloc(10_000, 'garbage'))
    const later = await works()
    expect(later.client.summary?.storeNews).toContain(log)
    expect(names().some(name => name.startsWith('jobs.sqlite-wal.damaged-'))).toBe(true)
  })

  it('is reported with its log when both are damaged', async () => {
    await end(await works(), 'SIGKILL')
    for (const file of [paths().store, `${paths().store}-wal`]) writeFileSync(file, Buffer.alloc(10_000, 'garbage'))
    const sentence = (await works()).client.summary?.storeNews
    const aside = names().filter(name => /\.damaged-[^.]*Z$/.test(name))
    expect(aside).toHaveLength(2)
    for (const name of aside) expect(sentence).toContain(join(state.folder, name))
  })

  it('found while the service runs does not hang anybody: it reports that, ends, and a new one begins anew', async () => {
    const ids = await makeLargeStore()
    const window = await works()
    const first = await window.client.service.status(null)
    const bytes = readFileSync(paths().store)
    bytes.fill(0xa5, 4096 * 3)
    writeFileSync(paths().store, bytes)
    // reads what lies there, unless it has it in memory
    const reading = Promise.allSettled(ids.map(id => window.client.service.getEnded({ id })))
    await reading
    await until(() => !isAlive(first.pid), 60_000, 'the end of the first service')
    const later = await works(open())
    expect(later.client.summary?.storeNews).toMatch(/was damaged/)
    expect((await later.client.service.status(null)).pid).not.toBe(first.pid)
    await works(window)
  })
})

describe('rows that cannot be read', () => {
  function edit(sql: string): void {
    const db = new DatabaseSync(paths().store)
    db.exec(sql)
    db.close()
  }

  it('of settings: the defaults count', async () => {
    await makeStore(1)
    edit(`INSERT OR REPLACE INTO meta VALUES ('settings', '{"concurrency": "ma'), ('settings:test', 'nonsense')`)
    const { client } = await works()
    expect((await client.service.status(null)).settings.killGraceSeconds).toBe(5)
    await end(open())
    edit(
      `INSERT OR REPLACE INTO meta VALUES ('settings', '{"concurrency": "many", "niceness": 3, "afterServiceCrash": "go"}')`,
    )
    const { settings } = await (await works()).client.service.status(null)
    expect(settings).toMatchObject({ concurrency: 0, niceness: 3, afterServiceCrash: 'pause' })
  })

  it('of one job: the others are there, and it can be cleared', async () => {
    const [first, second, third] = await makeStore(3)
    edit(`UPDATE jobs SET spec = '{"name": ', facts = 'nonsense', state = 'nonsense' WHERE id = '${second}'`)
    const window = await works()
    const { jobs } = await window.api.list({ limit: 100 })
    expect(jobs.map(job => job.id)).toEqual(expect.arrayContaining([first, second, third]))
    expect(jobs.find(job => job.id === second)).toMatchObject({ name: '(unreadable)', state: 'lost' })
    const cleared = await window.client.service.clear({ filter: { all: true }, unsaved: 'delete' })
    expect(cleared.cleared).toBe(4)
  })

  it('of one job of a batch that has begun: the service starts, and the others are there', async () => {
    const window = open()
    const batch = window.api.submitBatch([{ command: ['true'] }, { command: ['true'] }])
    await batch.completed
    await end(window)
    edit(`UPDATE batches SET ended = NULL; UPDATE jobs SET facts = 'nonsense' WHERE seq = (SELECT max(seq) FROM jobs)`)
    const later = await works()
    expect((await later.api.list({ limit: 100 })).jobs).toHaveLength(3)
    expect(later.client.summary?.storeNews).toBeUndefined()
  })

  it('of a job that took its own place: nobody looks for the end of a circle', async () => {
    const [id = ''] = await makeStore(1)
    edit('UPDATE jobs SET later = seq, earlier = id')
    const { service } = (await works()).client
    expect(await service.place({ id })).toMatchObject({ latest: { id } })
    expect((await service.attempts({ id })).attempts).toHaveLength(1)
  })

  it.each([
    ['a number that is none here', `UPDATE jobs SET submitted = 1152921504606846976`],
    ['text where bytes are', `UPDATE jobs SET stdout = 'text'`],
    ['bytes where text is', `UPDATE jobs SET owner = x'00ff'`],
  ])('with %s, the store is moved aside', async (_, sql) => {
    await makeStore(2)
    edit(sql)
    const { client, api } = await works()
    expect(client.summary?.storeNews).toContain('(a value in jobs cannot be read); it is now')
    expect((await api.list({ limit: 100 })).jobs).toHaveLength(1)
  })

  it.each([
    ['command', `UPDATE jobs SET spec = '{"name": 1}'`],
    ['environment', `UPDATE environments SET vars = 'nonsense'`],
  ])('of a queued job: what it lacks (its %s) fails it, with a sentence', async (what, sql) => {
    const window = open()
    await window.client.service.pause({ paused: true })
    const job = window.api.submit({ command: ['touch', join(state.folder, 'ran')] })
    await job.accepted
    await end(window, 'SIGKILL')
    edit(sql)
    const later = open({ env: { OTHER: 'environment' } })
    const info = await until(
      async () => {
        const known = await later.api.getJob(job.id)
        return known?.info.state === 'failed' ? known.info : undefined
      },
      30_000,
      'its end',
    )
    expect(info.error?.message).toContain(`its ${what} cannot be read`)
    expect(existsSync(join(state.folder, 'ran'))).toBe(false)
  })
})

describe('other files', () => {
  it('the lock: garbage, and a folder', async () => {
    await makeStore(1)
    writeFileSync(paths().lock, Buffer.alloc(10_000, 'garbage'))
    const window = await works()
    const second = open()
    expect((await second.client.service.status(null)).pid).toBe((await window.client.service.status(null)).pid)
    second.client.dispose()
    await end(window)
    rmSync(paths().lock)
    mkdirSync(paths().lock)
    await works()
    expect(names().some(name => name.startsWith('lock.sqlite.damaged-'))).toBe(true)
  })

  it.each([
    ['garbage', () => writeFileSync(paths().record, '{"pid": ')],
    ['a record of something else', () => writeFileSync(paths().record, '[1, 2]')],
    [
      'a folder',
      () => {
        rmSync(paths().record, { force: true })
        mkdirSync(join(paths().record, 'inside'), { recursive: true })
      },
    ],
  ])('the record: %s', async (_, damage) => {
    await makeStore(1)
    damage()
    await works()
    expect(readRecord(paths())).toBeDefined()
  })

  it('folders where files are expected, and files where folders are', async () => {
    await makeStore(1)
    for (const file of [paths().log, join(state.folder, 'socket')]) {
      rmSync(file, { force: true })
      mkdirSync(join(file, 'inside'), { recursive: true })
    }
    for (const folder of [paths().spool, paths().bundles]) {
      rmSync(folder, { recursive: true })
      writeFileSync(folder, 'a file')
    }
    const window = await works()
    const large = await window.api.submit({ command: ['head', '-c', '300000', '/dev/zero'], stdout: 'bytes' }).result
    expect(large.state === 'succeeded' && (large.value as Uint8Array).length).toBe(300_000)
    const aside = names().filter(name => name.includes('.damaged-'))
    expect(aside.map(name => name.replace(/\.damaged-.*/, '')).sort()).toEqual(
      ['bundles', 'service.log', 'socket', 'spool'].sort(),
    )
  })

  it.each([
    ['cut', (bundle: string) => truncateSync(bundle, 100)],
    ['empty', (bundle: string) => writeFileSync(bundle, '')],
    ['missing', (bundle: string) => rmSync(bundle)],
    ['without its helper', (bundle: string) => rmSync(join(bundle, '..', 'python'), { recursive: true })],
  ])('the copy of the bundle, %s, is made again', async (_, damage) => {
    await makeStore(1)
    const [hash] = readdirSync(paths().bundles)
    const folder = join(paths().bundles, hash as string)
    const list = () =>
      execFileSync('sh', ['-c', 'find . -type f -exec sha256sum {} + | sort'], { cwd: folder }).toString()
    const before = list()
    damage(join(folder, 'service.cjs'))
    await works()
    expect(list()).toBe(before)
    expect(readdirSync(paths().bundles)).toEqual([hash])
  })
})

describe('a service that cannot start', () => {
  it('reports the reason to the window: a store of a newer version', async () => {
    await makeStore(1)
    const db = new DatabaseSync(paths().store)
    db.exec('PRAGMA user_version = 99')
    db.close()
    const { client, api } = open()
    const result = await api.submit({ command: ['true'] }).result
    const message = result.state === 'failed' ? result.error?.message : undefined
    const sentence = /newer version of Headless Jobs \(schema 99\); update the extension/
    expect(result).toMatchObject({ state: 'failed', error: { kind: 'service' } })
    expect(message).toMatch(sentence)
    expect(client.state).toBe('failed')
    expect(client.message).toMatch(sentence)
    expect(names().some(name => name.startsWith('jobs.sqlite.damaged-'))).toBe(false)
    // mended, it starts
    const mended = new DatabaseSync(paths().store)
    mended.exec('PRAGMA user_version = 1')
    mended.close()
    await works()
  })

  it('reports a state folder that is a file', async () => {
    const window = open()
    rmSync(state.folder, { recursive: true })
    writeFileSync(state.folder, '')
    const result = await window.api.submit({ command: ['true'] }).result
    rmSync(state.folder)
    mkdirSync(state.folder)
    expect(result.state === 'failed' && result.error?.message).toContain(`${state.folder} is a file`)
  })
})
