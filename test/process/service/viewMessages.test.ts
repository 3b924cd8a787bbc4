// What the extension sends to the page of a view: each view its own rows, few messages, and none to one that is hidden.
import { expect, test } from 'vitest'
import type { ToJobsPage } from '../../../src/core/pages/jobsPage'
import type { RowQuery } from '../../../src/core/protocol/facts'
import { MAX_ROWS, UPDATE_INTERVAL_MS } from '../../../src/core/protocol/limits'
import { openJobsView } from '../../support/jobsView'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 30_000

let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ open } = given))

const all: RowQuery = { from: 0, count: MAX_ROWS, expanded: [] }
const quick = (name: string) => ({ command: ['true'], name })

/** A view whose page asks for these rows. */
function openView({ client }: TestWindow, query: RowQuery) {
  const lists: (readonly ToJobsPage[])[] = []
  const view = openJobsView(client, messages => void lists.push(messages))
  const ready = () => {
    view.receive({ type: 'ready' })
    view.receive({ type: 'query', query })
  }
  ready()
  return {
    ...view,
    lists,
    ready,
    /** The jobs that it shows, by their names and states. */
    get shown(): string[] {
      const last = lists.flat().findLast(message => message.type === 'rows')
      return (last?.rows.rows ?? []).map(row => (row.kind === 'job' ? `${row.job.name} ${row.job.state}` : row.kind))
    },
  }
}

test('views of two windows, and two of one, show each its own rows', async () => {
  const [one, other] = [open({ name: 'one' }), open({ name: 'other' })]
  const find = (text: string) => ({ ...all, find: { text, order: 'newest' as const } })
  const views = [openView(one, all), openView(one, find('name:anat')), openView(other, find('name:func'))]
  await Promise.all(['anat 1', 'func 1', 'anat 2'].map(name => one.api.submit(quick(name)).result))
  await other.api.submit(quick('func 2')).result
  const expected = [
    ['anat 1 succeeded', 'anat 2 succeeded', 'func 1 succeeded', 'func 2 succeeded'],
    ['anat 1 succeeded', 'anat 2 succeeded'],
    ['func 1 succeeded', 'func 2 succeeded'],
  ]
  await until(
    () => String(views.map(({ shown }) => shown.toSorted())) === String(expected),
    LIMIT_MS,
    'the rows of each',
  )
})

test('what changes often is sent at intervals, all of a turn at once and the latest of each kind alone', async () => {
  const window = open()
  await window.api.submit(quick('first')).result
  const view = openView(window, all)
  await until(() => view.lists.flat().some(({ type }) => type === 'rows'), LIMIT_MS, 'the first rows')
  view.lists.length = 0
  const begin = performance.now()
  const names = Array.from({ length: 100 }, (_, i) => `job ${i}`)
  await Promise.all(names.map(name => window.api.submit(quick(name)).result))
  await until(() => view.shown.every(row => row.endsWith(' succeeded')), LIMIT_MS, 'all to have ended')
  const intervals = Math.ceil((performance.now() - begin) / UPDATE_INTERVAL_MS)
  expect(view.lists.length).toBeLessThanOrEqual(intervals + 1)
  for (const list of view.lists) expect(new Set(list.map(({ type }) => type)).size).toBe(list.length)
})

test('a hidden view is sent nothing, and all that has changed when it is shown again', async () => {
  const window = open()
  const view = openView(window, all)
  const other = openView(window, all)
  await window.api.submit(quick('before')).result
  await until(() => view.shown.includes('before succeeded'), LIMIT_MS, 'the job')
  view.show(false)
  view.lists.length = 0
  await window.api.submit(quick('meanwhile')).result
  await until(() => other.shown.includes('meanwhile succeeded'), LIMIT_MS, 'the job in the view that is shown')
  expect(view.lists).toEqual([])
  view.show(true)
  view.ready()
  await until(() => view.shown.includes('meanwhile succeeded'), LIMIT_MS, 'the job in the view that was hidden')
})
