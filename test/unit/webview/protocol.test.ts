// What the page of the status tree and the extension take from each other, and what they refuse.
import { describe, expect, it, test } from 'vitest'
import { isPageReady } from '../../../src/core/pages/anyPage'
import { MAX_EXPANDED } from '../../../src/core/pages/jobsPage'
import { parseTargetKey, targetKey } from '../../../src/core/pages/rowTargets'
import { MAX_CONCURRENCY, MAX_ROWS, MAX_WORKERS_SHOWN } from '../../../src/core/protocol/limits'
import { parseFromJobsPage } from '../../../src/extension/views/parseFromJobsPage'
import { parseToJobsPage } from '../../../src/webview/pages/parseToJobsPage'

const query = { from: 0, count: 200, expanded: ['b1'] }
const job = { kind: 'job', id: 'j1' }

test('every page says that it is ready', () => {
  expect(isPageReady({ type: 'ready' })).toBe(true)
  for (const message of [undefined, null, 'ready', [], {}, { type: 'connect' }])
    expect(isPageReady(message)).toBe(false)
})

describe('messages of the page of the status tree', () => {
  it.each([
    { type: 'connect' },
    { type: 'manageTrust' },
    { type: 'query', query },
    { type: 'query', query: { from: 99_800, count: 0, expanded: [] } },
    { type: 'rowAction', action: 'cancel', targets: [job, { kind: 'batch', id: 'b1' }] },
    { type: 'viewAction', action: 'runDemo' },
    { type: 'setConcurrency', concurrency: 0 },
    { type: 'setConcurrency', concurrency: MAX_CONCURRENCY },
    { type: 'stopWorkers' },
    { type: 'stopWorkers', ids: ['w1', 'w2'] },
  ])('takes %j', message => {
    expect(parseFromJobsPage(message)).toEqual(message)
  })

  it.each([
    undefined,
    null,
    'ready',
    [],
    {},
    { type: 'eval', code: '1' },
    { type: 'query' },
    { type: 'query', query: { ...query, from: -1 } },
    { type: 'query', query: { ...query, from: 0.5 } },
    { type: 'query', query: { ...query, from: Number.NaN } },
    { type: 'query', query: { ...query, count: MAX_ROWS + 1 } },
    { type: 'query', query: { ...query, count: '200' } },
    { type: 'query', query: { ...query, expanded: 'b1' } },
    { type: 'query', query: { ...query, expanded: [1] } },
    { type: 'query', query: { ...query, expanded: ['x'.repeat(101)] } },
    { type: 'query', query: { ...query, expanded: Array(MAX_EXPANDED + 1).fill('b') } },
    { type: 'rowAction', action: 'workbench.action.terminal.new', targets: [job] },
    { type: 'rowAction', action: 'toString', targets: [job] },
    { type: 'rowAction', action: 'cancel' },
    { type: 'rowAction', action: 'cancel', targets: [] },
    { type: 'rowAction', action: 'cancel', targets: [{ kind: 'folder', id: 'j1' }] },
    { type: 'rowAction', action: 'cancel', targets: [{ kind: 'job', id: '' }] },
    { type: 'rowAction', action: 'cancel', targets: [job, null] },
    { type: 'rowAction', action: 'cancel', targets: Array(MAX_ROWS + 1).fill(job) },
    { type: 'viewAction', action: 'cancel' },
    { type: 'setConcurrency', concurrency: -1 },
    { type: 'setConcurrency', concurrency: 1.5 },
    { type: 'setConcurrency', concurrency: MAX_CONCURRENCY + 1 },
    { type: 'setConcurrency', concurrency: '4' },
    { type: 'stopWorkers', ids: [] },
    { type: 'stopWorkers', ids: null },
    { type: 'stopWorkers', ids: 'w1' },
    { type: 'stopWorkers', ids: ['w1', ''] },
    { type: 'stopWorkers', ids: [7] },
    { type: 'stopWorkers', ids: Array(MAX_WORKERS_SHOWN + 1).fill('w1') },
  ])('refuses %j', message => {
    expect(parseFromJobsPage(message)).toBeUndefined()
  })

  it('passes on only what belongs to a message', () => {
    const parsed = parseFromJobsPage({
      type: 'rowAction',
      action: 'rerun',
      targets: [{ ...job, path: '/etc' }],
      more: 1,
    })
    expect(parsed).toEqual({ type: 'rowAction', action: 'rerun', targets: [job] })
  })
})

describe('messages of the extension', () => {
  const state = { type: 'state', service: 'connected', trusted: true, now: 1 }
  const rows = (list: unknown[]) => ({ type: 'rows', rows: { from: 0, total: 1, rows: list } })

  it.each([
    state,
    { ...state, service: 'failed', message: 'It did not start.' },
    { ...state, summary: { counts: {} } },
    { ...state, summary: { counts: {}, workers: [{ id: 'w1' }] } },
    rows([]),
    rows([{ kind: 'job', job: { id: 'j1' }, depth: 0 }]),
    rows([{ kind: 'batch', batch: { id: 'b1', counts: {} }, expanded: true }]),
  ])('takes %j', message => {
    expect(parseToJobsPage(message)).toBe(message)
  })

  it.each([
    undefined,
    {},
    { ...state, service: 'gone' },
    { ...state, trusted: 'yes' },
    { ...state, now: 'late' },
    { ...state, message: 7 },
    { ...state, summary: {} },
    { ...state, summary: { counts: {}, workers: {} } },
    { ...state, summary: { counts: {}, workers: [{}] } },
    { ...state, summary: { counts: {}, workers: Array(MAX_WORKERS_SHOWN + 1).fill({ id: 'w1' }) } },
    { type: 'rows' },
    { type: 'rows', rows: { from: -1, total: 0, rows: [] } },
    { type: 'rows', rows: { from: 0, total: 0 } },
    rows([null]),
    rows([{ kind: 'job' }]),
    rows([{ kind: 'batch', batch: { id: 'b1' } }]),
    rows(Array(MAX_ROWS + 1).fill({ kind: 'job', job: { id: 'j1' }, depth: 0 })),
  ])('refuses %j', message => {
    expect(parseToJobsPage(message)).toBeUndefined()
  })
})

describe('target keys', () => {
  it('are read back', () => {
    const target = { kind: 'batch' as const, id: '0197:a' }
    expect(parseTargetKey(targetKey(target))).toEqual(target)
  })

  it.each(['', 'job:', 'folder:1', 'j1', `job:${'x'.repeat(101)}`])('refuses %j', key => {
    expect(parseTargetKey(key)).toBeUndefined()
  })
})
