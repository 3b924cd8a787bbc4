import { expect, it } from 'vitest'
import { Meanwhile } from '../../../src/service/sessions/meanwhile'
import type { Store } from '../../../src/service/store/store'
import {
  isUnreadable,
  parseTexts,
  readBatchHandler,
  readFacts,
  readSpec,
  readState,
} from '../../../src/service/store/storedJson'

const spec = { id: 'an id', name: 'name', command: ['echo', 'a'], cwd: '/' }
const read = (value: unknown) => readSpec(JSON.stringify(value), 'an id')

it('a spec is as it was stored, with fields of a newer version', () => {
  const stored = { ...spec, wrapper: ['env'], env: { A: 'b', C: null }, stdin: { ask: true }, retries: 2, newer: [1] }
  expect(read(stored)).toEqual(stored)
})

it.each([
  ['a wrapper that is no list', { wrapper: { 0: 'env' } }],
  ['a wrapper of something else than words', { wrapper: ['env', 1] }],
  ['a command of something else than words', { command: ['echo', null] }],
  ['a command that is a word', { command: 'echo' }],
  ['an environment that is a list', { env: ['A=b'] }],
  ['an input of an unknown kind', { stdin: 7 }],
  ['an output of an unknown kind', { stdout: 'picture' }],
  ['a handler without a name', { resultHandler: { context: 1 } }],
  ['retries that are no number', { retries: 'many' }],
])('a spec with %s is unreadable, and has no other field', (_, damage) => {
  const found = read({ ...spec, ...damage })
  expect(isUnreadable(found)).toBe(true)
  expect(found).toEqual({ id: 'an id', name: '(unreadable)', command: ['(unreadable)'], cwd: '' })
})

it.each(['', 'null', '[]', '{', '{}'])('of the spec %j there is nothing to read', text => {
  expect(isUnreadable(readSpec(text, 'an id'))).toBe(true)
})

it('a fact that is damaged is left out, and the others stay', () => {
  const whole = {
    command: ['/bin/echo'],
    exitCode: null,
    error: { kind: 'exit', message: 'no' },
    progress: {},
    slurm: { id: '4711_3', state: 'PENDING', expectedStart: 1, remedy: 'wait' },
    newer: {},
  }
  expect(readFacts(JSON.stringify(whole))).toEqual(whole)
  const damaged = {
    ...{ command: { length: 1 }, cwd: 5, startedAt: '1', endedAt: 2, exitCode: '0', signal: 9, error: 'no' },
    ...{
      progress: { fraction: 'half' },
      slurm: { id: '4711', remedy: 5 },
      stderrTruncated: 1,
      stdoutFile: ['a'],
      lastErrorLine: 'a line',
      __proto__: null,
    },
  }
  expect(readFacts(JSON.stringify(damaged))).toEqual({ endedAt: 2, lastErrorLine: 'a line' })
  expect(readFacts('{"error":{"kind":"exit"},"attempts":1e999}')).toEqual({})
  for (const text of [null, '', '[]', '7', '{']) expect(readFacts(text)).toEqual({})
})

it('a state that is none, also one that every object has, is lost', () => {
  expect(['queued', 'toString', '__proto__', ''].map(readState)).toEqual(['queued', 'lost', 'lost', 'lost'])
})

it('the handler of a batch is whole, or there is none', () => {
  expect(readBatchHandler('{"id":"a.b/c","context":[1],"collect":false}')).toEqual({
    ...{ id: 'a.b/c', context: [1], collect: false },
  })
  for (const text of [null, '{}', '{"id":1}', '{"id":"a","collect":true}', '[]', '{'])
    expect(readBatchHandler(text)).toBeNull()
})

it('an environment has texts alone', () => {
  expect(parseTexts('{"A":"b"}')).toEqual({ A: 'b' })
  for (const text of ['{"A":1}', '["A"]', '{"A":null}', '{']) expect(parseTexts(text)).toBeUndefined()
})

it('what was counted for a workspace is whole, or nothing is reported', () => {
  const metas = (values: readonly unknown[]) =>
    values.map((value, i) => ({ key: `meanwhile:${i}`, value: JSON.stringify(value) }))
  const stored = metas([
    { counts: { succeeded: 2, failed: 1 }, failed: ['an id'], at: 5 },
    ...[
      { counts: { succeeded: '2' }, failed: [], at: 5 },
      { counts: { toString: 1 }, failed: [], at: 5 },
    ],
    ...[{ counts: [1], failed: [], at: 5 }, { counts: {}, failed: [1], at: 5 }, { counts: {}, failed: [] }, 7],
  ])
  expect(new Meanwhile({ metas: () => stored } as unknown as Store).workspaces).toEqual(['0'])
})
