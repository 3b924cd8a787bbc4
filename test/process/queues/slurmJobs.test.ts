// Queues on a real Slurm whose jobs are jobs of Slurm: what becomes of them whoever ends, and what Slurm is asked.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Job } from '../../../src/api'
import type { SlurmQueueConfig } from '../../../src/core/jobs/queueConfig'
import { outcomeOf, queueChecks } from '../../../src/extension/commands/service/queueChecks'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import {
  jobsMode,
  SLURM_LIMIT_MS as LIMIT_MS,
  nextService,
  node,
  type OnSlurm,
  onSlurm,
  problemOf,
  untilRunning,
  waits,
} from '../../support/onSlurm'
import { hasProgram } from '../../support/program'
import { hasSlurm, startSlurm } from '../../support/slurm'
import { hasSshd, startSshd } from '../../support/sshd'
import { parentOf, processesWith, sendSignal } from '../../support/tempState'
import { until } from '../../support/until'
import { queueOf, type TestWindow } from '../../support/window'
import { withVariables } from '../../support/withVariables'
import { valueIn, workerCommand } from '../../support/workers'

const idOf = (job: Job<unknown>) => until(() => job.info.slurm?.id, LIMIT_MS, 'a job of Slurm')
const textOf = async (job: Job<string>) => {
  const result = await job.result
  return result.state === 'succeeded' ? result.value : `${result.state}: ${result.error?.message}`
}

describe.runIf(hasSlurm)('jobs of Slurm', () => {
  withVariables({ HEADLESS_JOBS_SLURM_SECONDS: '0.3', HEADLESS_JOBS_LATE_SECONDS: '1' })
  let { file, go, slurm, state, submit, untilNoneIsLeft, windowWith } = {} as OnSlurm
  onSlurm(given => ({ file, go, slurm, state, submit, untilNoneIsLeft, windowWith } = given), jobsMode)

  const kill = () => process.kill(readRecord(statePaths(state.folder))?.pid as number, 'SIGKILL')
  const blockNode = () =>
    slurm.run('sbatch', '--parsable', '--exclusive', '--output=/dev/null', '--wrap=sleep 600').trim()
  /** What is left on the disk of the cluster. */
  const files = (folder = slurm.folder) =>
    existsSync(folder) ? readdirSync(folder, { recursive: true }).filter(name => /\.[a-z]/.test(`${name}`)) : []

  it('have their streams and variables, and the number that Slurm gives them, and leave nothing', async () => {
    const folder = file('shared')
    const window = await windowWith({ folder })
    const job = submit(window, 'cat; echo $SLURM_JOB_ID; echo err >&2', { stdin: 'hello\n', stdout: 'text' })
    const result = await job.result
    const id = /^hello\n(\d+)\n$/.exec(result.state === 'succeeded' ? result.value : '')?.[1]
    expect(result.stderr).toBe('err\n')
    expect(job.info).toMatchObject({ state: 'succeeded', slurm: { id } })
    expect(job.info.host).toBeDefined()
    await until(() => files(folder).length === 0, LIMIT_MS, 'an empty folder')
  })

  it('that wait say why, and begin when they can', async () => {
    const blocker = blockNode()
    const window = await windowWith()
    const job = submit(window, 'echo a', { stdout: 'text' })
    await until(() => job.info.slurm?.state === 'PENDING', LIMIT_MS, 'a job that waits in Slurm')
    await until(() => job.info.slurm?.reason === 'Resources', LIMIT_MS, 'the reason')
    expect(job.info.state).toBe('starting')
    const isListed = () =>
      queueOf(window, 'q')?.queued === 1 && queueOf(window, 'q')?.allocations?.[0]?.id !== undefined
    await until(isListed, LIMIT_MS, 'a queue in which one waits')
    expect(queueOf(window, 'q')).toMatchObject({ running: 0, allocations: [{ ofJobs: true, slots: 1, used: 0 }] })
    slurm.run('scancel', blocker)
    expect(await textOf(job)).toBe('a\n')
  })

  it('are arrays of those that ask for the same', async () => {
    const window = await windowWith()
    const jobs = Array.from({ length: 12 }, (_, i) =>
      submit(window, `echo ${i} $SLURM_ARRAY_TASK_ID`, { stdout: 'text' }),
    )
    const wide = submit(window, 'echo $SLURM_CPUS_PER_TASK', { stdout: 'text', cores: 3 })
    expect(await Promise.all(jobs.map(textOf))).toEqual(jobs.map((_, i) => `${i} ${i}\n`))
    expect(await textOf(wide)).toBe('3\n')
    expect(new Set(jobs.map(job => job.info.slurm?.id.split('_')[0])).size).toBe(1)
  })

  it('ask for the cores, the memory and the time that they need', async () => {
    const blocker = blockNode()
    const window = await windowWith({ options: ['--nice=7'] })
    const job = submit(window, 'true', { cores: 2, memoryMB: 500, timeoutSeconds: 600 })
    const shown = slurm.run('scontrol', 'show', 'job', await idOf(job))
    expect(shown).toMatch(/NumCPUs=2/)
    expect(shown).toMatch(/MinMemoryNode=564M/)
    expect(shown).toMatch(/TimeLimit=00:12:00/)
    expect(shown).toMatch(/Nice=7/)
    slurm.run('scancel', blocker)
    expect(await job.result).toMatchObject({ state: 'succeeded' })
  })

  it('go on without the job service, and the next one has what waited, ran and ended', async () => {
    const window = await windowWith()
    const runs = submit(window, `echo >> began; ${waits()}; echo a`, { stdout: 'text' })
    const ends = submit(window, `${waits('end')}; echo b`, { stdout: 'text' })
    await untilRunning(runs)
    await untilRunning(ends)
    const blocker = blockNode()
    const pending = submit(window, 'echo c', { stdout: 'text' })
    await until(() => pending.info.slurm?.state === 'PENDING', LIMIT_MS, 'a job that waits in Slurm')
    await nextService(window, () => {
      kill()
      go('end')
    })
    expect(await textOf(ends)).toBe('b\n')
    expect(runs.info.state).toBe('running')
    go()
    expect(await textOf(runs)).toBe('a\n')
    slurm.run('scancel', blocker)
    expect(await textOf(pending)).toBe('c\n')
    expect([runs, ends, pending].map(({ info }) => info.attempts)).toEqual([1, 1, 1])
    expect(readFileSync(file('began'), 'utf8')).toBe('\n')
  })

  it('go on when the job service is ended in good order', async () => {
    const window = await windowWith()
    const job = submit(window, `echo >> began; ${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    await nextService(window, () => window.client.service.restart({ when: 'now' }))
    go()
    expect(await textOf(job)).toBe('a\n')
    expect(readFileSync(file('began'), 'utf8')).toBe('\n')
  })

  it('begin once when the service is killed while they are being submitted', async () => {
    const { bin, isAsked } = slowSbatch()
    const window = await windowWith()
    const jobs = Array.from({ length: 5 }, (_, i) => submit(window, `echo ${i} >> began-${i}`))
    await until(isAsked, LIMIT_MS, 'a request under way')
    await nextService(window, kill)
    writeFileSync(join(bin, 'go'), '')
    for (const job of jobs) expect(await job.result).toMatchObject({ state: 'succeeded' })
    for (const i of jobs.keys()) expect(readFileSync(file(`began-${i}`), 'utf8')).toBe(`${i}\n`)
  })

  /** Until a file is there. */
  function slowSbatch() {
    const bin = file('bin')
    const waiting = `while ! test -e ${bin}/go; do sleep 0.05; done`
    beforeSbatch(`cat > ${bin}/script; touch ${bin}/asked; ${waiting}; exec < ${bin}/script`)
    return { bin, isAsked: () => existsSync(join(bin, 'asked')) }
  }

  /** @param lines of the shell, before the real one */
  function beforeSbatch(lines: string): void {
    const bin = file('bin')
    const before = process.env.PATH
    mkdirSync(bin)
    writeFileSync(join(bin, 'sbatch'), `#!/bin/sh\n${lines}\nPATH=${before} exec sbatch "$@"\n`)
    chmodSync(join(bin, 'sbatch'), 0o755)
    process.env.PATH = `${bin}:${before}`
    onTestFinished(() => {
      process.env.PATH = before
    })
  }

  it('are cancelled while they wait and while they run, and Slurm has none left then', async () => {
    const window = await windowWith()
    const runs = submit(window, `trap "" TERM; ${waits()}`)
    await untilRunning(runs)
    const blocker = blockNode()
    const pending = Array.from({ length: 10 }, (_, i) => submit(window, `echo >> began-${i}`))
    const kept = pending.splice(3, 1)[0] as Job<unknown>
    await Promise.all(pending.map(idOf))
    await Promise.all([runs, ...pending].map(job => job.cancel()))
    for (const job of [runs, ...pending])
      expect(await job.result).toMatchObject({ state: 'cancelled', endedBy: 'user' })
    const left = slurm.jobs().filter(line => !line.startsWith(`${blocker} `))
    expect(left).toHaveLength(1)
    expect(processesWith(`HEADLESS_JOB_ID=${runs.id}`)).toEqual([])
    slurm.run('scancel', blocker)
    expect(await kept.result).toMatchObject({ state: 'succeeded' })
    expect(readdirSync(state.folder).filter(name => name.startsWith('began'))).toEqual(['began-3'])
  })

  it('stay cancelled when the job service is killed meanwhile', async () => {
    const folder = file('shared')
    const window = await windowWith({ folder })
    const runs = submit(window, waits())
    await untilRunning(runs)
    const blocker = blockNode()
    const pending = Array.from({ length: 3 }, (_, i) => submit(window, `echo >> began-${i}`))
    await Promise.all(pending.map(idOf))
    const jobs = [runs, ...pending]
    for (const job of jobs) void job.cancel().catch(() => undefined)
    await until(() => jobs.every(job => job.info.state === 'stopping'), LIMIT_MS, 'jobs that are stopping')
    await nextService(window, kill)
    for (const job of jobs) expect(await job.result).toMatchObject({ state: 'cancelled' })
    await until(() => slurm.jobs().join() === `${blocker} RUNNING`, LIMIT_MS, 'a cluster without these jobs')
    await until(() => files(folder).length === 0, LIMIT_MS, 'an empty folder')
    slurm.run('scancel', blocker)
    expect(readdirSync(state.folder).filter(name => name.startsWith('began'))).toEqual([])
  })

  it('of an array are ended together', async () => {
    const window = await windowWith()
    const jobs = [submit(window, waits()), submit(window, waits())]
    await Promise.all(jobs.map(untilRunning))
    const id = (await idOf(jobs[0] as Job<unknown>)).split('_')[0] ?? ''
    await expect(window.client.service.endAllocation({ queue: 'q', allocation: '99999' })).rejects.toThrow(
      'The queue “q” has no jobs 99999 in Slurm.',
    )
    await window.client.service.endAllocation({ queue: 'q', allocation: id })
    for (const job of jobs) expect(await job.result).toMatchObject({ state: 'cancelled' })
    await untilNoneIsLeft()
  })

  it('that somebody else ends are lost with the reason of Slurm when they ran, and run again when they may', async () => {
    const window = await windowWith()
    const [lost, killed, again] = ['lost', 'killed', 'again'].map(name =>
      submit(window, `echo >> began-${name}; ${waits()}`, name === 'again' ? { rerunnable: true } : {}),
    ) as [Job<string>, Job<string>, Job<string>]
    for (const job of [lost, killed, again]) await untilRunning(job)
    slurm.run('scancel', await idOf(lost), await idOf(again))
    process.kill(parentOf(killed.info.pid as number), 'SIGKILL') // its runner, which says nothing then
    for (const job of [lost, killed]) {
      const result = await job.result
      expect(result.state === 'lost' && result.error?.message).toMatch(/Slurm ended /)
    }
    expect(killed.info.slurm).toMatchObject({ state: expect.stringMatching(/FAILED|CANCELLED/) })
    await until(() => readFileSync(file('began-again'), 'utf8') === '\n\n', LIMIT_MS, 'the second attempt')
    go()
    expect(await again.result).toMatchObject({ state: 'succeeded', attempts: 2 })
    expect(readFileSync(file('began-lost'), 'utf8')).toBe('\n')
  })

  it('whose runner is killed have what they wrote before, and leave nothing', async () => {
    const folder = file('shared')
    const window = await windowWith({ folder })
    const job = submit(window, `echo out; echo err >&2; ${waits()}`, { stdout: 'text' })
    await until(() => job.info.stdoutBytes + job.info.stderrBytes === 8, LIMIT_MS, 'what it writes')
    process.kill(parentOf(job.info.pid as number), 'SIGKILL')
    expect(await job.result).toMatchObject({ state: 'lost', stderr: 'err\n' })
    const slice = await window.client.service.output({ id: job.id, stream: 'stdout', offset: 0, length: 100 })
    expect(slice.file !== undefined && readFileSync(slice.file, 'utf8')).toBe('out\n')
    await until(() => files(folder).length === 0, LIMIT_MS, 'an empty folder')
  })

  it('have all that they wrote, also when the way to their folder is lost while it is brought', async () => {
    const bytes = 300_000_000
    const window = await windowWith({ files: 'copy' })
    const job = submit(window, `head -c ${bytes} /dev/zero`, { stdout: { file: 'out' } })
    const parts = () => readdirSync(state.folder).filter(name => name.startsWith('.headless-jobs.part-'))
    await until(() => parts().length > 0, LIMIT_MS, 'what is being brought')
    const children = execFileSync('pgrep', ['-P', `${readRecord(statePaths(state.folder))?.pid}`], { encoding: 'utf8' })
    for (const pid of children.trim().split('\n')) sendSignal(Number(pid), 'SIGKILL')
    expect(await job.result).toMatchObject({ state: 'succeeded' })
    expect(statSync(file('out')).size).toBe(bytes)
  })

  it('that somebody ends before they began are a sentence', async () => {
    const blocker = blockNode()
    const window = await windowWith()
    const job = submit(window, 'true')
    slurm.run('scancel', await idOf(job))
    const result = await job.result
    expect(result.state === 'failed' && result.error).toEqual({
      kind: 'start',
      message: expect.stringMatching(
        /^Slurm ended its job \d+ before it had begun \(CANCELLED.*\): somebody cancelled it\.$/,
      ),
    })
    slurm.run('scancel', blocker)
  })

  it('are not lost while the controller is away', async () => {
    const window = await windowWith()
    const [runs, ends] = [submit(window, waits()), submit(window, `${waits('end')}; echo a`, { stdout: 'text' })]
    await untilRunning(runs)
    await untilRunning(ends)
    await slurm.end('slurmctld', 'SIGTERM')
    expect(await problemOf(window)).toMatch(/^squeue says: /)
    go('end')
    expect(await textOf(ends)).toBe('a\n')
    expect(runs.info.state).toBe('running')
    slurm.start('slurmctld')
    await until(() => queueOf(window, 'q')?.problem === undefined, LIMIT_MS, 'a controller that answers')
    expect(runs.info.state).toBe('running')
    go()
    expect(await runs.result).toMatchObject({ state: 'succeeded' })
  })

  it('go on when the daemon of their node is killed', async () => {
    const own = await startSlurm() // it may not trust the node any more
    process.env.SLURM_CONF = own.config
    onTestFinished(async () => {
      process.env.SLURM_CONF = slurm.config
      await own.remove()
    })
    const window = await windowWith({ folder: own.folder })
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    await own.end('slurmd', 'SIGKILL')
    go()
    expect(await textOf(job)).toBe('a\n')
  })

  it('whose outcome comes late are waited for', async () => {
    process.env.HEADLESS_JOBS_LATE_SECONDS = '60'
    onTestFinished(() => {
      process.env.HEADLESS_JOBS_LATE_SECONDS = '1'
    })
    const folder = file('shared')
    const window = await windowWith({ folder })
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    const pid = readRecord(statePaths(state.folder))?.pid as number
    process.kill(pid, 'SIGSTOP') // so that it does not read it before it is late
    go()
    const status = await until(() => outcomeIn(folder), LIMIT_MS, 'the outcome')
    renameSync(status, file('late'))
    process.kill(pid, 'SIGCONT')
    await until(() => /COMPLETED/.test(job.info.slurm?.state ?? ''), LIMIT_MS, 'a job that Slurm has ended')
    await new Promise(resolve => setTimeout(resolve, 10_000))
    expect(job.info.state).toBe('running')
    renameSync(file('late'), status)
    expect(await textOf(job)).toBe('a\n')
  })

  function outcomeIn(folder: string): string | undefined {
    const found = files(folder).filter(name => `${name}`.endsWith('.json'))
    return found.map(name => join(folder, `${name}`)).find(name => readFileSync(name, 'utf8').includes('"ended"'))
  }

  it('that ask for more than there is are a sentence, or wait with the reason, and no other job is touched', async () => {
    const window = await windowWith()
    const large = submit(window, 'true', { memoryMB: 9_999_999 })
    const wide = submit(window, 'true', { cores: 64 })
    const fits = submit(window, 'echo a', { stdout: 'text' })
    expect(await textOf(fits)).toBe('a\n')
    const result = await large.result
    expect(result.state === 'failed' && result.error?.message).toMatch(
      /^Slurm does not take it\. sbatch says: .*Requested node configuration is not available\. Change "cores"/,
    )
    await until(() => wide.info.slurm?.reason !== undefined, LIMIT_MS, 'a reason')
    expect(wide.info.slurm).toMatchObject({
      reason: 'PartitionConfig',
      remedy: expect.stringMatching(/^no node of its partition has so much: change "cores"/),
    })
    await wide.cancel()
    expect(await wide.result).toMatchObject({ state: 'cancelled' })
  })

  it('of a partition that there is not wait here, with a sentence, until the settings are right', async () => {
    const window = await windowWith({ partition: 'none' })
    const job = submit(window, 'echo a', { stdout: 'text' })
    expect(await problemOf(window)).toBe('sbatch says: Batch job submission failed: Invalid partition name specified.')
    await until(() => job.info.state === 'queued', LIMIT_MS, 'a job that waits here')
    const right = { kind: 'slurm', mode: 'jobs', node, folder: slurm.folder } as const
    await window.configure({ concurrency: 2, queues: { q: right } })
    await window.client.service.connectQueue({ queue: 'q' })
    expect(await textOf(job)).toBe('a\n')
  })

  it('run setup in a login shell, each its own, and are a sentence when that fails', async () => {
    const window = await windowWith(
      { setup: ['export FROM_SETUP=yes'] },
      {
        broken: { kind: 'slurm', mode: 'jobs', node, folder: slurm.folder, setup: ['exit 3'] },
      },
    )
    const job = submit(window, 'echo $FROM_SETUP', { stdout: 'text' })
    const broken = await submit(window, 'true', { queue: 'broken' }).result
    expect(await textOf(job)).toBe('yes\n')
    expect(broken.state === 'failed' && broken.error?.message).toMatch(
      /^Slurm ended its job \d+ before it had begun \(FAILED, NonZeroExitCode\): "setup" of the queue may have failed/,
    )
  })

  it.runIf(hasProgram('bwrap'))('whose node does not see their folder are a sentence', async () => {
    const blind = file('blind')
    writeFileSync(blind, `#!/bin/sh\nexec bwrap --bind / / --dev-bind /dev /dev --tmpfs ${slurm.folder} ${node} "$@"\n`)
    chmodSync(blind, 0o755)
    const window = await windowWith({ node: blind })
    const why =
      /: its node does not see the folder \S+, or cannot write there: name another one in "folder" of the queue\.?$/
    const result = await submit(window, 'true').result
    expect(result.state === 'failed' && result.error?.message).toMatch(why)
    const [first] = checksOf(window)
    expect(first && (await outcomeOf(first))).toMatch(why)
  })

  const checksOf = ({ api, client }: TestWindow) => queueChecks({ api, client, queue: 'q' })

  it('pass the test of their queue', async () => {
    for (const check of checksOf(await windowWith()))
      expect([check.label, await outcomeOf(check)]).toEqual([check.label, undefined])
  })

  it('go on when their queue is left and used again', async () => {
    const window = await windowWith()
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilRunning(job)
    await window.configure({ concurrency: 2, queues: {} })
    await until(() => queueOf(window, 'q')?.kind === undefined, LIMIT_MS, 'a queue that the settings do not name')
    await window.configure({
      concurrency: 2,
      queues: { q: { kind: 'slurm', mode: 'jobs', node, folder: slurm.folder } },
    })
    const second = submit(window, 'echo b', { stdout: 'text' })
    expect(await textOf(second)).toBe('b\n')
    go()
    expect(await textOf(job)).toBe('a\n')
  })

  it('of which nobody knows are cancelled', async () => {
    const window = await windowWith()
    const job = submit(window, waits())
    await untilRunning(job)
    const name = slurm.run('squeue', '--noheader', '--format=%j').trim()
    slurm.run('sbatch', '--parsable', `--job-name=${name}`, '--output=/dev/null', '--wrap=sleep 600')
    await until(() => slurm.jobs().length === 1, LIMIT_MS, 'only the one that is known')
    expect(job.info.state).toBe('running')
  })

  it('are no more at once than the cluster takes', async () => {
    const refusal =
      'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user size and/or time limits)'
    const refuse = `echo '${refusal}' >&2; exit 1`
    beforeSbatch(`for word; do case "$word" in --array=0-[5-9]*|--array=0-??*) ${refuse};; esac; done`)
    const window = await windowWith()
    const jobs = Array.from({ length: 12 }, (_, i) => submit(window, `echo ${i}`, { stdout: 'text' }))
    expect(await problemOf(window)).toMatch(/job submit limit/)
    expect(await Promise.all(jobs.map(textOf))).toEqual(jobs.map((_, i) => `${i}\n`))
  })

  it('have a process each, also where they would share one elsewhere; a worker of a window is refused with a sentence', async () => {
    const window = await windowWith()
    const spec = { command: workerCommand('echoes.py'), protocol: 'frames', queue: 'q' } as const
    const [first, second] = [1, 2].map(n => window.api.submit({ ...spec, keepAlive: true, stdin: { value: { n } } }))
    const pids = await Promise.all(
      [first, second].map(async job => job && valueIn<{ pid: number }>(await job.result).pid),
    )
    expect(new Set(pids).size).toBe(2)
    const worker = window.api.startWorker(spec)
    await expect(worker.ready).rejects.toThrow('has no workers, since each of its jobs is a job of Slurm')
    await worker.dispose()
  })

  it.runIf(hasSshd)('are submitted and read through the login node', async () => {
    const sshd = await startSshd({ SLURM_CONF: slurm.config })
    onTestFinished(() => sshd.remove())
    const login = { kind: 'ssh', host: 'lab', config: sshd.config, node } as const
    const window = await windowWith({ via: 'login', files: 'copy' }, { login })
    writeFileSync(file('in.txt'), 'of here\n')
    const job = submit(window, 'cat in.txt; echo 1 > out.txt', {
      stdout: 'text',
      inputs: ['in.txt'],
      outputs: ['out.txt'],
    })
    expect(await textOf(job)).toBe('of here\n')
    expect(readFileSync(file('out.txt'), 'utf8')).toBe('1\n')
    expect(job.info.slurm?.id).toMatch(/^\d+$/)
  })
})

describe.runIf(hasSlurm)('jobs of a Slurm on which others go first', () => {
  withVariables({ HEADLESS_JOBS_SLURM_SECONDS: '0.3', HEADLESS_JOBS_LATE_SECONDS: '1' })
  let { file, go, slurm, submit, windowWith } = {} as OnSlurm
  const more = {
    PreemptType: 'preempt/partition_prio',
    PreemptMode: 'CANCEL',
    PartitionName: ['main Default=YES PriorityTier=1', 'first PriorityTier=9 PreemptMode=OFF']
      .map(partition => `${partition} Nodes=ALL MaxTime=60 State=UP`)
      .join('\nPartitionName='),
  }
  onSlurm(given => ({ file, go, slurm, submit, windowWith } = given), jobsMode, more)

  it.each(['jobs', 'allocation'] as const)(
    'are lost with that reason, but for what may run again, in the mode %s',
    async mode => {
      const own = mode === 'jobs' ? {} : { mode, folder: undefined, slots: 2 }
      const window = await windowWith(own as Partial<SlurmQueueConfig>)
      const [lost, again] = [
        submit(window, waits()),
        submit(window, `echo >> began; ${waits()}`, { rerunnable: true }),
      ] as const
      await untilRunning(lost)
      await untilRunning(again)
      const other = slurm.run(
        'sbatch',
        '--parsable',
        '--partition=first',
        '--exclusive',
        '--output=/dev/null',
        '--wrap=sleep 600',
      )
      const result = await lost.result
      expect(result.state === 'lost' && result.error?.message).toMatch(/PREEMPTED|Slurm ended/)
      await until(() => again.info.state !== 'running', LIMIT_MS, 'the end of the first attempt')
      slurm.run('scancel', other.trim())
      await until(() => readFileSync(file('began'), 'utf8') === '\n\n', LIMIT_MS, 'the second attempt')
      go()
      expect(await again.result).toMatchObject({ state: 'succeeded', attempts: 2 })
    },
  )
})

describe.runIf(hasSlurm)('jobs of a Slurm that allows arrays of 5 and forgets at once', () => {
  withVariables({ HEADLESS_JOBS_SLURM_SECONDS: '0.5', HEADLESS_JOBS_LATE_SECONDS: '5' })
  let { submit, windowWith } = {} as OnSlurm
  onSlurm(given => ({ submit, windowWith } = given), jobsMode, { MaxArraySize: '5', MinJobAge: '2' })

  it('all end as they did', async () => {
    const window = await windowWith()
    const jobs = Array.from({ length: 12 }, (_, i) => submit(window, `echo ${i}; exit ${i % 2}`, { stdout: 'text' }))
    for (const [i, job] of jobs.entries())
      expect(await job.result).toMatchObject(i % 2 === 0 ? { state: 'succeeded', value: `${i}\n` } : { exitCode: 1 })
    expect(new Set(jobs.map(job => job.info.slurm?.id.split('_')[0])).size).toBeGreaterThan(2)
  })
})
