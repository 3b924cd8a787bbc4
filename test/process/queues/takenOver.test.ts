// What the next job service has of an earlier one that was killed: the jobs of warm workers elsewhere, and files there that were not on
// disk here yet.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Job, JobInfo, JobSpec } from '../../../src/api'
import type { CommandQueueConfig } from '../../../src/core/jobs/queueConfig'
import { statePaths } from '../../../src/service/base/paths'
import { killService, processesWith, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'
import { linesOf, workerCommand } from '../../support/workers'

const LIMIT_MS = 60_000
const node = process.execPath

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

describe.skipIf(process.platform === 'win32')('the next job service', () => {
  let there: string
  beforeEach(() => {
    there = join(state.folder, 'there')
    mkdirSync(there)
  })
  const file = (name: string) => join(state.folder, name)
  /** In the folder of the runner there. */
  const filesThere = () =>
    readdirSync(there, { recursive: true, encoding: 'utf8' }).filter(path => /[\da-f-]{36}/.test(path))

  async function windowWith(more: Partial<CommandQueueConfig> = {}, options: WindowOptions = {}): Promise<TestWindow> {
    const launch = ['env', `TMPDIR=${there}`]
    const queue: CommandQueueConfig = { kind: 'command', launch, node, keepSeconds: 60, slots: 1, ...more }
    const window = open({ queues: { q: queue }, ...options })
    await window.configure({ afterServiceCrash: 'continue', concurrency: 2, killGraceSeconds: 1 })
    return window
  }

  async function nextService(window: TestWindow, whileAway: () => unknown = () => undefined): Promise<void> {
    killService(state.folder)
    await whileAway()
    await until(() => window.client.state !== 'connected', LIMIT_MS, 'the end of the service')
    await until(() => window.client.state === 'connected', LIMIT_MS, 'the next service')
  }

  /** Warm workers that write down what they begin, and answer when `go` is there if their input says so. */
  const worker: JobSpec<unknown> = {
    command: workerCommand('waits.py', 'begun', 'go'),
    protocol: 'frames',
    keepAlive: { max: 1 },
    queue: 'q',
  }
  const begun = () => linesOf(file('begun'))

  it('has what a warm worker works on: it is brought to its end there, and begins once', async () => {
    const window = await windowWith()
    const first = window.api.submit({ ...worker, stdin: { value: 'first' } })
    expect(await first.result).toMatchObject({ state: 'succeeded' })
    const waits = window.api.submit({ ...worker, stdin: { value: 'wait' } })
    const behind = window.api.submit({ ...worker, stdin: { value: 'behind' } })
    await until(() => waits.info.state === 'running', LIMIT_MS, 'a worker with a job')
    await nextService(window)
    await until(() => waits.info.host !== undefined, LIMIT_MS, 'where it runs')
    writeFileSync(file('go'), '')
    const [taken, next] = [await waits.result, await behind.result]
    expect(taken).toMatchObject({ state: 'succeeded', attempts: 1, value: answerOf(await first.result) })
    expect(next).toMatchObject({ state: 'succeeded', attempts: 1 })
    expect(begun()).toEqual(['first', 'wait', 'behind'])
    expect(answerOf(next)).not.toBe(answerOf(taken)) // the worker of the earlier service has ended
    await until(() => processesWith('begun').length <= 1, LIMIT_MS, 'the end of that worker')
  })

  it('has how it ended while nobody was there', async () => {
    const window = await windowWith()
    const job = window.api.submit({ ...worker, stdin: { value: 'wait' } })
    await until(() => job.info.state === 'running', LIMIT_MS, 'a worker with a job')
    await nextService(window, async () => {
      writeFileSync(file('go'), '')
    })
    expect(await job.result).toMatchObject({ state: 'succeeded', attempts: 1 })
    expect(begun()).toEqual(['wait'])
  })

  it('ends it when it is cancelled', async () => {
    const window = await windowWith()
    const job = window.api.submit({ ...worker, stdin: { value: 'wait' } })
    await until(() => job.info.state === 'running', LIMIT_MS, 'a worker with a job')
    await nextService(window)
    await until(() => job.info.host !== undefined, LIMIT_MS, 'where it runs')
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled' })
    const next = window.api.submit({ ...worker, stdin: { value: 'next' } })
    expect(await next.result).toMatchObject({ state: 'succeeded' })
  })

  it('has it also after another one was killed', async () => {
    const window = await windowWith()
    const job = window.api.submit({ ...worker, stdin: { value: 'wait' } })
    await until(() => job.info.state === 'running', LIMIT_MS, 'a worker with a job')
    await nextService(window)
    await until(() => job.info.host !== undefined, LIMIT_MS, 'where it runs')
    await nextService(window)
    writeFileSync(file('go'), '')
    expect(await job.result).toMatchObject({ state: 'succeeded', attempts: 1 })
    expect(begun()).toEqual(['wait'])
  })

  it('brings large answers and logs, which do not stay there', async () => {
    const window = await windowWith()
    const line =
      'import sys; from headless_jobs import serve; serve(lambda n: (print("e" * n, file=sys.stderr), "x" * n)[1])'
    const spec = { command: ['python3', '-c', line], protocol: 'lines', keepAlive: { max: 1 }, queue: 'q' } as const
    const results = await Promise.all(
      [200_000, 300_000].map(n => window.api.submit({ ...spec, stdin: { value: n } }).result),
    )
    for (const [index, bytes] of [200_000, 300_000].entries()) {
      const result = results[index]
      expect(result).toMatchObject({ state: 'succeeded', value: 'x'.repeat(bytes), stderrTruncated: true })
      expect(readFileSync(result?.stderrFile ?? '').length).toBe(bytes + 1)
    }
    await until(() => filesThere().filter(name => /\.(out|err|in)$/.test(name)).length === 0, LIMIT_MS, 'none there')
  })

  it.each(['shared', 'copy'] as const)('brings again what was not on disk here, with files %s', async files => {
    const window = await windowWith({ files }, { resultsInHistory: true })
    writeFileSync(file('in.txt'), 'in\n')
    const line = 'cat; head -c 300000 /dev/zero; cat in.txt > out.txt'
    const job = window.api.submit({
      ...{ command: ['sh', '-c', line], stdin: { file: 'in.txt' }, inputs: ['in.txt'], outputs: ['out.txt'] },
      queue: 'q',
      stdout: 'bytes',
    } as JobSpec<Uint8Array>)
    expect(await job.result).toMatchObject({ state: 'succeeded' })
    beforeItsEnd(job)
    rmSync(spooled(job))
    if (files === 'copy') rmSync(file('out.txt'))
    const info = await until(() => endOf(window, job), LIMIT_MS, 'its end')
    expect(info).toMatchObject({ state: 'succeeded', attempts: 1, stdoutBytes: 300_003 })
    expect(readFileSync(spooled(job)).length).toBe(300_003)
    expect(readFileSync(file('out.txt'), 'utf8')).toBe('in\n')
    await until(() => filesThere().every(name => !name.includes(job.id)), LIMIT_MS, 'nothing of it there')
  })

  it.runIf(process.platform === 'linux')('leaves alone what that of another machine has on the host', async () => {
    const first = await windowWith()
    const command = ['sh', '-c', 'while ! test -e go; do sleep 0.05; done']
    const job = first.api.submit({ command, queue: 'q', cwd: state.folder })
    await until(() => job.info.state === 'running', LIMIT_MS, 'a job that runs')
    first.client.dispose()
    killService(state.folder)
    // the folder has the same name there, and what is in it is of that machine alone
    const { installation, lock, record, store } = statePaths(state.folder)
    for (const path of [installation, lock, record, store, `${store}-wal`, `${store}-shm`])
      rmSync(path, { force: true })
    const second = await windowWith()
    expect(await second.api.submit({ command: ['true'], queue: 'q' }).result).toMatchObject({ state: 'succeeded' })
    expect(processesWith(`HEADLESS_JOB_ID=${job.id}`)).not.toEqual([])
    writeFileSync(file('go'), '')
    await until(() => processesWith(`HEADLESS_JOB_ID=${job.id}`).length === 0, LIMIT_MS, 'the end of the job')
  })

  const spooled = ({ id }: Job<unknown>) => join(statePaths(state.folder).spool, `${id}.out`)

  async function endOf({ client }: TestWindow, { id }: Job<unknown>): Promise<JobInfo | undefined> {
    const { jobs } = await client.service.list({ filter: { ids: [id] } }).catch(() => ({ jobs: [] }))
    return jobs[0]?.endedAt === undefined ? undefined : jobs[0]
  }

  /** The service is killed when all of it was brought, and before that is on disk. */
  function beforeItsEnd({ id }: Job<unknown>): void {
    killService(state.folder)
    const store = new DatabaseSync(statePaths(state.folder).store)
    const facts = "json_remove(facts, '$.endedAt', '$.exitCode', '$.stdoutFile', '$.stdoutBytes')"
    store.exec(`UPDATE jobs SET state = 'running', facts = ${facts}, stdout = NULL WHERE id = '${id}'`)
    store.close()
  }
})

function answerOf(result: { state: string; value?: unknown }): unknown {
  return result.value
}
