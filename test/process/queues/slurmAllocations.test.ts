// Queues on a real Slurm, in allocations: taken when there is work, given back when there is none, and what becomes of the jobs in
// them when something ends that they need.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Job } from '../../../src/api'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import {
  SLURM_LIMIT_MS as LIMIT_MS,
  nextService,
  node,
  type OnSlurm,
  onSlurm,
  problemOf,
  untilRunning,
  waits,
} from '../../support/onSlurm'
import { hasSlurm, startSlurm } from '../../support/slurm'
import { processesWith } from '../../support/tempState'
import { until } from '../../support/until'
import { queueOf } from '../../support/window'
import { untilGone, workerCommand } from '../../support/workers'

describe.runIf(hasSlurm)('allocations of Slurm', () => {
  let { file, go, slurm, state, submit, untilNoneIsLeft, windowWith } = {} as OnSlurm
  onSlurm(
    given => ({ file, go, slurm, state, submit, untilNoneIsLeft, windowWith } = given),
    () => ({ slots: 2 }),
  )

  const idOfAllocation = () => until(() => slurm.jobs()[0]?.split(' ')[0], LIMIT_MS, 'an allocation')

  it('are taken for jobs, have their streams and variables, and are given back when idle', async () => {
    const window = await windowWith({ allocations: { idleSeconds: 1 } })
    const job = submit(window, 'cat; echo $SLURM_JOB_ID $PPID', { stdin: 'hello\n', stdout: 'text' })
    const result = await job.result
    const said = /^hello\n\d+ (\d+)\n$/.exec(result.state === 'succeeded' ? result.value : '')
    expect(said).not.toBeNull()
    await untilNoneIsLeft()
    await untilGone(Number(said?.[1])) // the runner in it
    expect(await submit(window, 'echo again', { stdout: 'text' }).result).toMatchObject({ value: 'again\n' })
  })

  it('are as many as the jobs need, and no more than the queue may have', async () => {
    const window = await windowWith({ allocations: { max: 2 } })
    const jobs = Array.from({ length: 7 }, () => submit(window, `echo >> began; ${waits()}`))
    await until(() => queueOf(window, 'q')?.running === 4, LIMIT_MS, 'four jobs that run')
    expect(queueOf(window, 'q')).toMatchObject({ slots: 4, used: 4, running: 4, queued: 3 })
    expect(slurm.jobs()).toHaveLength(2)
    expect(readFileSync(file('began'), 'utf8')).toBe('\n'.repeat(4))
    go()
    for (const job of jobs) expect(await job.result).toMatchObject({ state: 'succeeded' })
  })

  it('are not asked for any more when the jobs that wait for them are cancelled', async () => {
    const blocker = slurm.run('sbatch', '--parsable', '--exclusive', '--output=/dev/null', '--wrap=sleep 600').trim()
    const window = await windowWith()
    const job = submit(window, 'true')
    await until(() => slurm.jobs().some(line => line.endsWith('PENDING')), LIMIT_MS, 'an allocation that waits')
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled' })
    await until(() => slurm.jobs().join() === `${blocker} RUNNING`, LIMIT_MS, 'no allocation that waits')
  })

  it('go on without the job service, and the next one has what ran in them', async () => {
    const window = await windowWith()
    const jobs = [
      submit(window, `${waits()}; echo a`, { stdout: 'text' }),
      submit(window, 'echo b', { stdout: 'text' }),
    ]
    const [runs, ended] = jobs as [Job<string>, Job<string>]
    await untilRunning(runs)
    expect(await ended.result).toMatchObject({ value: 'b\n' })
    const before = slurm.jobs()
    await nextService(window, () => process.kill(readRecord(statePaths(state.folder))?.pid as number, 'SIGKILL'))
    expect(slurm.jobs()).toEqual(before)
    go()
    expect(await runs.result).toMatchObject({ state: 'succeeded', value: 'a\n', attempts: 1 })
  })

  it('that an earlier job service has taken are not idle while its jobs run, and have no slots for others', async () => {
    const window = await windowWith({ slots: 1, allocations: { max: 1, idleSeconds: 1 } })
    const allocations = () => queueOf(window, 'q')?.allocations
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    const [before] = slurm.jobs()
    await nextService(window, () => process.kill(readRecord(statePaths(state.folder))?.pid as number, 'SIGKILL'))
    await until(() => allocations()?.some(({ used }) => used === 1), LIMIT_MS, 'an allocation that is in use')
    const next = submit(window, 'echo b', { stdout: 'text' })
    await pause(2000) // longer than it may be idle
    expect(allocations()).toMatchObject([{ used: 1, slots: 1 }])
    expect(allocations()?.[0]).not.toHaveProperty('leaving')
    expect(next.info.state).toBe('queued')
    go()
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a\n', attempts: 1 })
    expect(await next.result).toMatchObject({ state: 'succeeded', value: 'b\n' })
    expect(before).toContain(allocations()?.[0]?.id)
  })

  it('that have no runner are given back, also those of an earlier job service', async () => {
    const window = await windowWith()
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    const name = slurm.run('squeue', '--noheader', '--format=%j').trim()
    let empty = ''
    process.env.HEADLESS_JOBS_CONNECT_SECONDS = '1'
    onTestFinished(() => {
      delete process.env.HEADLESS_JOBS_CONNECT_SECONDS
    })
    await nextService(window, async () => {
      const { pid } = readRecord(statePaths(state.folder)) ?? { pid: 0 }
      process.kill(pid, 'SIGSTOP') // else it cancels what it does not know
      // as one is left whose script the daemon of its node had no time to begin
      const words = ['--parsable', `--job-name=${name}`, '--output=/dev/null', '--time=10', '--wrap=sleep 600']
      empty = slurm.run('sbatch', ...words).trim()
      await until(() => slurm.jobs().includes(`${empty} RUNNING`), LIMIT_MS, 'the one without a runner')
      process.kill(pid, 'SIGKILL')
    })
    const allocation = () => queueOf(window, 'q')?.allocations?.find(({ id }) => id === empty)
    await until(allocation, LIMIT_MS, 'what it has left')
    go()
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a\n', attempts: 1 })
    await until(() => !slurm.jobs().some(line => line.startsWith(`${empty} `)), LIMIT_MS, 'its end')
    expect(await submit(window, 'echo b', { stdout: 'text' }).result).toMatchObject({ value: 'b\n' })
  })

  it('keep what runs when each srun that leads to them is killed', async () => {
    const window = await windowWith()
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    const id = await idOfAllocation()
    const clients = () =>
      execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
        .split('\n')
        .filter(line => line.includes(`srun --jobid=${id} `))
        .map(line => Number.parseInt(line, 10))
    expect(clients()).not.toEqual([])
    for (const pid of clients()) process.kill(pid, 'SIGKILL')
    await until(() => queueOf(window, 'q')?.problem ?? clients().length === 0, LIMIT_MS, 'a connection that is lost')
    go()
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a\n', attempts: 1 })
  })

  it('that end lose what ran, with the reason of Slurm, but for what may run again', async () => {
    const window = await windowWith()
    const begins = `echo >> began-$0; ${waits()}`
    const [lost, again] = [
      window.api.submit({ command: ['sh', '-c', begins, 'lost'], cwd: state.folder, queue: 'q' }),
      window.api.submit({ command: ['sh', '-c', begins, 'again'], cwd: state.folder, queue: 'q', rerunnable: true }),
    ] as const
    await untilRunning(lost)
    await untilRunning(again)
    slurm.run('scancel', await idOfAllocation())
    const result = await lost.result
    expect(result.state === 'lost' && result.error?.message).toMatch(/allocation.* while this job ran/)
    await until(() => readFileSync(file('began-again'), 'utf8') === '\n\n', LIMIT_MS, 'the second attempt')
    go()
    expect(await again.result).toMatchObject({ state: 'succeeded', attempts: 2 })
    expect(readFileSync(file('began-lost'), 'utf8')).toBe('\n')
    expect(processesWith(`HEADLESS_JOB_ID=${lost.id}`)).toEqual([])
  })

  it('go on when their queue is left and used again', async () => {
    const window = await windowWith()
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    await window.configure({ concurrency: 2, queues: {} })
    await until(() => queueOf(window, 'q')?.kind === undefined, LIMIT_MS, 'a queue that the settings do not name')
    await window.configure({ concurrency: 2, queues: { q: { kind: 'slurm', node, slots: 2 } } })
    await until(() => queueOf(window, 'q')?.kind === 'slurm', LIMIT_MS, 'the queue again')
    go()
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a\n' })
    expect(await submit(window, 'echo b', { stdout: 'text' }).result).toMatchObject({ value: 'b\n' })
  })

  it('that are asked for while their queue is left are cancelled', async () => {
    const blocker = slurm.run('sbatch', '--parsable', '--exclusive', '--output=/dev/null', '--wrap=sleep 600').trim()
    const window = await windowWith()
    const job = submit(window, 'true')
    await until(() => (queueOf(window, 'q')?.allocations?.length ?? 0) > 0, LIMIT_MS, 'an allocation that is asked for')
    await window.configure({ concurrency: 2, queues: {} })
    await until(() => slurm.jobs().join() === `${blocker} RUNNING`, LIMIT_MS, 'no allocation that waits')
    await job.cancel()
  })

  it('of which nobody knows are cancelled', async () => {
    const window = await windowWith()
    const job = submit(window, waits())
    await untilRunning(job)
    const name = slurm.run('squeue', '--noheader', '--format=%j').trim()
    slurm.run('sbatch', '--parsable', `--job-name=${name}`, '--output=/dev/null', '--wrap=sleep 600')
    expect(slurm.jobs()).toHaveLength(2)
    await window.client.service.connectQueue({ queue: 'q' })
    await until(() => slurm.jobs().length === 1, LIMIT_MS, 'only the one that is known')
    expect(job.info.state).toBe('running')
  })

  it('are given back while their queue is paused, and more are taken for a job that needs more than is free', async () => {
    const window = await windowWith({ allocations: { max: 2, idleSeconds: 1 } })
    const narrow = submit(window, waits())
    await untilRunning(narrow)
    const wide = submit(window, 'true', { cores: 2 })
    expect(await wide.result).toMatchObject({ state: 'succeeded' })
    expect(narrow.info.state).toBe('running')
    await window.client.service.pauseQueue({ queue: 'q', paused: true })
    const waiting = submit(window, 'true')
    await until(() => slurm.jobs().length === 1, LIMIT_MS, 'the idle one given back')
    go()
    expect(await narrow.result).toMatchObject({ state: 'succeeded' })
    await untilNoneIsLeft()
    await window.client.service.pauseQueue({ queue: 'q', paused: false })
    expect(await waiting.result).toMatchObject({ state: 'succeeded' })
  })

  it('that are killed without a word do so, too', async () => {
    const window = await windowWith()
    const job = submit(window, waits())
    await untilRunning(job)
    slurm.run('scancel', '--signal=KILL', '--full', await idOfAllocation())
    const result = await job.result
    expect(result.state === 'lost' && result.error?.message).toMatch(
      // its runner may outlive the job for long enough to hear that Slurm ends the rest
      /^(The allocation \d+ has ended \([A-Z_, a-zA-Z]+\)|Slurm ended the allocation while this job ran: )/,
    )
    await until(() => processesWith(`HEADLESS_JOB_ID=${job.id}`).length === 0, LIMIT_MS, 'the end of its processes')
  })

  it('are not lost while the controller is away', async () => {
    const window = await windowWith()
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    await slurm.end('slurmctld', 'SIGTERM')
    await new Promise(resolve => setTimeout(resolve, 5000)) // two questions that get no answer
    expect(job.info.state).toBe('running')
    go()
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a\n' })
    slurm.start('slurmctld')
    await until(() => slurm.run('sinfo', '--noheader').includes('main'), LIMIT_MS, 'the controller')
    expect(await submit(window, 'echo b', { stdout: 'text' }).result).toMatchObject({ value: 'b\n' })
  })

  it('go on when the daemon of their node is killed', async () => {
    const own = await startSlurm() // it may not trust the node any more
    process.env.SLURM_CONF = own.config
    onTestFinished(async () => {
      process.env.SLURM_CONF = slurm.config
      await own.remove()
    })
    const window = await windowWith()
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    await own.end('slurmd', 'SIGKILL')
    const second = submit(window, 'echo b', { stdout: 'text' })
    expect(await second.result).toMatchObject({ state: 'succeeded', value: 'b\n' })
    go()
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a\n' })
  })

  it('are ended by hand, with what runs in them, and there is no other one by that number', async () => {
    const window = await windowWith()
    const job = submit(window, waits())
    await untilRunning(job)
    const id = await idOfAllocation()
    const { service } = window.client
    await expect(service.endAllocation({ queue: 'q', allocation: '99999' })).rejects.toThrow(
      'The queue “q” has no allocation 99999.',
    )
    await expect(service.endAllocation({ queue: 'local', allocation: id })).rejects.toThrow(
      'The queue “local” has no allocations.',
    )
    await service.endAllocation({ queue: 'q', allocation: id })
    expect(await job.result).toMatchObject({ state: 'lost' })
    await untilNoneIsLeft()
  })

  it('take no job that may take longer than they have', async () => {
    const window = await windowWith({ allocations: { minutes: 10 } })
    const long = await submit(window, 'true', { timeoutSeconds: 600 }).result
    expect(long.state === 'failed' && long.error).toEqual({
      kind: 'start',
      message:
        'Its "timeoutSeconds" is 600, but an allocation of the queue “q” has 10 minutes, of which it needs some to begin: set a larger "allocations.minutes".',
    })
    const here = { stdout: 'text', timeoutSeconds: 300 } as const
    const first = await submit(window, 'echo $SLURM_JOB_ID', here).result
    const id = await idOfAllocation()
    expect(first).toMatchObject({ value: `${id}\n` })
    slurm.run('scontrol', 'update', `JobId=${id}`, 'TimeLimit=4')
    await window.client.service.connectQueue({ queue: 'q' })
    const endsSoon = () => (queueOf(window, 'q')?.allocations?.[0]?.endsAt ?? Infinity) - Date.now() < 300_000
    await until(endsSoon, LIMIT_MS, 'an allocation with less time left')
    const second = await submit(window, 'echo $SLURM_JOB_ID', here).result
    expect(second.state === 'succeeded' && second.value).toMatch(/^\d+\n$/)
    expect(second).not.toMatchObject({ value: `${id}\n` })
  })

  it('that end at once are asked for after growing pauses, and it is said what may be wrong', async () => {
    const window = await windowWith({ setup: ['exit 3'] })
    const job = submit(window, 'true')
    const failed = 'The allocation \\d+ has ended \\(FAILED, NonZeroExitCode\\) before it took a job: '
    expect(await problemOf(window)).toMatch(new RegExp(`^${failed}"setup" of the queue may have failed\\.$`))
    const noNode = { kind: 'slurm', slots: 2, setup: ['cd /; exit 77'] } as const // as where none is found
    await window.configure({ concurrency: 2, queues: { q: noNode } })
    await window.client.service.connectQueue({ queue: 'q' })
    const says = () => new RegExp(`^${failed}its node has no Node\\.js`).test(queueOf(window, 'q')?.problem ?? '')
    await until(says, LIMIT_MS, 'what it lacks')
    await window.configure({ concurrency: 2, queues: { q: { kind: 'slurm', node, slots: 2 } } })
    await window.client.service.connectQueue({ queue: 'q' })
    expect(await job.result).toMatchObject({ state: 'succeeded' })
  })

  it('that Slurm refuses are a sentence', async () => {
    const window = await windowWith({ partition: 'none' })
    const job = submit(window, 'true')
    expect(await problemOf(window)).toBe('sbatch says: Batch job submission failed: Invalid partition name specified.')
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled' })
  })

  it('that lead through a queue that there is not are a sentence, and leaving them disturbs no other queue', async () => {
    const other = { kind: 'command', launch: ['env'], node } as const
    const window = await windowWith({ via: 'none' }, { other })
    const job = submit(window, 'true')
    expect(await problemOf(window)).toBe('"via" names “none”, which is no queue of kind "ssh" in the settings.')
    await window.configure({ concurrency: 2, queues: { other: { ...other, slots: 3 } } })
    expect(await submit(window, 'true', { queue: 'other' }).result).toMatchObject({ state: 'succeeded' })
    await until(() => queueOf(window, 'other')?.slots === 3, LIMIT_MS, 'the slots of the other queue')
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled' })
  })

  it('of which nothing remains when the job service ends', async () => {
    const window = await windowWith({ allocations: { idleSeconds: 600 } })
    expect(await submit(window, 'true').result).toMatchObject({ state: 'succeeded' })
    expect(slurm.jobs()).toHaveLength(1)
    await window.client.service.restart({ when: 'now' })
    await untilNoneIsLeft()
  })

  it('run setup in a login shell before they take jobs', async () => {
    const window = await windowWith({ setup: ['export FROM_SETUP=yes', `echo ready >> ${file('ready')}`] })
    const job = submit(window, 'echo $FROM_SETUP', { stdout: 'text' })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'yes\n' })
    expect(readFileSync(file('ready'), 'utf8')).toBe('ready\n')
  })

  it('serve the worker of a window, which takes one', async () => {
    const window = await windowWith()
    const worker = window.api.startWorker({ command: workerCommand('arrays.py'), protocol: 'frames', queue: 'q' })
    await worker.ready
    expect(slurm.jobs()).toHaveLength(1)
    await expect(worker.request(undefined)).resolves.toBeDefined()
    await worker.dispose()
  })
})
