// What is typed to find jobs: each condition, each mistake, and what is offered next.
import { describe, expect, it } from 'vitest'
import { jobStates } from '../../../src/core/jobs/job'
import {
  batchCondition,
  batchTyped,
  completionsOf,
  filterFields,
  filterStates,
  parseFilter,
  quoted,
  withCondition,
} from '../../../src/core/protocol/filterText'

const conditionsOf = (text: string) => parseFilter(text).conditions
const only = (text: string) => {
  const { conditions, problems } = parseFilter(text)
  expect([conditions.length, problems]).toEqual([1, []])
  return conditions[0]
}

describe('a filter', () => {
  it.each([
    ['sub-01', { kind: 'words', text: 'sub-01' }],
    ['"left lung"', { kind: 'words', text: 'left lung' }],
    ['C:\\data', { kind: 'words', text: 'C:\\data' }],
    ['https://a.b', { kind: 'words', text: 'https://a.b' }],
    ['-', { kind: 'words', text: '-' }],
    ['-test', { kind: 'words', text: 'test', not: true }],
    ['name:sub-01', { kind: 'text', field: 'name', text: 'sub-01' }],
    ['NAME:"left lung"', { kind: 'text', field: 'name', text: 'left lung' }],
    ['-queue:gpu', { kind: 'text', field: 'queue', text: 'gpu', not: true }],
    ['state:queued', { kind: 'states', states: ['queued', 'starting'] }],
    ['state:failed', { kind: 'states', states: ['failed', 'dependencyFailed'] }],
    ['state:running', { kind: 'states', states: ['running', 'finishing', 'stopping'] }],
    ['state:Failed,unknown', { kind: 'states', states: ['failed', 'dependencyFailed', 'lost'] }],
    ['state:stopping', { kind: 'states', states: ['stopping'] }],
    ['exit:3', { kind: 'number', field: 'exit', is: '=', value: 3 }],
    ['exit:>0', { kind: 'number', field: 'exit', is: '>', value: 0 }],
    ['exit:>=-1', { kind: 'number', field: 'exit', is: '>=', value: -1 }],
    ['memory:>2GB', { kind: 'number', field: 'memory', is: '>', value: 2 * 1024 ** 3 }],
    ['memory:<=1.5gib', { kind: 'number', field: 'memory', is: '<=', value: 1.5 * 1024 ** 3 }],
    ['memory:<500M', { kind: 'number', field: 'memory', is: '<', value: 500 * 1024 ** 2 }],
    ['duration:>1m30s', { kind: 'number', field: 'duration', is: '>', value: 90_000 }],
    ['duration:<250ms', { kind: 'number', field: 'duration', is: '<', value: 250 }],
    ['duration:>90', { kind: 'number', field: 'duration', is: '>', value: 90_000 }],
    ['cpu:>2h', { kind: 'number', field: 'cpu', is: '>', value: 7200 }],
    ['attempt:>1', { kind: 'number', field: 'attempt', is: '>', value: 1 }],
  ])('%s', (text, condition) => {
    expect(only(text)).toEqual(condition)
  })

  it('is all of its conditions', () => {
    expect(conditionsOf('  state:failed exit:>0  name:"a b" c ').map(({ kind }) => kind)).toEqual([
      'states',
      'number',
      'text',
      'words',
    ])
  })

  it.each(['', '   ', 'state:', 'name:', 'exit:', 'exit:>', 'memory:>=', '""', 'name:""'])(
    '%j says nothing yet',
    text => {
      expect(parseFilter(text)).toEqual({ conditions: [], problems: [] })
    },
  )

  it.each([
    ['state:broken', '“broken” is no state: use one of running, queued, failed, unknown, cancelled, succeeded.'],
    ['exit:some', '“exit:some” cannot be compared: write it as in exit:>0.'],
    ['memory:>2', '“memory:>2” cannot be compared: write it as in memory:>2GB.'],
    ['memory:2GB', '“memory:2GB” needs < or >, as in memory:>2GB.'],
    ['duration:=5s', '“duration:=5s” needs < or >, as in duration:>1m30s.'],
    ['cpu:>1x', '“cpu:>1x” cannot be compared: write it as in cpu:>10s.'],
    ['cores:>1.5', '“cores:>1.5” cannot be compared: write it as in cores:>1.'],
  ])('%s is a mistake, and the rest holds', (text, sentence) => {
    expect(parseFilter(`a ${text} b`)).toEqual({
      conditions: [
        { kind: 'words', text: 'a' },
        { kind: 'words', text: 'b' },
      ],
      problems: [sentence],
    })
  })

  it('knows each state by a word', () => {
    const found = filterStates
      .flatMap(word => conditionsOf(`state:${word}`))
      .flatMap(one => (one.kind === 'states' ? one.states : []))
    expect(found.sort()).toEqual([...jobStates].sort())
  })

  it('gets another condition in place of one of the same field', () => {
    expect(withCondition('', 'state', 'failed')).toBe('state:failed')
    expect(withCondition('a state:queued  "b c"', 'state', 'failed')).toBe('a "b c" state:failed')
    expect([quoted('a'), quoted('a b'), quoted('a "b"')]).toEqual(['a', '"a b"', '"a b"'])
  })
})

describe('completion', () => {
  const offered = (text: string, caret = text.length) => completionsOf(text, caret).items.map(item => item.text)

  it.each([
    ['', []],
    ['st', ['state:']],
    ['a me', ['memory:']],
    ['-c', ['command:', 'cpu:', 'cores:']],
    ['state:', filterStates.map(word => `${word} `)],
    ['state:f', ['failed ']],
    ['state:failed,u', ['unknown ']],
    ['state:failed', []],
    ['name:s', []],
    ['zzz', []],
  ])('of %j', (text, items) => {
    expect(offered(text)).toEqual(items)
  })

  it('is about the word at the caret', () => {
    expect(completionsOf('st other', 2)).toMatchObject({ from: 0, to: 2 })
    expect(offered('st other', 5)).toEqual([])
    expect(completionsOf('-st', 3)).toMatchObject({ from: 1, to: 3 })
  })

  it('offers each field', () => {
    for (const field of filterFields) expect(offered(field)).toContain(`${field}:`)
  })
})

describe('the condition of a batch', () => {
  const id = '0193a000-0000-7000-8000-00003f2a91c0'

  it('has its name, and the end of its id where the name is not enough', () => {
    expect(batchCondition({ id, name: 'segment T1w' })).toBe('batch:"segment T1w"')
    expect(batchCondition({ id, name: 'lungs' })).toBe('batch:lungs')
    expect(batchCondition({ id, name: 'segment T1w', isNamesake: true })).toBe('batch:"segment T1w #3f2a91c0"')
    for (const name of ['x'.repeat(500), ' ', '"']) expect(batchCondition({ id, name })).toBe('batch:#3f2a91c0')
    const [condition] = parseFilter(batchCondition({ id, name: 'say "cheese" now' })).conditions
    expect(condition).toEqual({ kind: 'text', field: 'batch', text: 'say cheese now' })
  })

  it('is completed with the names of batches', () => {
    const names = ['segment T1w', 'segment T2w', 'lungs']
    const items = (text: string) => completionsOf(text, text.length, names).items.map(item => item.text)
    expect(items('batch:')).toEqual(['"segment T1w" ', '"segment T2w" ', 'lungs '])
    expect(items('state:failed -batch:"SEGMENT t1')).toEqual(['"segment T1w" '])
    expect(items('batch:lungs')).toEqual([])
    expect(completionsOf('a -batch:"seg', 13, names)).toMatchObject({ from: 9, to: 13 })
    expect(batchTyped('a -batch:"seg', 13)).toBe('seg')
    expect([batchTyped('a -batch:"seg', 1), batchTyped('name:seg', 8)]).toEqual([undefined, undefined])
  })
})
