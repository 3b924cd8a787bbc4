// What Slurm ends may end before its runner knows that Slurm does so.
import { expect, it } from 'vitest'
import type { JobError } from '../../../src/api'
import { type FromRunner, type SentEnd, sendEnd } from '../../../src/run/base/runnerProtocol'
import { unobservedEnd } from '../../../src/run/base/unobservedEnd'
import { mayNeedExplanation, SlurmSignal } from '../../../src/run/runner/slurmSignal'

const error: JobError = { kind: 'lost', message: 'Slurm ended it.' }
const end = (more: Partial<SentEnd>): SentEnd => ({ ...sendEnd(unobservedEnd(undefined)), ...more })
const ended = (more: Partial<SentEnd>): FromRunner => ({ type: 'ended', run: 1, command: ['sh'], end: end(more) })
const signalled = end({ signal: 'SIGTERM' })
const fine = end({ exitCode: 0 })

it('a signal that comes after the end explains it', async () => {
  const signal = new SlurmSignal(error)
  const explained = signal.explain(signalled)
  signal.receive()
  expect(await explained).toEqual({ ...signalled, endedBy: 'limit', error })
  expect(await signal.explain(signalled)).toMatchObject({ endedBy: 'limit', error })
})

it('what ended without one has ended by itself', async () => {
  expect(await new SlurmSignal(error).explain(signalled)).toEqual(signalled)
})

it('of the tasks of a worker those that a signal has ended are explained', async () => {
  const signal = new SlurmSignal(error)
  signal.receive()
  const ends = [fine, signalled].map((end, task) => ({ task, end }))
  expect(await signal.explainMessage({ type: 'tasksEnded', run: 1, ms: 5, ends })).toMatchObject({
    ms: 5,
    ends: [
      { task: 0, end: { endedBy: 'self', exitCode: 0 } },
      { task: 1, end: { endedBy: 'limit', error } },
    ],
  })
})

it.each([
  ['a signal', ended({ signal: 'SIGKILL' }), true],
  ['a shell whose command a signal has ended', ended({ exitCode: 143 }), true],
  ['an exit code', ended({ exitCode: 1 }), false],
  ['success', ended({ exitCode: 0 }), false],
  ['somebody who has ended it', ended({ signal: 'SIGTERM', endedBy: 'user' }), false],
  ['a start', { type: 'pong', run: 0 } as FromRunner, false],
])('with %s there may be something to explain: %j', (_, message, expected) => {
  expect(mayNeedExplanation(message)).toBe(expected)
})
