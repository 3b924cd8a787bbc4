// The job service as a process: one per state folder, who may enter, what survives its death, what it keeps to itself.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { Job } from '../../../src/api'
import { usableCores } from '../../../src/run/base/machine'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, parentOf, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { standStill, until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

const paths = () => statePaths(state.folder)
const pidOf = async ({ client }: TestWindow) => (await client.service.status(null)).pid
const settle = (jobs: readonly Job<unknown>[]) => Promise.all(jobs.map(job => job.result))

async function runningPid(job: Job<unknown>): Promise<number> {
  return until(() => job.info.pid, 20_000, 'the process of the job')
}

/** Waits for a line of numbers without a turn of the event loop, to be there at once. */
function numbersIn(file: string): number[] {
  const end = performance.now() + 60_000
  while (performance.now() < end) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    if (text.endsWith('\n')) return text.trim().split(' ').map(Number)
    standStill(1)
  }
  throw new Error(`Nothing was written to ${file}.`)
}

describe('one service', () => {
  it('serves all windows of a state folder, also those that start it at the same moment', async () => {
    const all = Array.from({ length: 5 }, (_, i) => open({ name: `window ${i}` }))
    const pids = await Promise.all(all.map(pidOf))
    expect(new Set(pids).size).toBe(1)
    const { windows: names } = (await all[0]?.client.service.status(null)) ?? { windows: [] }
    expect([...names].sort()).toEqual(['window 0', 'window 1', 'window 2', 'window 3', 'window 4'])
  })

  it('keeps what it owns to its user: folders 0700, record 0600', async () => {
    await pidOf(open())
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
    expect([mode(paths().state), mode(paths().spool), mode(paths().record)]).toEqual(['700', '700', '600'])
    expect(mode((readRecord(paths())?.socket ?? '') as string)).toMatch(/^[67]/)
  })

  it('runs from a copy of its bundle, in the state folder, without what the editor gave it', async () => {
    process.env.ELECTRON_RUN_AS_NODE = '1'
    const window = open()
    const pid = await pidOf(window)
    delete process.env.ELECTRON_RUN_AS_NODE
    const cmdline = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    expect(cmdline.some(word => word.startsWith(paths().bundles))).toBe(true)
    expect(execFileSync('readlink', [`/proc/${pid}/cwd`], { encoding: 'utf8' }).trim()).toBe(state.folder)
    const job = window.api.submit({ command: ['env'], stdout: 'text', env: { VISIBLE: 'yes', HOME: null } })
    const result = await job.result
    const env = result.state === 'succeeded' ? result.value : ''
    expect(env).toContain('VISIBLE=yes')
    expect(env).toContain(`HEADLESS_JOB_ID=${job.id}`)
    expect(env).toContain('OMP_NUM_THREADS=1')
    expect(env).not.toMatch(/^(ELECTRON_RUN_AS_NODE|HOME)=/m)
  })

  it('ends when no window is there and nothing runs', async () => {
    process.env.HEADLESS_JOBS_IDLE_SECONDS = '4' // longer than the client waits between two looks
    const window = open()
    const pid = await pidOf(window)
    delete process.env.HEADLESS_JOBS_IDLE_SECONDS
    const job = window.api.submit({ command: ['sleep', '1'] })
    await job.accepted
    window.client.dispose()
    await until(() => !isAlive(pid), 20_000, 'the end of the service')
    expect(existsSync(paths().record)).toBe(false)
    const later = open()
    expect((await later.api.getJob(job.id))?.info.state).toBe('succeeded') // it was not cut short
  })

  it('replaces what a dead one left: its record, its socket', async () => {
    const first = open()
    const pid = await pidOf(first)
    first.client.dispose()
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid), 20_000, 'its death')
    expect(existsSync(paths().record)).toBe(true)
    expect(await pidOf(open())).not.toBe(pid)
  })

  it('older than the window lets what runs end, starts nothing more, and makes way', async () => {
    const old = open({ version: '1.0.0' })
    const pid = await pidOf(old)
    await old.configure({ concurrency: 1 })
    const running = old.api.submit({ command: ['sleep', '1'] })
    const queued = old.api.submit({ command: ['echo', 'by the new one'], stdout: 'text' })
    await runningPid(running)
    await queued.accepted
    const newer = open({ version: '1.1.0' })
    await newer.client.connect({ start: true })
    expect((await running.result).state).toBe('succeeded')
    expect(await queued.result).toMatchObject({ state: 'succeeded', value: 'by the new one\n' })
    expect(isAlive(pid)).toBe(false)
    expect((await old.client.service.status(null)).pid).not.toBe(pid)
  })

  it('refuses a store of a later version with a sentence in its log', async () => {
    const db = new DatabaseSync(paths().store)
    db.exec('PRAGMA user_version = 99')
    db.close()
    const { pid } = spawn(process.execPath, [resolve('dist/service.cjs'), state.folder, '1'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    }).on('exit', () => undefined)
    await until(() => !isAlive(pid as number), 30_000, 'its end')
    expect(readRecord(paths())).toBeUndefined()
  })
})

describe('a service that is killed', () => {
  it('leaves running jobs lost, never run twice, their processes ended; queued ones wait for a person', async () => {
    const window = open()
    await window.configure({ concurrency: 1, killGraceSeconds: 1 })
    const marker = join(state.folder, 'runs')
    const running = window.api.submit({ command: ['sh', '-c', `echo x >> ${marker}; sleep 300`] })
    const queued = window.api.submit({ command: ['echo', 'after'], stdout: 'text' })
    await queued.accepted
    const jobPid = await runningPid(running)
    process.kill(await pidOf(window), 'SIGKILL')
    expect(await running.result).toMatchObject({
      state: 'lost',
      error: { kind: 'lost', message: expect.stringContaining('outcome is unknown') },
    })
    expect(isAlive(jobPid)).toBe(false)
    await until(() => window.client.summary?.paused, 20_000, 'the pause')
    expect(window.client.summary?.pausedBecause).toMatch(
      /ended unexpectedly while 1 job ran; resume to start the 1 queued job\.$/,
    )
    expect(readFileSync(marker, 'utf8')).toBe('x\n')
    await window.client.service.pause({ paused: false })
    expect(await queued.result).toMatchObject({ state: 'succeeded', value: 'after\n' })
  })

  it('has what is rerunnable run again, with its first attempt among its attempts', async () => {
    const window = open()
    await window.configure({ concurrency: 1, killGraceSeconds: 1 })
    const marker = join(state.folder, 'runs')
    const line = `echo x >> ${marker}; test -e ${marker}-go || sleep 300`
    const job = window.api.submit({ command: ['sh', '-c', line], rerunnable: true })
    const jobPid = await runningPid(job)
    writeFileSync(`${marker}-go`, '')
    process.kill(await pidOf(window), 'SIGKILL')
    expect(await job.result).toMatchObject({ state: 'succeeded', attempts: 2 })
    expect(isAlive(jobPid)).toBe(false)
    expect(readFileSync(marker, 'utf8')).toBe('x\nx\n')
    const { attempts } = await window.client.service.attempts({ id: job.id })
    expect(attempts).toMatchObject([
      { number: 2, state: 'succeeded' },
      { number: 1, state: 'lost' },
    ])
  })

  it('while jobs are submitted loses none of them and runs none twice', async () => {
    const window = open()
    await window.configure({ concurrency: 2, afterServiceCrash: 'continue' })
    const log = join(state.folder, 'log')
    const specs = Array.from({ length: 300 }, (_, i) => ({ command: ['sh', '-c', `echo ${i} >> ${log}`] }))
    const batch = window.api.submitBatch(specs)
    await batch.jobs[20]?.result
    process.kill(await pidOf(window), 'SIGKILL')
    const { results, counts } = await batch.completed
    expect(results.length).toBe(300)
    expect(counts.succeeded + counts.lost).toBe(300)
    const runs = readFileSync(log, 'utf8').trim().split('\n')
    expect(new Set(runs).size).toBe(runs.length)
    expect(runs.length).toBeGreaterThanOrEqual(counts.succeeded)
  })
})

describe('a runner', () => {
  // with one core there is one runner
  it.skipIf(usableCores().cores < 2)(
    'that dies takes only its own jobs with it: their outcome is unknown, their processes are ended',
    async () => {
      const window = open()
      await window.configure({ concurrency: 2, killGraceSeconds: 1 })
      const jobs = [1, 2].map(() => window.api.submit({ command: ['sh', '-c', 'echo $PPID; sleep 300'] })) as [
        Job<unknown>,
        Job<unknown>,
      ]
      const pids = await Promise.all(jobs.map(runningPid))
      const runners = pids.map(parentOf)
      expect(new Set(runners).size).toBe(2)
      process.kill(runners[0] as number, 'SIGKILL')
      expect(await jobs[0].result).toMatchObject({ state: 'lost', error: { kind: 'lost' } })
      expect(isAlive(pids[0] as number)).toBe(false)
      expect(isAlive(pids[1] as number)).toBe(true)
      expect((await window.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
      await jobs[1].cancel()
    },
  )

  it('that dies when a job has just begun leaves no process of it', async () => {
    const window = open()
    await window.configure({ concurrency: 2, killGraceSeconds: 1 })
    const file = join(state.folder, 'pids')
    const job = window.api.submit({ command: ['sh', '-c', 'echo $$ $PPID > "$0"; sleep 300', file] })
    await job.accepted
    const [pid, runner] = numbersIn(file)
    process.kill(runner as number, 'SIGKILL')
    expect(await job.result).toMatchObject({ state: 'lost' })
    expect(isAlive(pid as number)).toBe(false)
  })

  it('does not hand its channel to a job', async () => {
    const job = open().api.submit({ command: ['sh', '-c', 'readlink /proc/$$/fd/3; true'], stdin: 'x', stdout: 'text' })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: '' })
  })

  it('ends with the service', async () => {
    const window = open()
    const job = window.api.submit({ command: ['sleep', '300'] })
    const runner = parentOf(await runningPid(job))
    process.kill(await pidOf(window), 'SIGTERM')
    await until(() => !isAlive(runner), 30_000, 'the end of the runner')
    expect((await job.result).state).toBe('cancelled')
  })
})

describe('a window that goes away', () => {
  it('leaves its job running; the next window finds it running and gets its result', async () => {
    const first = open()
    const go = join(state.folder, 'go')
    const command = ['sh', '-c', 'until test -e "$0"; do sleep 0.02; done; echo done', go]
    const job = first.api.submit({ command, stdout: 'text' })
    const pid = await runningPid(job)
    first.client.dispose()
    const second = open()
    const found = await second.api.getJob(job.id)
    expect(found?.info).toMatchObject({ state: 'running', pid })
    writeFileSync(go, '')
    expect(await found?.result).toMatchObject({ state: 'succeeded', value: 'done\n' })
  })

  it('takes its stdin functions with it: those jobs fail as prepareInput, and no slot is lost', async () => {
    const first = open()
    await first.configure({ concurrency: 1 })
    const stuck = first.api.submit({ command: ['cat'], stdin: () => new Promise<string>(() => undefined) })
    await stuck.accepted
    first.client.dispose()
    const second = open()
    const result = await (await second.api.getJob(stuck.id))?.result
    expect(result).toMatchObject({
      state: 'failed',
      error: { kind: 'prepareInput', message: expect.stringContaining('window') },
    })
    expect((await second.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
  })

  it('does not see the jobs of another extension', async () => {
    const [mine, other] = [open({ owner: 'a.mine' }), open({ owner: 'b.other' })]
    const job = mine.api.submit({ command: ['true'] })
    await job.result
    expect(await other.api.getJob(job.id)).toBeUndefined()
    expect((await other.api.list({})).jobs).toEqual([])
    expect(await other.api.cancel({ all: true })).toBe(0)
    expect((await mine.api.list({})).jobs.length).toBe(1)
  })
})

describe('a secret', () => {
  it('of the window reaches the job and nothing on disk', async () => {
    const secret = 'open-sesame-1234567890'
    const window = open({ env: { MY_API_TOKEN: secret } })
    const command = ['sh', '-c', 'printf %s "$MY_API_TOKEN$DB_PASSWORD" | wc -c']
    const job = window.api.submit({ command, stdout: 'text', env: { DB_PASSWORD: secret } })
    expect(await job.result).toMatchObject({ value: `${2 * secret.length}\n` })
    const files = readdirSync(state.folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    const leaks = files
      .map(entry => join(entry.parentPath, entry.name))
      .filter(path => readFileSync(path).includes(secret))
    expect(leaks).toEqual([])
    expect(files.length).toBeGreaterThan(3)
  })

  it('that died with the service makes its jobs wait until a window of the workspace is there', async () => {
    const first = open({ env: { MY_TOKEN: 'abc' }, workspace: '/a' })
    await first.configure({ concurrency: 1, afterServiceCrash: 'continue' })
    const blocker = first.api.submit({ command: ['sleep', '300'] })
    const job = first.api.submit({ command: ['sh', '-c', 'echo $MY_TOKEN'], stdout: 'text' })
    await job.accepted
    await runningPid(blocker)
    first.client.dispose()
    process.kill(readRecord(paths())?.pid as number, 'SIGKILL')
    const stranger = open({ workspace: '/b' })
    const reason = async () => (await stranger.api.list({ ids: [job.id] })).jobs[0]?.reason
    await until(async () => (await reason()) === 'secret', 20_000, 'the job to wait for its secret')
    const again = open({ env: { MY_TOKEN: 'xyz' }, workspace: '/a' })
    expect(await (await again.api.getJob(job.id))?.result).toMatchObject({ state: 'succeeded', value: 'xyz\n' })
  })
})

describe('the history', () => {
  it('is not cleared of results that exist nowhere else, unless that is requested; files of a user stay', async () => {
    const window = open({ resultsInHistory: true })
    const output = join(state.folder, 'mine.txt')
    await settle([
      window.api.submit({ command: ['echo', 'only here'], name: 'precious' }),
      window.api.submit({ command: ['echo', 'saved'], stdout: { file: output } }),
      window.api.submit({ command: ['false'] }),
    ])
    const filter = { all: true } as const
    expect(await window.client.service.clear({ filter, unsaved: 'keep' })).toEqual({ cleared: 0, unsaved: 1 })
    const { files } = await window.client.service.save({ filter, folder: join(state.folder, 'saved') })
    expect(files.map(path => readFileSync(path, 'utf8'))).toEqual(['only here\n'])
    expect(await window.client.service.clear({ filter, unsaved: 'keep' })).toEqual({ cleared: 3, unsaved: 0 })
    expect((await window.api.list({})).jobs).toEqual([])
    expect(readFileSync(output, 'utf8')).toBe('saved\n')
    expect(
      (await window.client.service.watchRows({ id: 'view', query: { from: 0, count: 10, expanded: [] } }))?.total,
    ).toBe(0)
  })

  it('never replaces a file when it saves', async () => {
    const window = open({ resultsInHistory: true })
    await settle([
      window.api.submit({ command: ['echo', '1'], name: 'same' }),
      window.api.submit({ command: ['echo', '2'], name: 'same' }),
    ])
    writeFileSync(join(state.folder, 'same.out'), 'old')
    const { files } = await window.client.service.save({ filter: { all: true }, folder: state.folder })
    expect(files.map(path => path.slice(state.folder.length))).toEqual(['/same-2.out', '/same-3.out'])
    expect(readFileSync(join(state.folder, 'same.out'), 'utf8')).toBe('old')
  })
})

describe('a view', () => {
  it('gets rows newest first, batches unfolded on request, and changes as they come', async () => {
    const window = open()
    await window.configure({ concurrency: 2 })
    const batch = window.api.submitBatch(
      [
        { command: ['true'], name: 'a' },
        { command: ['false'], name: 'b' },
      ],
      { name: 'two' },
    )
    await batch.completed
    const single = window.api.submit({ command: ['true'], name: 'single' })
    await single.result
    const rows = await window.client.service.watchRows({
      id: 'view',
      query: { from: 0, count: 50, expanded: [batch.id] },
    })
    const names = rows?.rows.map(row => {
      if (row.kind === 'job') return `${row.job.name} ${row.job.state}`
      return row.kind === 'batch' ? `${row.batch.name} ${row.batch.total}` : row.id
    })
    expect(names).toEqual(['single succeeded', 'two 2', 'a succeeded', 'b failed'])
    const changes: number[] = []
    window.client.onEvents(events => {
      for (const event of events) if (event.type === 'rows') changes.push(event.rows.total)
    })
    await window.api.submit({ command: ['true'] }).result
    await until(() => changes.at(-1) === 5, 20_000, 'the new row')
  })

  it('watches its own rows, whatever other views of its window show or stop to show', async () => {
    const window = open()
    const seen: string[] = []
    window.client.onEvents(events => {
      for (const event of events) {
        if (event.type === 'rows') seen.push(`${event.id} ${event.rows.rows.length} of ${event.rows.total}`)
      }
    })
    const { service } = window.client
    await service.watchRows({ id: 'short', query: { from: 0, count: 1, expanded: [] } })
    await service.watchRows({ id: 'long', query: { from: 0, count: 50, expanded: [] } })
    for (const name of ['first', 'second']) await window.api.submit({ command: ['true'], name }).result
    await until(() => seen.includes('short 1 of 2') && seen.includes('long 2 of 2'), 10_000, 'the rows of both views')
    expect(await service.watchRows({ id: 'short', query: null })).toBeNull()
    await window.api.submit({ command: ['true'], name: 'third' }).result
    await until(() => seen.includes('long 3 of 3'), 10_000, 'the rows of the other view')
    expect(seen).not.toContain('short 1 of 3')
  })
})
