// The page in a side bar of 200 pixels, which is also one of 400 at a zoom of 200 %: nothing that matters is cut off.
import type { Locator } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BatchRow } from '../../src/core/protocol/facts'
import { jobRow } from '../support/jobRow'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { UI_LIMIT_MS } from './quickInput'

const WIDTH = 200

const cohort: BatchRow = {
  kind: 'batch',
  expanded: false,
  place: 1,
  places: 2,
  batch: {
    id: 'b1',
    name: 'cohort of 200 volumes',
    owner: 'x.y',
    sealed: 'complete',
    total: 200,
    submittedAt: 0,
    counts: { succeeded: 120, failed: 3, running: 2, queued: 75 },
  },
}

let view: ViewPage

beforeEach(async () => {
  view = await ViewPage.open({ width: WIDTH, height: 600 })
  await view.sendState({
    counts: { running: 2, queued: 75, failed: 3 },
    concurrency: 16,
    paused: true,
    undelivered: 2,
  })
  await view.sendRows([jobRow({ name: 'smooth sub-001_T1w.nii.gz' }), cohort])
})
afterEach(() => view?.close())

/** Whether all of it is in sight. */
async function isWhole(element: Locator): Promise<boolean> {
  return element.evaluate((node, width) => {
    const { left, right, height } = node.getBoundingClientRect()
    return height > 0 && left >= 0 && right <= width && node.scrollWidth <= node.clientWidth
  }, WIDTH)
}

test('the field of jobs at once has its label and its buttons', async () => {
  const field = view.page.locator('.concurrency')
  await field.getByText('at once').waitFor({ timeout: UI_LIMIT_MS })
  expect(await isWhole(field)).toBe(true)
  for (const name of ['Fewer jobs at once', 'More jobs at once'])
    expect(await view.page.getByLabel(name).isVisible(), name).toBe(true)
})

test('the strip shows that jobs have failed', async () => {
  const failed = view.page.locator('.summary').getByText('3 failed')
  await failed.waitFor({ timeout: UI_LIMIT_MS })
  expect(await isWhole(failed)).toBe(true)
  expect(await isWhole(view.page.locator('.summary'))).toBe(true)
})

test('the row of a batch shows how many have failed', async () => {
  const counts = view.page.locator('.row .counts')
  expect(await counts.locator('.count').allTextContents()).toEqual(['120', '3'])
  expect(await isWhole(counts)).toBe(true)
  await view.page.screenshot({ path: '.vscode-test/screenshots/narrow-rows.png' })
})

test('the words of a notice are whole', async () => {
  for (const text of await view.page.locator('.banner .text').all())
    expect((await text.boundingBox())?.width).toBeGreaterThan(120)
})

test('beside a filter, notices and details there is still a row to be seen', async () => {
  await view.send({ type: 'find' })
  await view.page.locator('.row').first().click()
  await view.page.locator('.details.open').waitFor({ timeout: UI_LIMIT_MS })
  const shown = async () => (await view.page.locator('.tree').boundingBox())?.height ?? 0
  await until(async () => (await shown()) >= 22, UI_LIMIT_MS, 'room for a row')
  const last = await view.page.locator('.details').boundingBox()
  expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(600)
  await view.page.screenshot({ path: '.vscode-test/screenshots/narrow-details.png' })
})
