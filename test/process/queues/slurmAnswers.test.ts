// Queues on a real Slurm whose commands answer as those of a busy or a large cluster do: late, not at all, or otherwise than expected.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Job } from '../../../src/api'
import {
  jobsMode,
  SLURM_LIMIT_MS as LIMIT_MS,
  node,
  type OnSlurm,
  onSlurm,
  problemOf,
  untilRunning,
  waits,
} from '../../support/onSlurm'
import { hasSlurm } from '../../support/slurm'
import { parentOf, processesWith, sendSignal } from '../../support/tempState'
import { until } from '../../support/until'
import { queueOf, type TestWindow } from '../../support/window'
import { withVariables } from '../../support/withVariables'

/** From its begin until an allocation must take jobs. */
const CONNECT_SECONDS = 20
const policy = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"

const textOf = async (job: Job<string>) => {
  const result = await job.result
  return result.state === 'succeeded' ? result.value : `${result.state}: ${result.error?.message}`
}

describe.runIf(hasSlurm)('what Slurm answers', () => {
  withVariables({
    HEADLESS_JOBS_SLURM_SECONDS: '0.3',
    HEADLESS_JOBS_LATE_SECONDS: '1',
    HEADLESS_JOBS_CONNECT_SECONDS: String(CONNECT_SECONDS),
  })
  let { file, go, slurm, submit, windowWith } = {} as OnSlurm
  onSlurm(given => ({ file, go, slurm, submit, windowWith } = given), jobsMode)

  /** @param lines of the shell, before the real command: `file` is there once it has been asked. */
  function before(command: string, lines: string): void {
    const bin = file(`bin-${command}`)
    const path = process.env.PATH
    mkdirSync(bin)
    writeFileSync(join(bin, command), `#!/bin/sh\n${lines}\nPATH=${path} exec ${command} "$@"\n`)
    chmodSync(join(bin, command), 0o755)
    process.env.PATH = `${bin}:${path}`
    onTestFinished(() => {
      process.env.PATH = path
    })
  }
  /** What a shell says to stderr before it ends with 1. */
  const fails = (...lines: string[]) => `${lines.map(line => `echo "${line}" >&2`).join('; ')}; exit 1`
  /** `squeue` does not answer while the file `silent` is there. */
  const mayBeSilent = () =>
    before('squeue', `test -e ${file('silent')} && { ${fails('slurm_load_jobs error: Socket timed out')}; }`)
  const blockNode = () =>
    slurm.run('sbatch', '--parsable', '--exclusive', '--output=/dev/null', '--wrap=sleep 600').trim()
  const untilPending = (job: Job<unknown>) =>
    until(() => job.info.slurm?.state === 'PENDING', LIMIT_MS, 'a job that waits in Slurm')
  const linesOf = (name: string) => readFileSync(file(name), 'utf8').trim().split('\n')

  it('a limit of submitted jobs: what asks for cores and time waits as everything else', async () => {
    const refused = file('refused')
    const refusal = fails(
      'sbatch: error: AssocMaxSubmitJobLimit',
      `sbatch: error: Batch job submission failed: ${policy}`,
    )
    before('sbatch', `test -e ${refused} || { touch ${refused}; ${refusal}; }`)
    const window = await windowWith()
    const job = submit(window, 'echo a', { stdout: 'text', cores: 2, timeoutSeconds: 60 })
    expect(await problemOf(window)).toBe(
      `sbatch says: Batch job submission failed: ${policy} (AssocMaxSubmitJobLimit).`,
    )
    expect(await textOf(job)).toBe('a\n')
  })

  it('nothing, when a job that it has taken has begun: it does not begin again', async () => {
    const late = fails('sbatch: error: Batch job submission failed: Socket timed out on send/recv operation')
    const real = `PATH=${process.env.PATH} sbatch "$@"; while ! test -e ${file('began')}; do sleep 0.05; done`
    const first = file('first')
    before('sbatch', `test -e ${first} || { touch ${first}; ${real}; rm ${file('silent')}; ${late}; }`)
    mayBeSilent()
    writeFileSync(file('silent'), '')
    const window = await windowWith()
    const job = submit(window, `echo x >> began; ${waits()}; echo a`, { stdout: 'text' })
    await until(() => job.info.slurm?.id, LIMIT_MS, 'a job of Slurm that is known')
    go()
    expect(await textOf(job)).toBe('a\n')
    expect(linesOf('began')).toHaveLength(1)
  })

  it('nothing, when the last job has ended: the next one is given to it all the same', async () => {
    mayBeSilent()
    const folder = file('shared')
    const window = await windowWith({ folder })
    const job = submit(window, waits())
    await untilRunning(job)
    writeFileSync(file('silent'), '')
    go()
    expect(await job.result).toMatchObject({ state: 'succeeded' })
    expect(await problemOf(window)).toMatch(/Socket timed out/)
    const names = () => readdirSync(folder, { recursive: true, encoding: 'utf8' })
    await until(() => !names().some(name => name.endsWith('.jobs')), LIMIT_MS, 'a folder without that job')
    rmSync(file('silent'))
    expect(await textOf(submit(window, 'echo b', { stdout: 'text' }))).toBe('b\n')
  })

  it('that it does not know a job which waited a moment ago: it may have begun, and is waited for', async () => {
    before('squeue', `test -e ${file('forgotten')} && exit 0`)
    const window = await windowWith()
    const blocker = blockNode()
    const job = submit(window, `${waits()}; echo a`, { stdout: 'text' })
    await untilPending(job)
    writeFileSync(file('forgotten'), '')
    const result = await job.result
    slurm.run('scancel', blocker)
    const message = expect.stringMatching(/^Slurm does not know its job \d+ any more/)
    expect(result).toMatchObject({ state: 'lost', error: { message } })
  })

  it('nothing, while an allocation begins: it is used when that is known', async () => {
    mayBeSilent()
    before('sbatch', `echo x >> ${file('asked')}`)
    const window = await windowWith({}, { taken: { kind: 'slurm', node } })
    const blocker = blockNode()
    const job = submit(window, 'echo a', { stdout: 'text', queue: 'taken' })
    const isPending = () => queueOf(window, 'taken')?.allocations?.[0]?.state === 'PENDING'
    await until(isPending, LIMIT_MS, 'an allocation that waits')
    writeFileSync(file('silent'), '')
    slurm.run('scancel', blocker)
    await until(() => slurm.jobs().some(line => line.endsWith('RUNNING')), LIMIT_MS, 'an allocation that runs')
    await new Promise(resolve => setTimeout(resolve, (CONNECT_SECONDS + 1) * 1000)) // as a laptop that sleeps
    rmSync(file('silent'))
    await window.client.service.connectQueue({ queue: 'taken' })
    expect(await textOf(job)).toBe('a\n')
    expect(linesOf('asked')).toHaveLength(1)
  })

  it('the end of a job whose array somebody has removed: the others are not touched', async () => {
    const folder = file('shared')
    const window = await windowWith({ folder })
    const [killed, other] = ['first', 'second'].map(name => submit(window, waits(name))) as [Job<string>, Job<string>]
    await untilRunning(killed)
    await untilRunning(other)
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const arrays = found.filter(name => name.endsWith('.jobs'))
    expect(arrays).toHaveLength(1)
    for (const name of arrays) rmSync(join(folder, name))
    for (const pid of processesWith(`HEADLESS_JOB_ID=${killed.id}`)) sendSignal(parentOf(pid), 'SIGKILL')
    expect(await killed.result).toMatchObject({ state: 'lost' })
    go('second')
    expect(await other.result).toMatchObject({ state: 'succeeded' })
    expect(await textOf(submit(window, 'echo c', { stdout: 'text' }))).toBe('c\n')
  })

  it('where a file is in the way of the folder: it is made when that has gone', async () => {
    const inTheWay = file('in-the-way')
    writeFileSync(inTheWay, '')
    const window: TestWindow = await windowWith({ folder: join(inTheWay, 'folder') })
    const job = submit(window, 'echo a', { stdout: 'text' })
    expect(await problemOf(window)).toMatch(/^The folder \S+in-the-way\S+ cannot be made there: .* Name another one/)
    rmSync(inTheWay)
    expect(await textOf(job)).toBe('a\n')
    expect(existsSync(join(inTheWay, 'folder'))).toBe(true)
  })
})

describe.runIf(hasSlurm)('a cluster that takes few jobs', () => {
  withVariables({ HEADLESS_JOBS_SLURM_SECONDS: '0.3' })
  let { slurm, submit, windowWith } = {} as OnSlurm
  onSlurm(given => ({ slurm, submit, windowWith } = given), jobsMode, { MaxJobCount: '20', MinJobAge: '2' })

  it('takes as many however many cores each of them asks for', async () => {
    const window = await windowWith()
    const blocker = slurm.run('sbatch', '--parsable', '--exclusive', '--output=/dev/null', '--wrap=sleep 600').trim()
    const jobs = Array.from({ length: 10 }, () => submit(window, 'true', { cores: 4 }))
    const areThere = () => jobs.every(({ info }) => info.slurm?.state === 'PENDING')
    await until(areThere, LIMIT_MS, 'jobs that all wait in Slurm')
    slurm.run('scancel', blocker)
    for (const job of jobs) expect(await job.result).toMatchObject({ state: 'succeeded' })
  })

  it('takes no more of them because one is wide', async () => {
    const window = await windowWith()
    const blocker = slurm.run('sbatch', '--parsable', '--exclusive', '--output=/dev/null', '--wrap=sleep 600').trim()
    const wide = submit(window, 'true', { cores: 8 })
    await until(() => wide.info.slurm?.state === 'PENDING', LIMIT_MS, 'a wide job that waits in Slurm')
    const jobs = Array.from({ length: 30 }, () => submit(window, 'true'))
    const inSlurm = () => jobs.filter(({ info }) => info.slurm !== undefined).length
    await until(() => inSlurm() >= 10, LIMIT_MS, 'jobs that wait in Slurm')
    expect(inSlurm()).toBeLessThan(18) // nine tenths of what it knows at once
    expect(queueOf(window, 'q')?.problem).toBeUndefined()
    slurm.run('scancel', blocker)
    for (const job of [wide, ...jobs]) expect(await job.result).toMatchObject({ state: 'succeeded' })
  })
})
