// Kept-alive workers: who serves which job, how long they are kept, what becomes of jobs when they die; through the API
// and a real job service.
import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job, JobSpec } from '../../../src/api'
import type { TempState } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import { openWindow, type TestWindow } from '../../support/window'
import { endWorkers, failureOf, linesOf, untilGone, valueIn, workerCommand, workersOf } from '../../support/workers'

let state: TempState
let window: TestWindow
let test = 0

serviceForAll(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 1 })

beforeEach(() => {
  test++
})

afterEach(() => endWorkers(window))

const file = (name: string) => join(state.folder, `${test}-${name}`)

type Kept = Partial<JobSpec<unknown>> & { command: readonly string[] }

/** A job for a kept-alive worker; each test has pools of its own. */
const kept = (value: unknown, spec: Kept): JobSpec<unknown> => ({
  protocol: 'lines',
  keepAlive: true,
  stdin: { value },
  ...spec,
  env: { TEST: String(test), ...spec.env },
})
const submit = (value: unknown, spec: Kept): Job<unknown> => window.api.submit(kept(value, spec))
const run = async (value: unknown, spec: Kept) => (await submit(value, spec)).result
const settle = (jobs: readonly Job<unknown>[]) => Promise.all(jobs.map(job => job.result))

const echoes = { command: workerCommand('echoes.py') }
const dies = () => ({ command: workerCommand('dies.py', file('begun')) })
const waits = () => ({ command: workerCommand('waits.py', file('begun'), file('go')) })
const letGo = () => appendFileSync(file('go'), '')
const begun = () => linesOf(file('begun'))
const stateOf = async (job: Job<unknown>) => (await window.api.list({ ids: [job.id] })).jobs[0]

interface Echo {
  pid: number
  value: unknown
}

describe.each(['lines', 'frames'] as const)('a worker that speaks %s', protocol => {
  const value = { text: 'ü\n', list: [1, 2.5, null, true], nested: { empty: {} } }

  it('runs once per job, or is kept for many; the value is the same', async () => {
    const once = await settle([1, 2].map(() => submit(value, { ...echoes, protocol, keepAlive: false })))
    const many = await settle([1, 2, 3, 4, 5].map(() => submit(value, { ...echoes, protocol, keepAlive: { max: 1 } })))
    const all = [...once, ...many].map(result => valueIn<Echo>(result))
    expect(all.map(echo => echo.value)).toEqual(all.map(() => value))
    expect(new Set(all.slice(0, 2).map(({ pid }) => pid)).size).toBe(2)
    expect(new Set(all.slice(2).map(({ pid }) => pid)).size).toBe(1)
    expect(all[2]?.pid).not.toBe(all[0]?.pid)
  })

  it('keeps running when its handler throws: the error and the traceback are those of the job', async () => {
    const raises = { command: workerCommand('raises.py'), protocol, keepAlive: { max: 1 } }
    const [before, thrown, plain, after] = await settle([8, 'x', 'plain', 4].map(each => submit(each, raises)))
    expect(failureOf(thrown as never)).toMatchObject({
      state: 'failed',
      kind: 'handler',
      message: expect.stringContaining('TypeError: unsupported operand'),
      endedBy: 'self',
      stderr: expect.stringMatching(/Traceback[\s\S]*raises\.py[\s\S]*return .*value \/ 2/),
    })
    expect(failureOf(plain as never)).toMatchObject({
      kind: 'handler',
      message: 'The volume has no voxels.',
      stderr: '',
    })
    expect(valueIn<Echo>(after as never)).toEqual({ pid: valueIn<Echo>(before as never).pid, value: 2 })
  })

  it('that throws is an error of the job also when it runs once', async () => {
    const result = await run('x', { command: workerCommand('raises.py'), protocol, keepAlive: false })
    expect(failureOf(result)).toMatchObject({ state: 'failed', kind: 'handler', stderr: /Traceback/ })
  })
})

it('a worker runs from a shell as well', () => {
  const [program = '', ...words] = echoes.command
  const env = { ...process.env, PYTHONPATH: resolve('src/python') }
  const stdout = execFileSync(program, words, { input: '{"a": [1, 2.5]}', encoding: 'utf8', env })
  expect(JSON.parse(stdout).value).toEqual({ a: [1, 2.5] })
})

describe('a worker that dies', () => {
  it('in the middle fails that job alone; those that wait go on in a new one, none twice, none lost', async () => {
    const values = Array.from({ length: 60 }, (_, i) => (i === 20 ? 'exit' : i === 40 ? 'kill' : String(i)))
    const batch = window.api.submitBatch(values.map(value => kept(value, dies())))
    const { results, counts } = await batch.completed
    expect(counts).toMatchObject({ succeeded: 58, failed: 2 })
    expect(failureOf(results[20] as never)).toEqual({
      state: 'failed',
      kind: 'exit',
      message: expect.stringMatching(/ended before it had answered\. Exit code 3\..*the disk is on fire/),
      exitCode: 3,
      signal: null,
      endedBy: 'self',
      stderr: 'the disk is on fire\n',
    })
    expect(failureOf(results[40] as never)).toMatchObject({ kind: 'signal', exitCode: null, signal: 'SIGKILL' })
    expect(begun().sort()).toEqual([...values].sort())
  })

  it('in the middle is tried again by the rule of the job', async () => {
    const [again, other] = await settle([submit('exit once', { ...dies(), retries: 1 }), submit('other', dies())])
    expect(valueIn(again as never)).toBeTypeOf('number')
    expect(again?.attempts).toBe(2)
    expect(other?.attempts).toBe(1)
    expect(begun().sort()).toEqual(['exit once', 'exit once', 'other'])
  })

  it('while it is idle is replaced for the next job', async () => {
    const { pid } = valueIn<Echo>(await run(1, echoes))
    process.kill(pid, 'SIGKILL')
    await untilGone(pid)
    await until(() => !workersOf(window).some(worker => worker.pid === pid), 20_000, 'its end to be seen')
    expect(valueIn<Echo>(await run(2, echoes)).pid).not.toBe(pid)
  })

  it('well between two jobs is replaced each time, and nobody takes that for a crash', async () => {
    const command = workerCommand('exits-after-each.sh')
    const pids: number[] = []
    for (let i = 0; i < 6; i++) {
      pids.push(valueIn<number>(await run(i, { command })))
      await untilGone(...pids)
      await until(() => workersOf(window).length === 0, 20_000, 'the end of the worker to be known')
    }
    expect(new Set(pids).size).toBe(6)
  })

  it('well while it has a job fails that job: whether it had begun is unknown, so it is not run again', async () => {
    const command = workerCommand('exits-after-each.sh')
    const results = await settle([1, 2, 3, 4].map(i => submit(i, { command, cores: 2 })))
    for (const result of results)
      if (result.state !== 'succeeded')
        expect(failureOf(result)).toMatchObject({
          kind: 'exit',
          exitCode: 0,
          message: expect.stringMatching(/before it had answered/),
        })
    expect(results.some(result => result.state === 'succeeded')).toBe(true)
  })

  it('before it is ready fails the job with what it printed', async () => {
    const command = workerCommand('cannot-start.py', file('started'), file('mended'))
    for (const keepAlive of [false, true]) {
      const failure = failureOf(await run(1, { command, keepAlive }))
      expect(failure).toMatchObject({
        state: 'failed',
        kind: 'start',
        message: expect.stringMatching(
          /exit code 1.*before it said that it is ready.*No module named 'a_module_that_is_not_there'/,
        ),
        stderr: expect.stringMatching(/^Traceback/),
      })
    }
  })

  it('five times in a row stops its pool: its queued jobs fail with one clear error, later jobs may try again', async () => {
    // within ten seconds, also on a slow machine
    const command = workerCommand('breaks-at-once.sh', file('started'), file('mended'))
    const results = await settle(Array.from({ length: 400 }, (_, i) => submit(i, { command })))
    const messages = results.map(result => failureOf(result).message ?? '')
    const refused = messages.filter(message => message.includes('5 times within 10 seconds'))
    expect(new Set(refused).size).toBe(1)
    expect(refused[0]).toMatch(/breaks-at-once\.sh.*mend the script, then rerun them.*No module named/)
    const started = linesOf(file('started')).length
    expect(started).toBeGreaterThanOrEqual(5)
    expect(started).toBeLessThanOrEqual(6) // the second slot may have begun one meanwhile
    expect(refused.length).toBe(400 - started)
    appendFileSync(file('mended'), '')
    expect(valueIn(await run('again', { command }))).toBe('again')
  })
})

describe('a pool', () => {
  it('that is exhausted lets its jobs wait for a worker, and other jobs pass', async () => {
    await window.configure({ concurrency: 4 })
    const one = { ...waits(), keepAlive: { max: 1 } }
    const jobs = ['wait', 'b', 'c', 'd'].map(value => submit(value, one))
    await until(() => begun().length === 1, 20_000, 'the first job')
    expect((await window.api.submit({ command: ['echo', 'passes'], stdout: 'text' }).result).state).toBe('succeeded')
    expect(valueIn<Echo>(await run('passes', echoes)).value).toBe('passes')
    expect(await stateOf(jobs[1] as Job<unknown>)).toMatchObject({ state: 'queued', reason: 'worker' })
    letGo()
    const pids = (await settle(jobs)).map(result => valueIn(result))
    expect(new Set(pids).size).toBe(1)
    expect(begun()).toEqual(['wait', 'b', 'c', 'd'])
  })

  it('keeps the order and the priorities among other pools and jobs without one', async () => {
    await window.configure({ concurrency: 1 })
    const blocker = submit('wait', waits())
    await until(() => begun().length === 1, 20_000, 'the blocker')
    const inPool = (value: string, pool: string, priority = 0) =>
      submit(value, { ...waits(), env: { POOL: pool }, priority })
    const raw = (value: string): Job<unknown> =>
      window.api.submit({ command: ['sh', '-c', 'echo "$0" >> "$1"', value, file('begun')] })
    const jobs = [inPool('a1', 'a'), raw('r1'), inPool('late', 'a', -1), inPool('a2', 'a'), raw('r2')]
    jobs.push(inPool('urgent', 'b', 5), inPool('b1', 'b'))
    await Promise.all(jobs.map(job => job.accepted))
    letGo()
    await settle([blocker, ...jobs])
    expect(begun()).toEqual(['wait', 'urgent', 'a1', 'r1', 'a2', 'r2', 'b1', 'late'])
  })

  it('does not let short jobs wait behind a long one, and runs none of them twice', async () => {
    const short = (from: number) => Array.from({ length: 60 }, (_, i) => String(from + i))
    const values = [...short(0), 'wait', ...short(100)]
    const jobs = values.map(value => submit(value, waits()))
    await settle(jobs.filter((_, i) => values[i] !== 'wait'))
    expect(begun().length).toBe(121)
    letGo()
    await settle(jobs)
    expect(begun().sort()).toEqual([...values].sort())
  })

  it('with one worker queues again what was sent ahead behind a long job', async () => {
    const one = { ...waits(), keepAlive: { max: 1 } }
    const values = [...Array.from({ length: 100 }, (_, i) => String(i)), 'wait', 'behind 1', 'behind 2', 'behind 3']
    const jobs = values.map(value => submit(value, one))
    await until(() => begun().includes('wait'), 20_000, 'the long job')
    const behind = jobs.slice(-3)
    const states = async () => (await Promise.all(behind.map(stateOf))).map(info => `${info?.state} ${info?.attempts}`)
    await until(async () => (await states()).every(each => each === 'queued 0'), 20_000, 'the way back')
    letGo()
    await settle(jobs)
    expect(begun()).toEqual(values)
  })

  it('serves all windows whose variables are the same, as far as they mean something', async () => {
    const windows = [
      openWindow(state.folder, { env: { SHLVL: '1', PWD: '/a', ATLAS: 'mni' }, name: 'first' }),
      openWindow(state.folder, { env: { SHLVL: '2', PWD: '/b', ATLAS: 'mni' }, name: 'second' }),
      openWindow(state.folder, { env: { SHLVL: '1', PWD: '/a', ATLAS: 'other' }, name: 'third' }),
    ]
    const pids: number[] = []
    for (const { api } of windows) pids.push(valueIn<Echo>(await api.submit(kept(1, echoes)).result).pid)
    for (const { client } of windows) client.dispose()
    expect(pids[1]).toBe(pids[0])
    expect(pids[2]).not.toBe(pids[0])
  })

  it('goes on when one of its windows closes in the middle', async () => {
    const first = openWindow(state.folder, { name: 'first' })
    const one = { ...waits(), keepAlive: { max: 1 } }
    const ofFirst = first.api.submit(kept('wait', one))
    await until(() => begun().length === 1, 20_000, 'the job of the first window')
    const ofOther = submit('other', one)
    await ofOther.accepted
    first.client.dispose()
    letGo()
    const pid = valueIn(await ofOther.result)
    const ended = await (await window.api.getJob(ofFirst.id))?.result
    expect(valueIn(ended as never)).toBe(pid)
  })

  it('is another for another folder, other words or other cores', async () => {
    const specs = [echoes, { ...echoes, cwd: '/' }, { command: [...echoes.command, 'x'] }, { ...echoes, cores: 2 }]
    const pids: number[] = []
    for (const spec of specs) pids.push(valueIn<Echo>(await run(1, spec)).pid)
    expect(new Set(pids).size).toBe(4)
  })
})

describe('a warm worker', () => {
  it('is shown with its pid, its jobs and its memory, and holds no slot while it is idle', async () => {
    const { pid } = valueIn<Echo>(await run(1, { ...echoes, keepAlive: { max: 1 } }))
    await run(2, { ...echoes, keepAlive: { max: 1 } })
    const shown = () => workersOf(window).find(worker => worker.pid === pid)
    await until(() => shown()?.served === 2 && shown()?.memoryBytes, 20_000, 'two jobs and the memory')
    expect(shown()).toMatchObject({ state: 'idle', command: expect.arrayContaining([echoes.command[1]]) })
    expect(shown()?.owner).toBeUndefined()
    expect(window.client.summary?.slotsTaken).toBe(0)
  })

  it('is replaced after maxJobs', async () => {
    const few = { ...echoes, keepAlive: { max: 1, maxJobs: 3 } }
    const results = await settle(Array.from({ length: 9 }, (_, i) => submit(i, few)))
    const served = Map.groupBy(results, result => valueIn<Echo>(result).pid)
    expect([...served.values()].map(jobs => jobs.length)).toEqual([3, 3, 3])
  })

  it('that has grown above maxMemoryMB is replaced', async () => {
    const small = { command: workerCommand('grows.py'), keepAlive: { max: 1, maxMemoryMB: 100 } }
    const pid = valueIn<number>(await run(1, small))
    expect(valueIn(await run(200, small))).toBe(pid)
    await until(async () => valueIn(await run(0, small)) !== pid, 20_000, 'another worker')
    await untilGone(pid)
  })

  it('ends after idleSeconds, and others stay', async () => {
    const [short, long] = (
      await settle([
        submit(1, { ...echoes, keepAlive: { idleSeconds: 0.2 } }),
        submit(1, { ...echoes, env: { OTHER: 'pool' } }),
      ])
    ).map(result => valueIn<Echo>(result).pid) as [number, number]
    await untilGone(short)
    const shown = () => workersOf(window).map(({ pid }) => pid)
    await until(() => shown().includes(long) && !shown().includes(short), 20_000, 'the other one alone')
  })

  it('ends on request, also in the middle of a job: that one is answered first', async () => {
    const job = submit('wait', waits())
    await until(() => begun().length === 1, 20_000, 'the job')
    const worker = await until(() => workersOf(window).find(({ state: s }) => s === 'busy'), 20_000, 'the worker')
    expect(await window.client.service.stopWorkers({ ids: [worker.id] })).toEqual({ stopped: 1 })
    letGo()
    const pid = valueIn<number>(await job.result)
    expect(worker.pid).toBe(pid)
    await untilGone(pid)
  })
})
