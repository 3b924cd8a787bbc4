// How jobs end: by themselves, by a signal, by a limit, by a stop; and that nothing of them is left alive.
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { treeThreads } from '../../../src/run/os/linuxProcesses'
import { endTree } from '../../../src/run/os/treeTermination'
import { fixture, processesOf, RunBench, type TestRun } from '../../support/runs'
import { isAlive } from '../../support/tempState'
import { until } from '../../support/until'

let bench: RunBench
beforeAll(() => {
  bench = new RunBench()
})
afterAll(() => bench.close())

async function started(job: TestRun, bytes = 1): Promise<void> {
  await until(() => job.run.progress.stdoutBytes + job.run.progress.stderrBytes >= bytes, 30_000, 'its first output')
}

/** A program that is just being started has its pid already, but for a moment no environment to be known by. */
async function startedWithStrays(job: TestRun): Promise<number[]> {
  await started(job)
  await until(() => processesOf(job.id).length === 3, 30_000, 'its strays')
  return processesOf(job.id)
}

describe('by themselves', () => {
  test('an exit code that is not 0, with a whole result', async () => {
    const { state, error, stdout, end } = await bench.run(fixture('exits-3-with-result.sh'))
    expect(state).toBe('failed')
    expect(error).toEqual({ kind: 'exit', message: 'Exit code 3.' })
    expect(end).toMatchObject({ exitCode: 3, signal: null, endedBy: 'self', lastErrorLine: 'but with a warning' })
    expect(JSON.parse(stdout)).toEqual({ complete: true })
  })

  test('a signal', async () => {
    const { state, error, end } = await bench.run(fixture('dies-by-signal.sh'))
    expect(state).toBe('failed')
    expect(error).toEqual({ kind: 'signal', message: 'Ended by signal SIGKILL, often out of memory.' })
    expect(end).toMatchObject({ exitCode: null, signal: 'SIGKILL', endedBy: 'self' })
  })

  test('a signal behind a shell', async () => {
    const line = `sh '${fixture('dies-by-signal.sh')[1]}'; exit $?`
    const { state, error } = await bench.run([line], { shell: true })
    expect(state).toBe('failed')
    expect(error).toEqual({ kind: 'exit', message: 'Exit code 137: SIGKILL, often out of memory.' })
  })

  test('times are reported', async () => {
    const before = Date.now()
    const { end } = await bench.run(['true'])
    expect(end.startedAt).toBeGreaterThanOrEqual(before)
    expect(end.endedAt).toBeGreaterThanOrEqual(end.startedAt ?? Number.POSITIVE_INFINITY)
  })
})

describe('what a job leaves behind', () => {
  test.each([
    ['a process that keeps the pipes open', 'has-grandchild.sh'],
    ['a process in a session of its own', 'leaves-group.py'],
    ['a process that ignores SIGTERM', 'has-stubborn-grandchild.py'],
  ])('%s is ended; the outcome stays', async (_, name) => {
    const job = bench.start(fixture(name))
    const { state, stdout, end } = await job.outcome
    expect(state).toBe('succeeded')
    expect(end).toMatchObject({ exitCode: 0, endedBy: 'self', leftovers: 1 })
    expect(isAlive(Number(stdout))).toBe(false)
    expect(processesOf(job.id)).toEqual([])
  })

  test('is found also when the job has run for long', async () => {
    const job = bench.start(['sleep 2.2; setsid sleep 600 >/dev/null 2>&1 & sleep 2.3'], { shell: true })
    const { state, end } = await job.outcome
    expect(state).toBe('succeeded')
    expect(end.leftovers).toBe(1)
    expect(processesOf(job.id)).toEqual([])
  })

  test('gets the grace time to end by itself, and its output counts', async () => {
    const job = bench.start(['(sleep 1; echo late) &'], { shell: true, graceMs: 20_000 })
    const { state, stdout, end } = await job.outcome
    expect(state).toBe('succeeded')
    expect(stdout).toBe('late\n')
    expect(end.leftovers).toBe(0)
  })

  test('gets no time when the job is stopped meanwhile, and that changes no outcome', async () => {
    const job = bench.start(fixture('has-grandchild.sh'), { graceMs: 20_000 })
    await started(job)
    const { pid } = job.run
    await until(() => pid !== undefined && !isAlive(pid), 20_000, 'the end of the main process')
    job.run.stop('user')
    const { state, stdout, end } = await job.outcome
    expect(state).toBe('succeeded')
    expect(end.endedBy).toBe('self')
    expect(isAlive(Number(stdout))).toBe(false)
  })

  test('cannot be found does not hold the job for ever, and is left alone', async () => {
    const { state, stdout, end } = await bench.run(fixture('hides.py'))
    expect(state).toBe('succeeded')
    expect(end.leftovers).toBe(0)
    expect(isAlive(Number(stdout))).toBe(true)
    process.kill(Number(stdout), 'SIGKILL')
  })
})

describe('by a stop', () => {
  test.runIf(process.platform === 'linux')('of a process whose main thread has ended before the others', async () => {
    const job = bench.start(fixture('main-thread-ends.py'))
    await started(job)
    job.run.stop('user')
    expect((await job.outcome).end).toMatchObject({ endedBy: 'user', signal: 'SIGTERM' })
  })

  test('a job that ends on SIGTERM', async () => {
    const job = bench.start(fixture('silent.sh'), { graceMs: 20_000 })
    await started(job)
    job.run.stop('user')
    const { state, end } = await job.outcome
    expect(state).toBe('cancelled')
    expect(end).toMatchObject({ exitCode: null, signal: 'SIGTERM', endedBy: 'user', leftovers: 0 })
    expect(processesOf(job.id)).toEqual([])
  })

  test('a job that ignores it is forced after the grace time', async () => {
    const job = bench.start(fixture('ignores-term.py'))
    await started(job)
    job.run.stop('batch')
    const { state, end, stdout } = await job.outcome
    expect(state).toBe('cancelled')
    expect(end).toMatchObject({ signal: 'SIGKILL', endedBy: 'batch' })
    expect(stdout).toBe('ready\n')
    expect(processesOf(job.id)).toEqual([])
  })

  test('its children too, in the group and out of it', async () => {
    const job = bench.start(fixture('waits-with-strays.py'))
    await started(job)
    const pids = Buffer.from(await job.run.readOutput('stdout', 0, 100))
      .toString()
      .split(' ')
      .map(Number)
    expect(pids.map(isAlive)).toEqual([true, true])
    job.run.stop('user')
    expect((await job.outcome).state).toBe('cancelled')
    expect(pids.map(isAlive)).toEqual([false, false])
    expect(processesOf(job.id)).toEqual([])
  })

  test('the first one counts', async () => {
    const job = bench.start(fixture('silent.sh'))
    await started(job)
    job.run.stop('batch')
    job.run.stop('user')
    job.run.stop('limit', { kind: 'timeout', message: 'too late' })
    const { state, end } = await job.outcome
    expect(state).toBe('cancelled')
    expect(end.endedBy).toBe('batch')
    expect(end.error).toBeUndefined()
  })

  test('who ended it is reported also when it makes a clean exit of it', async () => {
    const job = bench.start(fixture('exits-0-on-term.py'), { graceMs: 20_000 })
    await started(job)
    job.run.stop('user')
    const { end } = await job.outcome
    expect(end).toMatchObject({ exitCode: 0, signal: null, endedBy: 'user' })
  })

  test('comes too late when it has ended', async () => {
    const job = bench.start(['true'])
    expect((await job.outcome).state).toBe('succeeded')
    job.run.stop('user')
    expect((await job.run.ended).endedBy).toBe('self')
  })

  test('many at once, with none left', async () => {
    const jobs = Array.from({ length: 20 }, () => bench.start(fixture('silent.sh')))
    await Promise.all(jobs.map(job => started(job)))
    for (const { run } of jobs) run.stop('user')
    const outcomes = await Promise.all(jobs.map(job => job.outcome))
    expect(new Set(outcomes.map(({ state }) => state))).toEqual(new Set(['cancelled']))
    expect(jobs.flatMap(({ id }) => processesOf(id))).toEqual([])
  })
})

describe('by a limit', () => {
  test('of time', async () => {
    const job = bench.start(fixture('ignores-term.py'), { timeoutMs: 6000 })
    const { state, error, end, stdout } = await job.outcome
    expect(state).toBe('failed')
    expect(error).toEqual({ kind: 'timeout', message: expect.stringContaining('time limit of 6 seconds') })
    expect(end.endedBy).toBe('limit')
    expect(stdout).toBe('ready\n')
    expect(processesOf(job.id)).toEqual([])
  })

  test('of silence on a pipe', async () => {
    const job = bench.start(fixture('silent.sh'), { noOutputTimeoutMs: 2500 })
    const { state, error, stderr } = await job.outcome
    expect(state).toBe('failed')
    expect(error).toEqual({ kind: 'noOutputTimeout', message: expect.stringContaining('for 2.5 seconds,') })
    expect(stderr).toBe('ready\n')
    expect(processesOf(job.id)).toEqual([])
  })

  test('of silence in a file', async () => {
    const job = bench.start(fixture('silent.sh'), {
      noOutputTimeoutMs: 2500,
      stdoutFile: 'quiet.out',
      stderrFile: 'quiet.err',
    })
    const { state, error, stderr } = await job.outcome
    expect(state).toBe('failed')
    expect(error?.kind).toBe('noOutputTimeout')
    expect(stderr).toBe('ready\n')
  })

  test.each([{}, { stdoutFile: 'chatter.txt' }])('of silence, but it prints (%j)', async where => {
    const { state, end } = await bench.run(fixture('chatters.sh'), { noOutputTimeoutMs: 2500, ...where })
    expect(state).toBe('succeeded')
    expect(end.stdoutBytes).toBe(51)
  })
})

describe('memory and CPU time', () => {
  test('of the whole tree are reported while it runs and at its end', async () => {
    const job = bench.start(fixture('uses-memory.py', 'go'))
    await until(() => (job.run.progress.memoryBytes ?? 0) > 60_000_000, 30_000, 'the memory of its child')
    expect(job.run.progress.cpuSeconds).toBeGreaterThan(0)
    expect(job.run.processStartTime).toMatch(/^\d+$/)
    writeFileSync(bench.file('go'), '')
    const { end } = await job.outcome
    expect(end.peakMemoryBytes).toBeGreaterThan(60_000_000)
    expect(end.cpuSeconds).toBeGreaterThan(0)
  })
})

describe('niceness', () => {
  test('reaches the threads and children that a process had already', async () => {
    const job = bench.start(fixture('waits-with-strays.py'))
    const pids = await startedWithStrays(job)
    const { pid = 0 } = job.run
    expect(treeThreads(pid).toSorted()).toEqual(pids.toSorted())
    job.run.stop('user')
    await job.outcome
  })
})

describe('what is left of a job of an earlier service', () => {
  test('is ended, wherever it went', async () => {
    const job = bench.start(fixture('waits-with-strays.py'))
    const pids = await startedWithStrays(job)
    expect((await endTree({ id: job.id, pid: job.run.pid ?? 0, processStartTime: undefined }, 300)).orphanCount).toBe(3)
    expect(pids.map(isAlive)).toEqual([false, false, false])
    expect((await job.outcome).error?.kind).toBe('signal')
  })

  test('is forced when it does not end', async () => {
    const job = bench.start(fixture('ignores-term.py'))
    await started(job)
    expect((await endTree({ id: job.id, pid: job.run.pid ?? 0, processStartTime: undefined }, 100)).orphanCount).toBe(1)
    expect((await job.outcome).end.signal).toBe('SIGKILL')
  })

  test('is never another process that has the pid by now', async () => {
    const job = bench.start(fixture('silent.sh'))
    await started(job)
    const pid = job.run.pid ?? 0
    expect((await endTree({ id: 'another job', pid, processStartTime: '1' }, 100)).orphanCount).toBe(0)
    expect((await endTree({ id: 'another job', pid, processStartTime: undefined }, 100)).orphanCount).toBe(0)
    expect(isAlive(pid)).toBe(true)
    job.run.stop('user')
    await job.outcome
  })

  test('is nothing when all is gone', async () => {
    const job = bench.start(['true'])
    await job.outcome
    expect((await endTree({ id: job.id, pid: job.run.pid ?? 0, processStartTime: '1' }, 100)).orphanCount).toBe(0)
  })
})
