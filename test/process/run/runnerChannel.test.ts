// A runner serves whoever is at the other side of its channel, a descriptor of its own or stdin and stdout, and ends what it has
// started when that goes away.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { resolve } from 'node:path'
import { Duplex } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import { readLines } from '../../../src/core/protocol/wire'
import { CHANNEL_FD, type FromRunner, type ToRunner } from '../../../src/run/base/runnerProtocol'
import { isAlive, makeTempState, type TempState } from '../../support/tempState'
import { until } from '../../support/until'

const LIMIT_MS = 20_000
const MARK = 'the-mark'

let state: TempState
let runner: ChildProcess
let channel: Duplex
let received: FromRunner[]
beforeAll(() => {
  state = makeTempState()
})
afterAll(() => state.remove())
afterEach(() => void runner.kill('SIGKILL'))

const channels = {
  'a descriptor of its own': (program: string) => {
    runner = spawn(process.execPath, [program], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
    return runner.stdio[CHANNEL_FD] as Socket
  },
  'stdin and stdout': (program: string) => {
    runner = spawn(process.execPath, [program, '--launched', MARK], { stdio: ['pipe', 'pipe', 'inherit'] })
    return Duplex.from({ readable: runner.stdout, writable: runner.stdin })
  },
}

/** What comes before the messages. */
async function hello(from: Duplex): Promise<void> {
  let text = ''
  const listener = (chunk: string) => {
    text += chunk
  }
  from.on('data', listener)
  const whole = new RegExp(`^\\n${MARK} ready (.+)\\n$`)
  const [, said = ''] = await until(() => whole.exec(text) ?? undefined, LIMIT_MS, 'its hello')
  from.off('data', listener)
  expect(JSON.parse(said)).toMatchObject({ node: process.version, cores: expect.any(Number) })
}

function send(message: ToRunner): void {
  channel.write(`${JSON.stringify(message)}\n`)
}

function startJob(run: number, command: readonly string[]): void {
  const spec = { id: uuidv7(), name: 'job', command, cwd: state.folder }
  const limits = { maxOutputBytes: 1_000_000, graceMs: 5000, niceness: 0, cores: 1 }
  send({ type: 'start', run, spec: { ...spec, ...limits, environment: 1, spoolFile: `${state.folder}/${run}` } })
}

const of = <T extends FromRunner['type']>(type: T, run: number) =>
  until(
    () => received.find(message => message.type === type && message.run === run) as Extract<FromRunner, { type: T }>,
    LIMIT_MS,
    `the message "${type}" of run ${run}`,
  )

describe.each(Object.entries(channels))('over %s', (_, open) => {
  it('jobs run, and end with the runner when the channel is closed', async () => {
    received = []
    channel = open(resolve('dist/runner.cjs'))
    channel.setEncoding('utf8')
    channel.on('error', () => undefined)
    if (runner.stdout) await hello(channel)
    readLines<FromRunner>(channel, 1_000_000, message => received.push(message))
    send({ type: 'environment', environment: 1, vars: { PATH: process.env.PATH ?? '' } })
    startJob(1, ['echo', 'of the job'])
    const { end } = await of('ended', 1)
    expect(end).toMatchObject({ exitCode: 0, stdout: { base64: Buffer.from('of the job\n').toString('base64') } })
    startJob(2, ['sleep', '600'])
    const { pid } = await of('started', 2)
    const ended = once(runner, 'exit')
    channel.end()
    expect(await ended).toEqual([0, null])
    expect(isAlive(pid)).toBe(false)
  })
})

it('it does not wait for a reader of its stdout, who has gone to sleep, before it ends its jobs', async () => {
  received = []
  channel = channels['stdin and stdout'](resolve('dist/runner.cjs'))
  channel.on('error', () => undefined)
  send({ type: 'environment', environment: 1, vars: { PATH: process.env.PATH ?? '' } })
  startJob(1, ['sh', '-c', `echo $$ > ${state.folder}/pid; exec sleep 600`])
  const pid = await until(() => Number(readFileSync(`${state.folder}/pid`, 'utf8')) || undefined, LIMIT_MS, 'the pid')
  for (let n = 0; n < 20_000; n++) send({ type: 'ping' }) // a megabyte of answers, which nobody reads
  const ended = once(runner, 'exit')
  runner.stdin?.end()
  await ended
  expect(isAlive(pid)).toBe(false)
})
