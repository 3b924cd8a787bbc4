// What becomes of jobs when the way to their queue breaks or is not there: they wait or are lost with a sentence, nothing is left
// running on the other side, and no other queue is touched.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '../../../src/api'
import type { QueueConfigs, SshQueueConfig } from '../../../src/core/jobs/queueConfig'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { processesLike } from '../../support/chaosRounds'
import { hasSshd, startSshd, type TestSshd } from '../../support/sshd'
import { isAlive, parentOf, sendSignal, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import { queueOf, type TestWindow, type WindowOptions } from '../../support/window'
import { untilGone } from '../../support/workers'

const LIMIT_MS = 60_000
const node = process.execPath

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

async function windowWith(queues: QueueConfigs): Promise<TestWindow> {
  const window = open({ queues })
  await window.configure({ concurrency: 2, killGraceSeconds: 1 })
  return window
}

const infoOf = async ({ client }: TestWindow, { id }: Job<unknown>) =>
  (await client.service.list({ filter: { ids: [id] } })).jobs[0]
const problemOf = (window: TestWindow, name: string) =>
  until(() => queueOf(window, name)?.problem, LIMIT_MS, `a problem of the queue ${name}`)
const pidOf = (job: Job<unknown>) => until(() => job.info.pid, LIMIT_MS, 'a job that runs')

/** Of a connection over which nothing has come. */
const firstFrame = Buffer.from([0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0])

describe.skipIf(process.platform === 'win32')('a runner elsewhere', () => {
  it.each(['resume', 'take over'])('is not taken by a bridge whose way here was lost: %s', async request => {
    const there = join(state.folder, 'there')
    mkdirSync(there)
    const window = await windowWith({
      q: { kind: 'command', launch: ['env', `TMPDIR=${there}`], node, keepSeconds: 60, slots: 2 },
    })
    const jobs = ['first', 'second'].map(name =>
      window.api.submit({
        command: ['sh', '-c', `while ! test -e ${name}; do sleep 0.05; done; echo ${name}`],
        queue: 'q',
        stdout: 'text',
      }),
    )
    for (const job of jobs) await pidOf(job)
    const late = connect(join(there, pathIn(there, /\/socket$/)))
    late.on('error', () => undefined)
    late.write(`${request}\n`)
    await once(late, 'data') // the hello of the runner, to which nobody answers
    writeFileSync(join(state.folder, 'first'), '')
    expect(await jobs[0]?.result).toMatchObject({ state: 'succeeded', value: 'first\n' })
    late.destroy()
    writeFileSync(join(state.folder, 'second'), '')
    expect(await jobs[1]?.result).toMatchObject({ state: 'succeeded', value: 'second\n' })
    expect(queueOf(window, 'q')?.problem).toBeUndefined()
  })

  it.runIf(process.platform === 'linux')('is not taken by a bridge whose answer comes late', async () => {
    const there = join(state.folder, 'there')
    mkdirSync(there)
    const window = await windowWith({
      q: { kind: 'command', launch: ['env', `TMPDIR=${there}`], node, keepSeconds: 60, slots: 2 },
    })
    const script = 'while ! test -e first; do sleep 0.05; done; cat'
    const job = window.api.submit({ command: ['sh', '-c', script], queue: 'q', stdin: 'a', stdout: 'text' })
    await pidOf(job)
    const late = connect(join(there, pathIn(there, /\/socket$/)))
    late.write('take over\n')
    await once(late, 'data')
    const launchers = () => processesLike(({ env, words }) => /node -e /.test(words) && env.includes(`TMPDIR=${there}`))
    const before = launchers().map(({ pid }) => pid)
    for (const pid of before) sendSignal(pid, 'SIGKILL')
    await until(() => queueOf(window, 'q')?.problem, LIMIT_MS, 'a connection that was lost')
    await until(() => queueOf(window, 'q')?.problem === undefined, LIMIT_MS, 'the next one')
    late.write(firstFrame)
    await Promise.race([once(late, 'close'), once(late, 'data')])
    late.destroy()
    writeFileSync(join(state.folder, 'first'), '')
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a', attempts: 1 })
    const next = window.api.submit({ command: ['cat'], queue: 'q', stdin: 'b', stdout: 'text' })
    expect(await next.result).toMatchObject({ state: 'succeeded', value: 'b' })
  })

  it('that was given up while the next connection was being made is taken over by the one after that', async () => {
    const [there, slow] = [join(state.folder, 'there'), join(state.folder, 'slow')]
    mkdirSync(there)
    const waiting = `while test -e ${slow}; do sleep 0.05; done; exec env "$@"`
    const launch = ['sh', '-c', waiting, 'sh', `TMPDIR=${there}`]
    const window = await windowWith({ q: { kind: 'command', launch, node, keepSeconds: 3, slots: 2 } })
    const job = window.api.submit({ command: ['sleep', '600'], queue: 'q' })
    const pid = await pidOf(job)
    writeFileSync(slow, '')
    const other = connect(join(there, pathIn(there, /\/socket$/)))
    other.write('resume\n')
    await once(other, 'data')
    other.write(firstFrame) // it has the runner now, which has no reason to end itself
    expect(await job.result).toMatchObject({ state: 'lost' })
    rmSync(slow)
    expect(await window.api.submit({ command: ['true'], queue: 'q' }).result).toMatchObject({ state: 'succeeded' })
    await untilGone(pid)
    other.destroy()
  })

  it('has jobs again at once that an earlier service was about to give to it', async () => {
    const there = join(state.folder, 'there')
    mkdirSync(there)
    const slowly = 'sleep 2; exec env "$@"' // until the window has done all that it does when there is a service again
    const window = await windowWith({
      q: { kind: 'command', launch: ['sh', '-c', slowly, 'sh', `TMPDIR=${there}`], node, keepSeconds: 60, slots: 2 },
    })
    const runs = window.api.submit({ command: ['sh', '-c', 'while ! test -e go; do sleep 0.05; done'], queue: 'q' })
    await pidOf(runs)
    await window.client.service.pauseQueue({ queue: 'local', paused: true })
    const given = window.api.submit({ command: ['sh', '-c', 'echo $HEADLESS_JOB_ID > ran'] })
    await given.accepted
    process.kill(readRecord(statePaths(state.folder))?.pid as number, 'SIGKILL')
    const store = new DatabaseSync(statePaths(state.folder).store)
    store.exec(`UPDATE jobs SET state = 'starting', spec = json_set(spec, '$.queue', 'q') WHERE id = '${given.id}'`)
    store.close()
    await until(() => existsSync(join(state.folder, 'ran')), LIMIT_MS, 'the job, while the other one runs')
    writeFileSync(join(state.folder, 'go'), '')
    expect(await runs.result).toMatchObject({ state: 'succeeded', attempts: 1 })
    expect(await given.result).toMatchObject({ state: 'succeeded', attempts: 1 })
  })

  it('is taken over by the next service, although the first connection to it breaks before it has heard of that', async () => {
    const [there, cut] = [join(state.folder, 'there'), join(state.folder, 'cut')]
    mkdirSync(there)
    const launch = ['env', `TMPDIR=${there}`, node, '-e', cutting(cut)]
    const window = await windowWith({ q: { kind: 'command', launch, node, keepSeconds: 60, slots: 2 } })
    const script = 'while ! test -e first; do sleep 0.05; done; cat'
    const job = window.api.submit({ command: ['sh', '-c', script], queue: 'q', stdin: 'a', stdout: 'text' })
    await pidOf(job)
    writeFileSync(cut, '')
    process.kill(readRecord(statePaths(state.folder))?.pid as number, 'SIGKILL')
    await until(() => !existsSync(cut), LIMIT_MS, 'a connection that breaks')
    writeFileSync(join(state.folder, 'first'), '')
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'a', attempts: 1 })
    const next = window.api.submit({ command: ['cat'], queue: 'q', stdin: 'b', stdout: 'text' })
    expect(await next.result).toMatchObject({ state: 'succeeded', value: 'b' })
  })
})

/** Passes on all, but for what comes after the hello of a runner while this file is there: then it ends, with the file. */
const cutting = (file: string) => `
const { existsSync, rmSync } = require("node:fs")
const child = require("node:child_process").spawn("/bin/sh", { stdio: ["pipe", "pipe", "inherit"] })
let said = ""
let isReady = false
let isCut = false
child.on("close", () => process.exit())
child.stdin.on("error", () => undefined)
process.stdin.on("data", chunk => isCut || child.stdin.write(chunk)).on("end", () => child.stdin.end())
child.stdout.on("data", chunk => {
  said = (said + chunk).slice(-100000)
  const isHello = !isReady && / ready {.*}\\n/.test(said)
  isReady ||= isHello
  if (isHello && existsSync(${JSON.stringify(file)})) {
    isCut = true
    setTimeout(() => {
      rmSync(${JSON.stringify(file)}, { force: true })
      process.exit()
    }, 300)
  }
  process.stdout.write(chunk)
})`

function pathIn(folder: string, pattern: RegExp): string {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(path => pattern.test(path))
  if (found === undefined) throw new Error(`Nothing in ${folder} is like ${pattern}.`)
  return found
}

describe('a queue that cannot be reached', () => {
  it.each([
    [
      'a launcher that is not there',
      { launch: ['no-such-launcher'] },
      /^no-such-launcher could not be started: it does not exist\.$/,
    ],
    [
      'one that fails',
      { launch: ['sh', '-c', 'echo what is wrong >&2; exit 3'] },
      /exit code 3\. It printed last: what is wrong$/,
    ],
    [
      'a place without Node',
      { launch: ['env', '-i', 'PATH=/none', 'HOME=/none'] },
      /^There is no Node\.js of version 22 or later/,
    ],
    [
      'a Node that is too old',
      { launch: ['env', '-i', 'PATH=/none', 'HOME=/none'], node: '/bin/echo' },
      /^There is no Node\.js/,
    ],
  ])('says so, and its jobs wait: %s', async (_, config, sentence) => {
    const window = await windowWith({ q: { kind: 'command', ...config } })
    const job = window.api.submit({ command: ['true'], queue: 'q' })
    expect(await problemOf(window, 'q')).toMatch(sentence)
    expect(await infoOf(window, job)).toMatchObject({ state: 'queued', reason: 'unreachable' })
    expect(queueOf(window, 'q')?.nextTryAt).toBeGreaterThan(0)
    expect(await window.api.submit({ command: ['true'] }).result).toMatchObject({ state: 'succeeded' })
    await window.configure({ queues: { q: { kind: 'command', launch: ['env'], node } } })
    expect(await job.result).toMatchObject({ state: 'succeeded' })
  })

  it('holds no service: it ends with its last window, and the next one has the jobs', async () => {
    process.env.HEADLESS_JOBS_IDLE_SECONDS = '1'
    try {
      const window = await windowWith({ q: { kind: 'command', launch: ['env'], node } })
      const job = window.api.submit({ command: ['true'], queue: 'q' })
      expect(await job.result).toMatchObject({ state: 'succeeded' })
      const pid = readRecord(statePaths(state.folder))?.pid as number
      const runners = childrenOf(pid)
      window.client.dispose()
      await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
      for (const runner of runners) await untilGone(runner)
    } finally {
      delete process.env.HEADLESS_JOBS_IDLE_SECONDS
    }
  })
})

/** What has been started by a process, and by what it has started. */
function childrenOf(pid: number): number[] {
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger)
  const children = all.filter(other => {
    try {
      return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${other}/status`, 'utf8'))?.[1]) === pid
    } catch {
      return false
    }
  })
  return children.flatMap(child => [child, ...childrenOf(child)])
}

describe.runIf(hasSshd)('a connection by ssh', () => {
  let sshd: TestSshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd?.remove())
  afterEach(async () => {
    await sshd.stop()
    await sshd.start()
  })

  const lab = (more: Partial<SshQueueConfig> = {}): QueueConfigs => ({
    lab: { kind: 'ssh', host: 'lab', config: sshd.config, slots: 2, node, ...more },
  })
  const file = (name: string) => join(state.folder, name)
  const waits = `while ! test -e go; do sleep 0.05; done`
  const go = () => writeFileSync(file('go'), '')

  it('that breaks loses nothing of what runs, ends, prints or is cancelled meanwhile', async () => {
    const window = await windowWith(lab())
    const [prints, cancelled] = [
      window.api.submit({ command: ['sh', '-c', `echo before; ${waits}; echo after`], queue: 'lab', stdout: 'text' }),
      window.api.submit({ command: ['sleep', '600'], queue: 'lab' }),
    ]
    const pids = [await pidOf(prints), await pidOf(cancelled)]
    await sshd.stop()
    sshd.cut()
    await problemOf(window, 'lab')
    expect(await infoOf(window, prints)).toMatchObject({ state: 'running' })
    const ends = cancelled.cancel()
    go()
    await untilGone(pids[0] as number)
    await sshd.start()
    expect(await prints.result).toMatchObject({ state: 'succeeded', value: 'before\nafter\n', attempts: 1 })
    await ends
    expect(await cancelled.result).toMatchObject({ state: 'cancelled' })
    await untilGone(pids[1] as number)
    expect(await window.api.submit({ command: ['true'], queue: 'lab' }).result).toMatchObject({ state: 'succeeded' })
  })

  it('that breaks again and again brings a large output whole, and each end once', async () => {
    const window = await windowWith(lab())
    const large = window.api.submit({ command: ['sh', '-c', `${waits}; head -c 20000000 /dev/zero`], queue: 'lab' })
    const many = window.api.submitBatch(
      Array.from({ length: 40 }, (_, i) => ({
        command: ['sh', '-c', `sleep 0.1; echo ${i}`],
        queue: 'lab',
        stdout: 'text' as const,
      })),
    )
    await pidOf(large)
    go()
    let isOver = false
    void Promise.all([large.result, many.completed]).then(() => {
      isOver = true
    })
    for (let cuts = 0; !isOver; cuts++) {
      if (cuts < 5) sshd.cut()
      await until(() => isOver || sshd.clients().length > 0, LIMIT_MS, 'another connection')
      await new Promise(resolve => setTimeout(resolve, 300))
    }
    const result = await large.result
    expect(result.state === 'succeeded' && (result.value as Uint8Array).length).toBe(20_000_000)
    const { results } = await many.completed
    expect(results.map(each => each.state === 'succeeded' && each.value)).toEqual(results.map((_, i) => `${i}\n`))
    expect(results.map(({ attempts }) => attempts)).toEqual(results.map(() => 1))
  })

  it('that stands still is given up, and goes on over another one once the server does', async () => {
    const window = await windowWith({ ...lab(), q: { kind: 'command', launch: ['env'], node } })
    const job = window.api.submit({
      command: ['sh', '-c', `echo before; ${waits}; echo after`],
      queue: 'lab',
      stdout: 'text',
    })
    await pidOf(job)
    sshd.signal('SIGSTOP')
    try {
      expect(await problemOf(window, 'lab')).toMatch(/^The connection to .+ was lost\.$/)
      expect(await window.api.submit({ command: ['true'], queue: 'q' }).result).toMatchObject({ state: 'succeeded' })
      go()
    } finally {
      sshd.signal('SIGCONT')
    }
    await window.client.service.connectQueue({ queue: 'lab' })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'before\nafter\n', attempts: 1 })
  })

  it.each([
    ['is paused', ({ client }: TestWindow) => client.service.pauseQueue({ queue: 'lab', paused: true })],
    ['is not used any more', (window: TestWindow) => window.configure({ queues: {} })],
  ])('that breaks while its queue %s loses nothing of what runs', async (_, hold) => {
    const window = await windowWith(lab())
    const script = `echo before; ${waits}; echo after`
    const job = window.api.submit({ command: ['sh', '-c', script], queue: 'lab', stdout: 'text' })
    await pidOf(job)
    await hold(window)
    sshd.cut()
    await until(() => sshd.clients().length === 0, LIMIT_MS, 'the end of the connection')
    go()
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'before\nafter\n', attempts: 1 })
  })

  it('that broke while its queue was paused is made again when it is resumed', async () => {
    const window = await windowWith(lab())
    expect(await window.api.submit({ command: ['true'], queue: 'lab' }).result).toMatchObject({ state: 'succeeded' })
    await window.client.service.pauseQueue({ queue: 'lab', paused: true })
    const job = window.api.submit({ command: ['true'], queue: 'lab' })
    await job.accepted
    sshd.cut()
    await problemOf(window, 'lab')
    await until(() => queueOf(window, 'lab')?.nextTryAt === undefined, LIMIT_MS, 'that it is given up')
    await window.client.service.pauseQueue({ queue: 'lab', paused: false })
    expect(await job.result).toMatchObject({ state: 'succeeded' })
  })

  it('to a server that stands still is said, and is made once it does not', async () => {
    const window = await windowWith(lab())
    sshd.signal('SIGSTOP')
    const job = window.api.submit({ command: ['true'], queue: 'lab' })
    try {
      expect(await problemOf(window, 'lab')).toMatch(/^lab cannot be reached \(/)
    } finally {
      sshd.signal('SIGCONT')
    }
    await window.client.service.connectQueue({ queue: 'lab' })
    expect(await job.result).toMatchObject({ state: 'succeeded' })
  })

  it('that does not come back within its time loses what runs, which has ended by then', async () => {
    const window = await windowWith(lab({ keepSeconds: 2 }))
    const job = window.api.submit({ command: ['sleep', '600'], queue: 'lab' })
    const pid = await pidOf(job)
    await sshd.stop()
    sshd.cut()
    expect(await job.result).toMatchObject({ state: 'lost', error: { kind: 'lost' } })
    await untilGone(pid)
  })

  it('that is not kept loses what runs with a sentence, leaves nothing there, and is made again', async () => {
    const window = await windowWith(lab({ keepSeconds: 0 }))
    const job = window.api.submit({ command: ['sleep', '600'], queue: 'lab' })
    const pid = await pidOf(job)
    sshd.cut()
    const result = await job.result
    expect(result.state === 'lost' && result.error?.message).toMatch(
      /^The connection to .+ was lost while this job ran, so its outcome is unknown\. Rerun it if its result is needed\.$/,
    )
    await untilGone(pid)
    expect(await window.api.submit({ command: ['true'], queue: 'lab' }).result).toMatchObject({ state: 'succeeded' })
  })

  it('to a server that is away is made when that is back', async () => {
    await sshd.stop()
    const window = await windowWith(lab())
    const job = window.api.submit({ command: ['true'], queue: 'lab' })
    expect(await problemOf(window, 'lab')).toMatch(/^lab cannot be reached \(.*Connection refused\)/)
    await sshd.start()
    expect(await job.result).toMatchObject({ state: 'succeeded' })
    await until(() => queueOf(window, 'lab')?.problem === undefined, LIMIT_MS, 'a queue without a problem')
    expect(queueOf(window, 'lab')?.host).toBeTruthy()
  })

  it('of a service that is killed is taken over by the next one, with what runs and what has ended, once each', async () => {
    const window = await windowWith(lab({ slots: 3 }))
    const [runs, ends, cancelled] = [
      window.api.submit({ command: ['sh', '-c', `echo before; ${waits}; echo after`], queue: 'lab', stdout: 'text' }),
      window.api.submit({
        command: ['sh', '-c', `while ! test -e end; do sleep 0.05; done; head -c 300000 /dev/zero`],
        queue: 'lab',
      }),
      window.api.submit({ command: ['sleep', '600'], queue: 'lab' }),
    ]
    const waiting = window.api.submit({ command: ['echo', 'later'], queue: 'lab', stdout: 'text' })
    const pids = await Promise.all([runs, ends, cancelled].map(pidOf))
    const first = readRecord(statePaths(state.folder))?.pid as number
    await sshd.stop() // so that the next one finds the way closed for a while
    process.kill(first, 'SIGKILL')
    writeFileSync(file('end'), '')
    await untilGone(pids[1] as number)
    await until(() => window.client.state === 'connected', LIMIT_MS, 'the next service')
    await problemOf(window, 'lab')
    // that it runs may not have been written down when the service was killed
    expect((await infoOf(window, runs))?.state).toMatch(/^(starting|running)$/)
    const cancelling = cancelled.cancel()
    await sshd.start()
    await window.client.service.connectQueue({ queue: 'lab' })
    const ended = await ends.result
    expect(ended.state === 'succeeded' && (ended.value as Uint8Array).length).toBe(300_000)
    await cancelling
    expect(await cancelled.result).toMatchObject({ state: 'cancelled' })
    await untilGone(pids[2] as number)
    go()
    expect(await runs.result).toMatchObject({ state: 'succeeded', value: 'before\nafter\n', attempts: 1 })
    await window.client.service.pause({ paused: false })
    expect(await waiting.result).toMatchObject({ state: 'succeeded', value: 'later\n' })
  })

  it('whose runner has gone, too, loses what ran, with a sentence', async () => {
    const window = await windowWith(lab())
    const job = window.api.submit({ command: ['sleep', '600'], queue: 'lab' })
    const pid = await pidOf(job)
    const runner = parentOf(pid)
    process.kill(readRecord(statePaths(state.folder))?.pid as number, 'SIGKILL')
    process.kill(runner, 'SIGKILL')
    process.kill(pid, 'SIGKILL')
    const result = await job.result
    expect(result.state === 'lost' && result.error?.message).toBe(
      'The runner of the queue “lab” has ended while this job ran, so its outcome is unknown. Rerun it if its result is needed.',
    )
  })

  it('is not opened to a host of another key, nor without a key of the user', async () => {
    const config = join(state.folder, 'config')
    const text = readFileSync(sshd.config, 'utf8')
    execFileSync('sh', ['-c', `cat > ${config}`], {
      input: text.replace(/UserKnownHostsFile .*/, 'UserKnownHostsFile /dev/null'),
    })
    const window = await windowWith({ q: { kind: 'ssh', host: 'lab', config, node } })
    const job = window.api.submit({ command: ['true'], queue: 'q' })
    expect(await problemOf(window, 'q')).toMatch(/^The key of lab is not known yet: connect once/)
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled' })
  })
})
