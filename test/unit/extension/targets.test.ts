// What a command is about, from the view, from its context menu and from other code.
import { describe, expect, it } from 'vitest'
import { rowSections } from '../../../src/core/pages/rowTargets'
import type { OwnedFilter } from '../../../src/core/protocol/protocol'
import { selectJobs } from '../../../src/extension/commands/common/jobSelection'
import {
  clickedAlone,
  filtersOf,
  optionOf,
  parseTargets,
  workerIdsOf,
} from '../../../src/extension/commands/common/targets'

const only = (ids: string[], batchIds: string[] = []) => ({ ids, batchIds, all: false })

describe('understanding an argument', () => {
  it.each([
    [undefined],
    [null],
    [''],
    [3],
    [[]],
    [{}],
    [{ ids: [] }],
    [{ ids: [1, null, ''] }],
    [{ webviewSection: rowSections.job }],
    [{ all: 'yes' }],
  ])('%j names nothing', argument => {
    expect(parseTargets(argument)).toBeUndefined()
  })

  it.each([
    ['a', only(['a'])],
    [{ ids: ['a', 'b'] }, only(['a', 'b'])],
    [{ batchIds: ['x'] }, only([], ['x'])],
    [{ ids: ['a'], batchIds: ['x'] }, only(['a'], ['x'])],
    [{ batchId: 'x' }, only([], ['x'])],
    [{ all: true }, { ids: [], batchIds: [], all: true }],
    [
      { batchId: 'x', states: ['failed', 'nonsense'] },
      { ...only([], ['x']), states: ['failed'] },
    ],
    [{ webviewSection: rowSections.job, jobId: 'a', batchId: 'x' }, only(['a'])],
    [{ webviewSection: rowSections.batch, batchId: 'x' }, only([], ['x'])],
  ])('%j', (argument, targets) => {
    expect(parseTargets(argument)).toEqual(targets)
  })

  it('takes the selection when the clicked row is in it, else the row alone', () => {
    const ids = ['job:a', 'batch:x', 'job:b']
    expect(parseTargets({ webviewSection: rowSections.job, jobId: 'a', ids })).toEqual(only(['a', 'b'], ['x']))
    expect(parseTargets({ webviewSection: rowSections.batch, batchId: 'x', ids })).toEqual(only(['a', 'b'], ['x']))
    expect(parseTargets({ webviewSection: rowSections.job, jobId: 'c', ids })).toEqual(only(['c']))
    expect(parseTargets({ webviewSection: rowSections.batch, batchId: 'y', ids })).toEqual(only([], ['y']))
  })

  it('takes the clicked row alone for a command about one, whatever is selected besides', () => {
    const ids = ['job:a', 'batch:x', 'job:b', 'batch:y']
    const about = (argument: unknown) => parseTargets(clickedAlone(argument))
    expect(about({ webviewSection: rowSections.job, jobId: 'b', ids })).toEqual(only(['b']))
    expect(about({ webviewSection: rowSections.batch, batchId: 'y', ids })).toEqual(only([], ['y']))
    expect(about({ ids })).toEqual(only(['a', 'b'], ['x', 'y']))
    expect(about('a')).toEqual(only(['a']))
    expect(about(undefined)).toBeUndefined()
  })
})

describe('the filters', () => {
  it('are one a batch and one for all ids', () => {
    expect(filtersOf(only(['a', 'b'], ['x', 'y']))).toEqual([{ batchId: 'x' }, { batchId: 'y' }, { ids: ['a', 'b'] }])
  })

  it('hold at most 1,000 ids', () => {
    const ids = Array.from({ length: 2500 }, (_, n) => `job${n}`)
    const filters = filtersOf(only(ids))
    expect(filters.map(filter => filter.ids?.length)).toEqual([1000, 1000, 500])
    expect(filters.flatMap(filter => filter.ids)).toEqual(ids)
  })

  it('are narrowed to states', () => {
    expect(filtersOf({ ...only(['a']), states: ['failed'] })).toEqual([{ ids: ['a'], states: ['failed'] }])
    expect(filtersOf({ ...only(['a']), states: ['failed'] }, ['lost'])).toEqual([{ ids: ['a'], states: ['lost'] }])
    expect(filtersOf({ ids: [], batchIds: [], all: true }, ['queued'])).toEqual([{ all: true, states: ['queued'] }])
  })
})

describe('the jobs of a selection', () => {
  it('are each there once when their batch is selected, too', async () => {
    const a = { id: 'a', result: 'own', unsaved: 1 } as const
    const b = { id: 'b', result: 'earlier', unsaved: 2 } as const
    const outline = async ({ filter, after }: { filter: OwnedFilter; after?: number }) => {
      if (filter.batchId === undefined) return { jobs: [b, a] }
      return after ? { jobs: [{ id: 'c' }] } : { jobs: [a, b], next: 2 }
    }
    const selection = await selectJobs({ outline }, filtersOf(only(['b', 'a'], ['x'])))
    expect(selection.ids).toEqual(['a', 'b', 'c'])
    expect(selection).toMatchObject({ ownIds: ['a'], earlierIds: ['b'], unsavedIds: ['a', 'b'], unsaved: 3 })
  })

  it('whose results a handler is still to get are no results that could be saved', async () => {
    const awaited = { id: 'a', unsaved: 1, awaited: true } as const
    const both = { id: 'b', unsaved: 2, awaited: true } as const
    const outline = async () => ({ jobs: [awaited, both, { id: 'c', unsaved: 1 }] })
    const selection = await selectJobs({ outline }, [{ all: true }])
    expect(selection).toMatchObject({ awaitedIds: ['a', 'b'], unsavedIds: ['b', 'c'], unsaved: 2 })
  })
})

describe('warm workers', () => {
  it('are those named, or all', () => {
    expect(workerIdsOf({ ids: ['w1', 'w2'] })).toEqual(['w1', 'w2'])
    expect(workerIdsOf({ ids: [] })).toEqual([])
    expect([undefined, null, {}, { preserveFocus: true }].map(workerIdsOf)).toEqual(Array(4).fill(undefined))
  })

  it.each([['w1'], [['w1']], [{ ids: 'w1' }], [{ ids: ['w1', 7] }], [{ ids: [''] }]])(
    'are never all by %j',
    argument => {
      expect(() => workerIdsOf(argument)).toThrow(TypeError)
    },
  )
})

it('options have the expected type, or are refused with a sentence', () => {
  expect(optionOf({ folder: '/x' }, 'folder', 'string')).toBe('/x')
  expect(() => optionOf({ folder: 1 }, 'folder', 'string')).toThrow('folder must be a string, and is 1.')
  expect(optionOf(undefined, 'folder', 'string')).toBeUndefined()
})
