// The pure parts of the status tree: windowing, selection, its state, what of it is saved.
import { describe, expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import { MAX_EXPANDED } from '../../../src/core/pages/jobsPage'
import { keyOf } from '../../../src/core/pages/rowTargets'
import type { BatchInfo, Row, Rows } from '../../../src/core/protocol/facts'
import { MAX_ROWS } from '../../../src/core/protocol/limits'
import { announcement } from '../../../src/webview/text/announcement'
import { Selection } from '../../../src/webview/tree/selection'
import { TreeModel } from '../../../src/webview/tree/treeModel'
import { parseViewState } from '../../../src/webview/tree/viewState'
import {
  covers,
  drift,
  querySpan,
  ROW_HEIGHT,
  renderedSpan,
  revealed,
  visibleSpan,
} from '../../../src/webview/tree/windowing'

function jobRow(id: string, more: Partial<Row> = {}): Row {
  return { kind: 'job', job: { id, name: id, state: 'succeeded' } as JobInfo, depth: 0, ...more } as Row
}

function childRow(id: string, batchId: string, place = 0): Row {
  const job = { id, name: id, state: 'queued', batchId } as JobInfo
  return { kind: 'job', job, depth: 1, place, places: 3 }
}

function batchRow(id: string, expanded = false): Row {
  return {
    kind: 'batch',
    batch: { id, name: id, counts: {}, total: 3 } as unknown as BatchInfo,
    expanded,
    place: 0,
    places: 1,
  }
}

function list(names: readonly string[], from = 0, total = from + names.length): Rows {
  return { from, total, rows: names.map(name => jobRow(name)) }
}

/** `count` rows named by their index in a list that never changes. */
function numbered(from: number, count: number, total: number): Rows {
  return list(
    Array.from({ length: count }, (_, i) => String(from + i)),
    from,
    total,
  )
}

function model(rows: Rows, state: unknown = {}): TreeModel {
  const tree = new TreeModel(parseViewState(state))
  tree.accept(rows)
  return tree
}

it('keeps the objects of rows that have come again as they were', () => {
  const tree = model(list(['a', 'b', 'c']))
  const [, b, c] = tree.rows.rows
  tree.accept({ from: 1, total: 4, rows: [jobRow('b'), jobRow('c', { depth: 1 }), jobRow('d')] })
  expect(tree.rowAt(1)).toBe(b)
  expect(tree.rowAt(2)).toEqual(jobRow('c', { depth: 1 }))
  expect(tree.rowAt(2)).not.toBe(c)
  expect(tree.rowAt(3)).toEqual(jobRow('d'))
})

describe('windowing', () => {
  it('counts a row that is partly visible', () => {
    expect(visibleSpan(0, 220, 1000)).toEqual({ from: 0, count: 10 })
    expect(visibleSpan(11, 220, 1000)).toEqual({ from: 0, count: 11 })
    expect(visibleSpan(ROW_HEIGHT * 500, 220, 1000)).toEqual({ from: 500, count: 10 })
  })

  it('stays within the list', () => {
    expect(visibleSpan(0, 220, 3)).toEqual({ from: 0, count: 3 })
    expect(visibleSpan(ROW_HEIGHT * 5000, 220, 100)).toMatchObject({ from: 99 })
    expect(visibleSpan(-30, 220, 100)).toEqual({ from: 0, count: 10 })
    expect(visibleSpan(0, 220, 0)).toEqual({ from: 0, count: 0 })
  })

  it('renders only loaded rows, and a few beyond the visible ones', () => {
    expect(renderedSpan({ from: 100, count: 20 }, { from: 0, count: 200 })).toEqual({ from: 90, count: 40 })
    expect(renderedSpan({ from: 0, count: 20 }, { from: 0, count: 25 })).toEqual({ from: 0, count: 25 })
    expect(renderedSpan({ from: 500, count: 20 }, { from: 0, count: 200 }).count).toBe(0)
  })

  it('queries rows around the visible ones', () => {
    expect(querySpan({ from: 0, count: 30 })).toEqual({ from: 0, count: MAX_ROWS })
    expect(querySpan({ from: 5000, count: 30 })).toEqual({ from: 4915, count: MAX_ROWS })
  })

  it('needs no other rows than the queried ones, wherever that is', () => {
    for (const from of [0, 10, 115, 5000, 99_970]) {
      const visible = { from, count: 30 }
      expect(covers(querySpan(visible), visible, 100_000)).toBe(true)
    }
  })

  it('queries again before an edge becomes visible, but for the ends of the list', () => {
    const queried = { from: 1000, count: 200 }
    expect(covers(queried, { from: 1024, count: 30 }, 100_000)).toBe(false)
    expect(covers(queried, { from: 1025, count: 30 }, 100_000)).toBe(true)
    expect(covers(queried, { from: 1146, count: 30 }, 100_000)).toBe(false)
    expect(covers(queried, { from: 1146, count: 30 }, 1200)).toBe(true)
    expect(covers({ from: 0, count: 200 }, { from: 3, count: 30 }, 100_000)).toBe(true)
  })

  it('scrolls as little as possible to make a row visible', () => {
    expect(revealed(5, 0, 220)).toBe(0)
    expect(revealed(10, 0, 220)).toBe(ROW_HEIGHT)
    expect(revealed(3, 220, 220)).toBe(3 * ROW_HEIGHT)
  })
})

describe('the row that a user looks at', () => {
  const anchor = { key: 'job:c', index: 2 }

  it('is followed to where it is now', () => {
    expect(drift(anchor, 4, list(['new', 'a', 'b', 'c', 'd']))).toBe(1)
    expect(drift(anchor, 4, list(['b', 'c', 'd']))).toBe(-1)
    expect(drift(undefined, 4, list(['a']))).toBe(0)
  })

  it('has moved by as much as the list has grown when new ones fill the window', () => {
    expect(drift(anchor, 4, list(['n1', 'n2', 'n3', 'n4'], 0, 504))).toBe(500)
  })

  it('has not moved when it has gone, or when the answer is about other rows', () => {
    expect(drift(anchor, 4, list(['a', 'b', 'd']))).toBe(0)
    expect(drift(anchor, 500, numbered(300, 200, 500))).toBe(0)
  })
})

describe('selection', () => {
  const loaded = ['a', 'b', 'c', 'd', 'e']

  it('is one row, or a range from it in both directions', () => {
    const selection = new Selection()
    selection.only('c')
    selection.extendTo('e', loaded)
    expect(selection.keys).toEqual(['c', 'd', 'e'])
    selection.extendTo('b', loaded)
    expect(selection.keys).toEqual(['b', 'c'])
    selection.only('a')
    expect(selection.keys).toEqual(['a'])
  })

  it('toggles single rows, and ranges start from the last one', () => {
    const selection = new Selection()
    selection.only('a')
    selection.toggle('d')
    expect(selection.keys).toEqual(['a', 'd'])
    selection.toggle('a')
    expect(selection.keys).toEqual(['d'])
    selection.extendTo('b', loaded)
    expect(selection.keys).toEqual(['a', 'b'])
  })

  it('grows when the row where it began is no longer loaded', () => {
    const selection = new Selection()
    selection.only('gone')
    selection.extendTo('b', loaded)
    expect(selection.keys).toEqual(['gone', 'b'])
  })

  it('never has more than fit into a message, and is marked as cut', () => {
    const many = Array.from({ length: MAX_ROWS }, (_, i) => `k${i}`)
    const selection = new Selection()
    selection.all(many, many.length)
    expect([selection.size, selection.cut]).toEqual([MAX_ROWS, false])
    selection.all(many, 100_000)
    expect([selection.size, selection.cut]).toEqual([MAX_ROWS, true])
    selection.toggle('one more')
    expect([selection.size, selection.cut]).toEqual([MAX_ROWS, true])
    selection.clear()
    expect([selection.size, selection.cut]).toEqual([0, false])
  })
})

describe('the tree', () => {
  it('keeps the active row when new ones come on top', () => {
    const tree = model(list(['a', 'b', 'c']))
    tree.activate(1)
    tree.accept(list(['new', 'a', 'b', 'c']))
    expect(tree.active).toEqual({ key: 'job:b', index: 2 })
  })

  it('moves on to the row in its place when the active one is cleared, and to none when all are', () => {
    const tree = model(list(['a', 'b', 'c']))
    tree.activate(2)
    tree.accept(list(['a', 'b']))
    expect(tree.active).toEqual({ key: 'job:b', index: 1 })
    tree.accept(list([]))
    expect([tree.active, tree.activeIndex]).toEqual([undefined, -1])
  })

  it('knows a row far away by its index until it is loaded', () => {
    const tree = model(numbered(0, 200, 100_000))
    tree.activate(1e9)
    expect([tree.activeIndex, tree.active, tree.activeRow]).toEqual([99_999, undefined, undefined])
    tree.accept(numbered(99_800, 200, 100_000))
    expect(tree.active).toEqual({ key: 'job:99999', index: 99_999 })
  })

  it('keeps the active row while others are looked at', () => {
    const tree = model(numbered(0, 200, 100_000))
    tree.activate(7)
    tree.accept(numbered(50_000, 200, 100_000))
    expect(tree.active).toEqual({ key: 'job:7', index: 7 })
  })

  it('forgets the selection of rows that are gone, and of no others', () => {
    const tree = model(list(['a', 'b', 'c']))
    tree.selection.all(tree.loadedKeys, 3)
    tree.accept(list(['new', 'a', 'b'], 0, 4))
    expect(tree.selection.keys).toEqual(['job:a', 'job:b', 'job:c'])
    tree.accept(list(['new', 'a']))
    expect(tree.selection.keys).toEqual(['job:a', 'job:c'])
  })

  it('makes the batch active when the active job is folded away', () => {
    const rows = [batchRow('b1', true), childRow('x', 'b1', 0), childRow('y', 'b1', 1)]
    const tree = model({ from: 0, total: 3, rows }, { expanded: ['b1'] })
    tree.activate(2)
    tree.fold('b1')
    expect([tree.active?.key, tree.expanded]).toEqual(['batch:b1', []])
  })

  it('finds the batch of a job that is loaded, and by its place when it is not', () => {
    const near = model({
      from: 4,
      total: 9,
      rows: [batchRow('b1', true), childRow('x', 'b1', 0), childRow('y', 'b1', 1)],
    })
    expect([near.parentIndex(4), near.parentIndex(6)]).toEqual([-1, 4])
    const far = model({ from: 700, total: 9000, rows: [childRow('x', 'b1', 650)] })
    expect(far.parentIndex(700)).toBe(49)
  })

  it('acts on the active row, or on the selection that it is part of', () => {
    const tree = model(list(['a', 'b', 'c']))
    expect(tree.actionRows()).toEqual([])
    tree.selection.only('job:a')
    tree.selection.toggle('job:b')
    tree.activate(2)
    expect(tree.actionRows().map(keyOf)).toEqual(['job:c'])
    tree.activate(0)
    expect(tree.actionRows().map(keyOf)).toEqual(['job:a', 'job:b'])
  })

  it('folds the batch unfolded longest ago when there are too many', () => {
    const tree = model(list([]))
    for (let i = 0; i <= MAX_EXPANDED; i++) tree.unfold(`b${i}`)
    expect(tree.expanded).toHaveLength(MAX_EXPANDED)
    expect(tree.expanded[0]).toBe('b1')
  })

  it('ticks while something runs', () => {
    const row = jobRow('a') as Extract<Row, { kind: 'job' }>
    const running = { ...row, job: { ...row.job, startedAt: 1 } }
    const ended = { ...row, job: { ...row.job, startedAt: 1, endedAt: 2 } }
    expect(model({ from: 0, total: 1, rows: [running] }).ticking).toBe(true)
    expect(model({ from: 0, total: 1, rows: [ended] }).ticking).toBe(false)
  })
})

describe('what outlives the page', () => {
  const kept = {
    expanded: ['b1'],
    selected: ['job:j1', 'batch:b1'],
    active: { key: 'job:j1', index: 3 },
    top: { key: 'job:j0', index: 2, hidden: 7 },
    workersOpen: true,
    queuesOpen: true,
    allocationsOpen: true,
    find: { isOpen: true, text: 'state:failed', order: 'matters', group: 'failure' },
    details: { isOpen: false, height: 240 },
  }

  it('is read back', () => {
    expect(parseViewState(JSON.parse(JSON.stringify(kept)))).toEqual(kept)
  })

  it.each([
    undefined,
    null,
    'x',
    7,
    [],
    { expanded: 1, selected: ['evil', 2], active: { key: 'job:1' }, top: { index: 1 }, workersOpen: 'yes' },
    { find: { isOpen: 'yes', text: 5, order: 'worst', group: 'colour' }, details: { isOpen: 1, height: -5 } },
  ])('counts as not kept when it is %j', value => {
    expect(parseViewState(value)).toEqual({
      expanded: [],
      selected: [],
      active: undefined,
      top: undefined,
      workersOpen: false,
      queuesOpen: false,
      allocationsOpen: false,
      find: { isOpen: false, text: '', order: 'newest', group: null },
      details: { isOpen: true },
    })
  })
})

describe('announcements', () => {
  it('count what has ended since, worst first', () => {
    expect(announcement({ succeeded: 5, running: 3 }, { succeeded: 15, failed: 3 })).toBe('3 failed, 10 succeeded')
  })

  it('leave out what has begun or was cleared', () => {
    expect(announcement({ succeeded: 5 }, { queued: 4, running: 2 })).toBe('')
  })
})

describe('the group of other windows', () => {
  const group: Row = { kind: 'group', id: 'otherWindows', entries: 2, expanded: true, place: 1, places: 2 }
  const inGroup = (row: Row, depth: 1 | 2, parent: number) => ({ ...row, depth, parent }) as Row
  const rows = () => [
    ...[jobRow('own'), group, inGroup(batchRow('b', true), 1, 1), inGroup(childRow('x', 'b'), 2, 2)],
    inGroup(jobRow('other'), 1, 1),
  ]

  it('is the parent of what is in it, and that of jobs is their batch', () => {
    const tree = model({ from: 0, total: 5, rows: rows() })
    expect([0, 1, 2, 3, 4].map(index => tree.parentIndex(index))).toEqual([-1, -1, 1, 2, 1])
    const page = model({ from: 3, total: 5, rows: rows().slice(3) })
    expect([3, 4].map(index => page.parentIndex(index))).toEqual([2, 1])
  })

  it('is never selected, and nothing is done to it', () => {
    const tree = model({ from: 0, total: 5, rows: rows() })
    tree.selection.all(tree.loadedKeys, 5)
    expect(tree.selection.keys).toEqual(['job:own', 'batch:b', 'job:x', 'job:other'])
    tree.activate(1)
    expect(tree.actionRows()).toEqual([])
    tree.activate(0)
    expect(tree.actionRows().map(keyOf)).toEqual(['job:own', 'batch:b', 'job:x', 'job:other'])
  })

  it('is unfolded by its own id', () => {
    const tree = model({ from: 0, total: 5, rows: rows() })
    tree.unfold('otherWindows')
    expect(tree.expanded).toEqual(['otherWindows'])
    tree.fold('otherWindows')
    expect(tree.expanded).toEqual([])
  })
})
