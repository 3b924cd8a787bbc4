// A runner that is taken over says what it has under way, and goes on saying what becomes of it: nothing of that is lost.
import { duplexPair } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FromRunner, type KnownRun, sendEnd } from '../../../src/run/base/runnerProtocol'
import type { RunSpec } from '../../../src/run/base/runTypes'
import { unobservedEnd } from '../../../src/run/base/unobservedEnd'
import { Runner } from '../../../src/service/runners/runner'
import { RunProxy } from '../../../src/service/runners/runProxy'
import { until } from '../../support/until'

const spec: RunSpec = {
  id: 'a',
  name: 'a',
  command: ['sh'],
  cwd: '/',
  env: {},
  cores: 1,
  spoolFile: '/tmp/a',
  maxOutputBytes: 1,
  graceMs: 1,
  niceness: 0,
}
const started: NonNullable<KnownRun['started']> = {
  type: 'started',
  run: 7,
  command: ['sh'],
  pid: 4711,
  startedAt: 1000,
}
const changed: FromRunner = { type: 'changed', run: 7, progress: { stdoutBytes: 5, stderrBytes: 0 } }
const ended: NonNullable<KnownRun['ended']> = {
  type: 'ended',
  run: 7,
  command: ['sh'],
  end: sendEnd({ ...unobservedEnd(undefined), exitCode: 3 }),
}

let there: ReturnType<typeof duplexPair>[0]
let here: ReturnType<typeof duplexPair>[0]
let adopted: RunProxy | undefined
let events: string[]
let ids: string[]

beforeEach(() => {
  ;[here, there] = duplexPair()
  there.resume()
  adopted = undefined
  events = []
  ids = []
  const note = (what: string) => events.push(`${what} of ${adopted ? 'one that is known' : 'nobody'}`)
  const runner = new Runner(
    {
      name: 'a runner',
      hasProcess: true,
      channel: here,
      failed: new Promise(() => undefined),
      mayBeSilent: true,
      giveUp: () => undefined,
    },
    {
      onGone: () => undefined,
      onKnownRuns: ({ runs }) => {
        ids.push(...runs.map(({ id }) => id))
        const known = runs[0]
        if (!known) return
        const run = new RunProxy(spec, { onStarted: () => note('start'), onChange: () => note('change') })
        runner.adopt(run, known)
        adopted = run
      },
    },
  )
})
afterEach(() => {
  here.destroy()
  there.destroy()
})

/** All in one piece, as what has waited for a connection comes. */
function say(...messages: FromRunner[]): void {
  there.write(messages.map(message => `${JSON.stringify(message)}\n`).join(''))
}

it.each([
  ['it has said before', [], { started, ended }, ['start']],
  ['comes in the same piece', [ended], { started }, ['start']],
  ['comes in the same piece, with all before it', [started, changed, ended], {}, ['start', 'change']],
] as const)('the end that %s is known', async (_, messages, before, expected) => {
  say({ type: 'runs', run: 7, runs: [{ run: 7, id: 'a', ...before }] }, ...messages)
  await until(() => adopted?.hasEnded === true, 10_000, 'its end')
  expect((await adopted?.ended)?.exitCode).toBe(3)
  expect(adopted?.pid).toBe(4711)
  expect(events).toEqual(expected.map(what => `${what} of one that is known`))
})

it('what comes later is said, too', async () => {
  say({ type: 'runs', run: 7, runs: [{ run: 7, id: 'a', started }] })
  await until(() => events.length === 1, 10_000, 'its start')
  say(changed)
  say(ended)
  await until(() => adopted?.hasEnded === true, 10_000, 'its end')
  expect(events).toHaveLength(2)
})

it('what it has is known when all parts have come', async () => {
  say({ type: 'runs', run: 8, runs: [{ run: 7, id: 'a', started }], more: true })
  await new Promise(resolve => setImmediate(resolve))
  expect(ids).toEqual([])
  say({ type: 'runs', run: 8, runs: [{ run: 8, id: 'b' }] }, ended)
  await until(() => adopted?.hasEnded === true, 10_000, 'its end')
  expect(ids).toEqual(['a', 'b'])
})
