// The keys of the status tree, on the page alone in a real browser.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobInfo } from '../../src/api'
import type { BatchInfo, Row } from '../../src/core/protocol/facts'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { UI_LIMIT_MS } from './quickInput'

function jobRow(id: string, depth: 0 | 1, place: number): Row {
  const job = { id, name: id, state: 'running', command: ['a'], cwd: '/', attempts: 1, stdoutBytes: 0, stderrBytes: 0 }
  return { kind: 'job', job: job as unknown as JobInfo, depth, place, places: depth === 1 ? 1 : 2 }
}

function batchRow(expanded: boolean): Row {
  const batch = { id: 'b', name: 'b', sealed: 'complete', total: 1, submittedAt: 0, counts: { running: 1 } }
  return { kind: 'batch', batch: batch as unknown as BatchInfo, expanded, place: 0, places: 2 }
}

let view: ViewPage

beforeEach(async () => {
  view = await ViewPage.open()
  await view.sendState({ counts: { running: 2 } })
  await view.sendRows([batchRow(false), jobRow('j2', 0, 1)])
  await tree().focus()
  await isActive('row-batch:b')
})
afterEach(() => view?.close())

const tree = () => view.page.getByRole('tree', { name: 'Jobs' })

function isActive(id: string): Promise<unknown> {
  return until(
    async () => (await tree().getAttribute('aria-activedescendant')) === id,
    UI_LIMIT_MS,
    `the focus on ${id}`,
  )
}

function areSelected(count: number): Promise<unknown> {
  const selected = () => tree().locator('.row.selected').count()
  return until(async () => (await selected()) === count, UI_LIMIT_MS, `${count} selected rows`)
}

async function press(key: string, then: string): Promise<void> {
  await view.page.keyboard.press(key)
  await isActive(then)
}

async function unfold(): Promise<void> {
  await view.page.keyboard.press('ArrowRight')
  await view.waitForSent(sent => sent.type === 'query' && sent.query.expanded.join() === 'b')
  await view.sendRows([batchRow(true), jobRow('j1', 1, 0), jobRow('j2', 0, 1)])
  await tree().locator('[data-key="job:j1"]').waitFor()
}

test('arrows, pages and ends move among the rows, unfold and fold', async () => {
  await unfold()
  await press('ArrowRight', 'row-job:j1')
  await press('ArrowDown', 'row-job:j2')
  await press('Home', 'row-batch:b')
  await press('PageDown', 'row-job:j2')
  await press('PageUp', 'row-batch:b')
  await press('End', 'row-job:j2')
  await press('ArrowUp', 'row-job:j1')
  await press('ArrowLeft', 'row-batch:b')
  await view.page.keyboard.press('ArrowLeft')
  await until(async () => expandedOf(await view.sent()) === '', UI_LIMIT_MS, 'a query without unfolded batches')
})

/** Of the last query. */
function expandedOf(sent: Awaited<ReturnType<ViewPage['sent']>>): string | undefined {
  return sent.findLast(message => message.type === 'query')?.query.expanded.join()
}

test('Shift, Space, Control+A and Escape select; Enter and Delete act on the selection', async () => {
  await unfold()
  await press('Shift+End', 'row-job:j2')
  await areSelected(3)
  await view.page.keyboard.press('Escape')
  await areSelected(0)
  await view.page.keyboard.press('Control+a')
  await areSelected(3)
  await view.page.keyboard.press('Escape')
  await view.page.keyboard.press(' ')
  await areSelected(1)
  await view.page.keyboard.press('Enter')
  const opened = await view.waitForSent(sent => sent.type === 'rowAction' && sent.action === 'showOutput')
  expect(opened).toMatchObject({ targets: [{ kind: 'job', id: 'j2' }] })
  await view.page.keyboard.press('Delete')
  const cancelled = await view.waitForSent(sent => sent.type === 'rowAction' && sent.action === 'cancel')
  expect(cancelled).toMatchObject({ targets: [{ kind: 'job', id: 'j2' }] })
})

test('Escape closes an open filter, as in the trees of VS Code, and only then gives up the selection', async () => {
  await press('ArrowDown', 'row-job:j2')
  await view.send({ type: 'find', text: 'name:j2' })
  const filter = view.page.getByRole('combobox', { name: 'Find jobs', exact: true })
  await filter.waitFor()
  const query = await view.waitForSent(sent => sent.type === 'query' && sent.query.find?.text === 'name:j2')
  const serial = query.type === 'query' ? query.query.serial : undefined
  await view.sendRows([jobRow('j2', 0, 0)], { found: 1, ...(serial !== undefined && { serial }) })
  await areSelected(1)
  await tree().focus()
  await view.page.keyboard.press('Escape')
  await filter.waitFor({ state: 'detached' })
  const all = await until(
    async () => {
      const last = await view.lastQuery()
      return last && !last.find && last
    },
    UI_LIMIT_MS,
    'a query of all rows',
  )
  await view.sendRows([batchRow(false), jobRow('j2', 0, 1)], {
    ...(all.serial !== undefined && { serial: all.serial }),
  })
  await tree().locator('[data-key="job:j2"] .name').click()
  await areSelected(1)
  await view.page.keyboard.press('Escape')
  await areSelected(0)
})
