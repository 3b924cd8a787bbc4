// Files and folders that somebody removes under a running job service: made again within seconds, by the same service.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { acquireLock } from '../../../src/service/state/lock'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

/** In which the service looks a few times. */
const CHECKS_MS = 5000

const paths = () => statePaths(state.folder)
const pidOf = async ({ client }: TestWindow) => (await client.service.status(null)).pid
const again = (path: string) => until(() => existsSync(path), 30_000, `${path} to be there again`)
const socket = () => join(state.folder, 'socket')

/** Jobs that have succeeded, by the store alone. */
function ended(): unknown {
  const db = new DatabaseSync(paths().store, { readOnly: true })
  try {
    return db.prepare("SELECT count(*) AS n FROM jobs WHERE state = 'succeeded'").get()?.n
  } finally {
    db.close()
  }
}

async function works(window: TestWindow): Promise<void> {
  const result = await window.api.submit({ command: ['echo', 'works'], stdout: 'text' }).result
  expect(result).toMatchObject({ state: 'succeeded', value: 'works\n' })
}

describe('removed under a running service', () => {
  it.each([
    ['the socket', () => [socket()]],
    ['the record', () => [paths().record]],
    ['both', () => [socket(), paths().record]],
  ])('%s: made again, new windows find the same service, and old connections stay open', async (_, which) => {
    const window = open()
    await window.configure({ concurrency: 2 }) // one runs on and on
    await works(window)
    const pid = await pidOf(window)
    const job = window.api.submit({
      command: ['sh', '-c', 'while [ ! -e go ]; do sleep 0.05; done'],
      cwd: state.folder,
    })
    await job.accepted
    for (const path of which()) rmSync(path)
    for (const path of which()) await again(path)
    const newcomer = open()
    expect(await pidOf(newcomer)).toBe(pid)
    await works(newcomer)
    await works(window)
    writeFileSync(join(state.folder, 'go'), '')
    expect((await job.result).state).toBe('succeeded')
    expect(window.logged.join('\n')).not.toContain('has closed')
  })

  it('a record that was overwritten: put right', async () => {
    const window = open()
    await works(window)
    writeFileSync(paths().record, '{"pid": 1, "so')
    await until(() => readRecord(paths()) !== undefined, 30_000, 'the record')
    expect(await pidOf(open())).toBe(await pidOf(window))
  })

  it('folders of outputs and arrays: made again, and large outputs and inputs go through', async () => {
    const window = open()
    await works(window)
    const folders = [...new Set([paths().spool, paths().arrays])]
    for (const folder of folders) rmSync(folder, { recursive: true })
    for (const folder of folders) {
      await again(folder)
      expect((statSync(folder).mode & 0o777).toString(8)).toBe('700')
    }
    const result = await window.api.submit({ command: ['cat'], stdin: 'x'.repeat(1_000_000), stdout: 'text' }).result
    expect(result.state === 'succeeded' && result.value.length).toBe(1_000_000)
  })

  it('the copy of the bundle: made again, and a new runner starts from it', async () => {
    const window = open()
    await works(window)
    const [hash] = readdirSync(paths().bundles)
    const file = join(paths().bundles, hash as string, 'service.cjs')
    const helper = join(paths().bundles, hash as string, 'python', 'headless_jobs', '__init__.py')
    const bytes = readFileSync(file)
    rmSync(paths().bundles, { recursive: true })
    await again(file)
    await again(helper)
    expect(readFileSync(file).equals(bytes)).toBe(true)
    rmSync(paths().bundles, { recursive: true })
    // more at once than one runner takes
    const jobs = Array.from({ length: 6 }, () => window.api.submit({ command: ['sleep', '0.3'] }))
    const results = await Promise.all(jobs.map(job => job.result))
    expect(results.map(({ state: how }) => how)).toEqual(jobs.map(() => 'succeeded'))
  })

  it('the log, also when it was rotated away: what comes is in a new one', async () => {
    const window = open()
    await works(window)
    renameSync(paths().log, `${paths().log}.1`)
    await again(paths().log)
    open({ name: 'after the rotation' }).client.connect({ start: false })
    await until(() => readFileSync(paths().log, 'utf8').includes('after the rotation'), 30_000, 'a line in the new log')
    rmSync(paths().log)
    await again(paths().log)
    await works(window)
  })

  it('the lock: acquired again; a second service that is started at once gives way', async () => {
    const window = open()
    await works(window)
    const pid = await pidOf(window)
    rmSync(paths().lock)
    const start = () => spawn(process.execPath, [resolve('dist/service.cjs'), state.folder, '9'], { stdio: 'ignore' })
    const second = start()
    const code = await new Promise(done => second.on('exit', done))
    expect(code).toBe(0)
    expect(readRecord(paths())?.pid).toBe(pid)
    await again(paths().lock)
    const third = start()
    expect(await new Promise(done => third.on('exit', done))).toBe(0)
    await works(window)
    expect(await pidOf(open())).toBe(pid)
  })

  it('the lock, and another service has the new file for a moment: this one goes on', async () => {
    const window = open()
    await works(window)
    const pid = await pidOf(window)
    rmSync(paths().lock)
    const other = acquireLock(paths().lock)
    expect(other).toBeDefined()
    const end = Date.now() + CHECKS_MS
    await until(() => Date.now() > end, 30_000, 'a few checks')
    expect((await window.client.service.status(null)).draining).toBe(false)
    other?.release()
    await until(() => readFileSync(paths().log, 'utf8').includes('The lock'), 30_000, 'the lock of the service')
    await works(window)
    expect(await pidOf(open())).toBe(pid)
  })

  it('the store: written again from what is open, and reported', async () => {
    const window = open()
    const job = window.api.submit({ command: ['echo', 'before'], stdout: 'text', name: 'before' })
    await job.result
    const pid = await pidOf(window)
    for (const ending of ['', '-wal', '-shm']) rmSync(paths().store + ending, { force: true })
    await again(paths().store)
    const news = await until(() => window.client.summary?.storeNews, 30_000, 'the sentence')
    expect(news).toContain(paths().store)
    await works(window)
    expect(await pidOf(window)).toBe(pid)
    await until(() => ended() === 2, 30_000, 'the end on disk')
    // and it is the one that counts: what came before and after is there for the next service
    window.client.dispose()
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid), 30_000, 'its death')
    const later = open()
    expect((await later.api.list({ limit: 10 })).jobs.map(({ state: how }) => how)).toEqual(['succeeded', 'succeeded'])
    expect((await later.api.getJob(job.id))?.info.name).toBe('before')
  })

  it("SQLite's own log alone: nothing of it is lost", async () => {
    const window = open()
    await works(window)
    const pid = await pidOf(window)
    const log = `${paths().store}-wal`
    rmSync(log)
    await again(log)
    await works(window)
    await until(() => ended() === 2, 30_000, 'the end on disk')
    window.client.dispose()
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid), 30_000, 'its death')
    expect((await open().api.list({ limit: 10 })).jobs).toHaveLength(2)
  })

  it('the state folder as a whole: everything is there again, and jobs run on', async () => {
    const window = open({ cwd: '/tmp' })
    await works(window)
    const pid = await pidOf(window)
    const running = window.api.submit({ command: ['sleep', '3'] })
    await running.accepted
    rmSync(state.folder, { recursive: true })
    for (const path of [paths().record, socket(), paths().lock, paths().store, paths().spool, paths().log])
      await again(path)
    const newcomer = open({ cwd: '/tmp' })
    expect(await pidOf(newcomer)).toBe(pid)
    await works(newcomer)
    expect((await running.result).state).toBe('succeeded')
  })
})
