// What would grow for ever: environments, copies of the bundle, the store after a clear, the log, files of refused jobs.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import { statePaths } from '../../../src/service/base/paths'
import { fillStore } from '../../support/fillStore'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

const paths = () => statePaths(state.folder)

async function end(window: TestWindow): Promise<void> {
  const { pid } = await window.client.service.status(null)
  window.client.dispose()
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), 30_000, 'the end of the service')
}

async function works(window: TestWindow): Promise<void> {
  const result = await window.api.submit({ command: ['echo', 'works'], stdout: 'text' }).result
  expect(result).toMatchObject({ state: 'succeeded', value: 'works\n' })
}

function count(sql: string): number {
  const db = new DatabaseSync(paths().store, { readOnly: true })
  try {
    return Number(db.prepare(sql).get()?.n)
  } finally {
    db.close()
  }
}

const environments = () => count('SELECT count(*) AS n FROM environments')

describe('environments', () => {
  it('of windows that have gone and left no job leave the store', async () => {
    const kept = open({ env: { OF: 'a job' }, name: 'kept' })
    await works(kept)
    for (let i = 0; i < 5; i++) {
      const window = open({ env: { OF: `window ${i}` } })
      await window.client.connect({ start: true })
      window.client.dispose()
    }
    await until(() => environments() === 6, 20_000, 'six environments')
    await end(kept)
    const later = open({ env: { OF: 'the last window' } })
    await later.client.connect({ start: true })
    await until(() => environments() === 2, 20_000, 'those of the job and of the window')
    await later.client.service.clear({ filter: { all: true }, unsaved: 'delete' })
    await until(() => environments() === 1, 20_000, 'that of the window')
    await works(later)
  })

  it('that differ in what no job cares for are one', async () => {
    const windows = Array.from({ length: 4 }, (_, i) =>
      open({ env: { SAME: 'yes', VSCODE_IPC_HOOK: `/run/${i}`, SHLVL: `${i}`, WINDOWID: `${i}`, PWD: `/${i}` } }),
    )
    for (const window of windows) await works(window)
    expect(environments()).toBe(1)
  })

  it('with other secrets are others: each job sees its own', async () => {
    const windows = ['one', 'two'].map(value => open({ env: { MY_TOKEN: value } }))
    const jobs = windows.map(({ api }) => api.submit({ command: ['sh', '-c', 'echo $MY_TOKEN'], stdout: 'text' }))
    const results = await Promise.all(jobs.map(job => job.result))
    expect(results.map(result => result.state === 'succeeded' && result.value)).toEqual(['one\n', 'two\n'])
  })
})

it('copies of the bundle that nobody uses go when a service starts', async () => {
  const old = join(paths().bundles, '0123456789abcdef')
  const half = join(paths().bundles, '0123456789abcdef.999999999')
  const beingMade = join(paths().bundles, `fedcba9876543210.${process.pid}`)
  for (const folder of [old, half, beingMade]) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'service.cjs'), '')
    utimesSync(folder, 1, 1)
  }
  const window = open()
  await works(window)
  await until(() => !existsSync(old) && !existsSync(half), 20_000, 'the old copies to go')
  expect(existsSync(beingMade)).toBe(true)
  expect(readdirSync(paths().bundles)).toHaveLength(2)
})

describe('the file of the store', () => {
  const size = () =>
    statSync(paths().store).size + (statSync(`${paths().store}-wal`, { throwIfNoEntry: false })?.size ?? 0)

  async function fillAndClear(): Promise<void> {
    const window = open()
    await fillStore(window, 1500, 8000)
    await until(() => size() > 10_000_000, 20_000, 'a large store')
    await window.client.service.clear({ filter: { all: true }, unsaved: 'delete' })
    await until(() => size() < 3_000_000, 30_000, 'a small store')
    await window.client.service.pause({ paused: false })
    await works(window)
    await end(window)
  }

  it('shrinks after a clear', fillAndClear)

  it('of an earlier version does, too', async () => {
    const window = open()
    await works(window)
    await end(window)
    const db = new DatabaseSync(paths().store)
    db.exec('PRAGMA auto_vacuum = NONE; VACUUM')
    expect(db.prepare('PRAGMA auto_vacuum').get()).toMatchObject({ auto_vacuum: 0 })
    db.close()
    await fillAndClear()
  })
})

it('the log begins anew at a megabyte while the service runs, and its end is kept', async () => {
  const window = open()
  await works(window)
  writeFileSync(paths().log, `${'chatter '.repeat(500_000)}\nthe last line\n`, { flag: 'a' })
  await until(() => statSync(paths().log).size < 1024 * 1024, 20_000, 'a short log')
  const old = readFileSync(`${paths().log}.old`, 'utf8')
  expect(old.length).toBeLessThanOrEqual(1024 * 1024)
  expect(old.endsWith('the last line\n')).toBe(true)
  open({ name: 'somebody later' }).client.connect({ start: false })
  await until(() => readFileSync(paths().log, 'utf8').includes('somebody later'), 20_000, 'a line after it')
})

describe('files of what was refused', () => {
  const files = (id: string) =>
    [paths().spool, paths().arrays].flatMap(folder => readdirSync(folder).filter(name => name.startsWith(id)))

  it('go at once: a list of jobs', async () => {
    const window = open()
    await works(window)
    const id = uuidv7()
    writeFileSync(join(paths().spool, `${id}.in`), 'input')
    writeFileSync(join(paths().arrays, `${id}.i0.array`), 'numbers')
    expect(files(id)).toHaveLength(2)
    const file = join(paths().spool, `${id}.in`)
    const spec = {
      id,
      name: 'refused',
      command: ['true'],
      cwd: '/',
      stdin: { file, owned: true as const, arrays: true as const },
    }
    const refused = window.client.service.submit({ owner: 'test', environment: 'unknown', jobs: [spec] })
    await expect(refused).rejects.toThrow('environment')
    await until(() => files(id).length === 0, 20_000, 'its files to go')
  })
})

it('the files of a job that was lost go with it', async () => {
  const window = open()
  const job = window.api.submit({ command: ['sh', '-c', 'head -c 3000000 /dev/zero; sleep 300'] })
  const files = () => readdirSync(paths().spool).filter(name => name.startsWith(job.id))
  await until(() => files().length > 0, 20_000, 'a file of its output')
  process.kill((await window.client.service.status(null)).pid, 'SIGKILL')
  expect((await job.result).state).toBe('lost')
  expect(files()).toHaveLength(1)
  await window.client.service.clear({ filter: { all: true }, unsaved: 'delete' })
  expect(files()).toEqual([])
})
