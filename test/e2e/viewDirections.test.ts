// Names, paths and pages that are read from right to left: the page alone, in a real browser.
import type { Locator } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobInfo } from '../../src/api'
import type { JobRow } from '../../src/core/protocol/facts'
import { jobRow } from '../support/jobRow'
import { ViewPage } from '../support/viewPage'

const HEBREW = 'ניתוח תמונות'

let view: ViewPage

beforeEach(async () => {
  view = await ViewPage.open({ width: 420, height: 600 })
})
afterEach(() => view?.close())

const hebrewRow = (more: Partial<JobInfo>): JobRow =>
  jobRow({
    name: HEBREW,
    command: ['smooth.py', 'בדיקה/נתונים.nii', '--radius', '5'],
    cwd: '/מחקר/נתונים',
    ...more,
  })

async function show(row: JobRow): Promise<void> {
  await view.sendState({ counts: { [row.job.state]: 1 } })
  await view.sendRows([row])
  await view.page.locator('.row').click()
  await view.page.locator('.details dl').waitFor()
}

async function readFromRightToLeft(): Promise<void> {
  await view.page.evaluate(() => {
    document.documentElement.dir = 'rtl'
  })
}

/** The edges of the letters themselves, not of the box around them. */
async function edges(element: Locator, from = 0, to?: number): Promise<{ left: number; right: number }> {
  return element.evaluate(
    (node, [start, end]) => {
      const range = document.createRange()
      const text = document.createTreeWalker(node, NodeFilter.SHOW_TEXT).nextNode() as Text
      range.setStart(text, start as number)
      range.setEnd(text, end ?? text.length)
      const { left, right } = range.getBoundingClientRect()
      return { left, right }
    },
    [from, to] as const,
  )
}

const name = () => view.page.locator('.row .name')
const description = () => view.page.locator('.row .description')
const fact = (label: string) => view.page.locator('.details dt', { hasText: label }).locator('+ dd')

test('what begins with a number stays behind a name in Hebrew', async () => {
  await show(hebrewRow({ progress: { fraction: 0.42, message: 'smoothing' } }))
  expect(await description().textContent()).toBe('42%, smoothing')
  const percent = await edges(description(), 0, 3)
  expect(percent.left).toBeGreaterThan((await edges(name())).right)
  expect((await edges(description(), 4)).left).toBeGreaterThan(percent.left)
  await view.page.screenshot({ path: '.vscode-test/screenshots/direction-name.png' })
})

test('in a page from right to left the row is the other way round, and its words are not', async () => {
  await readFromRightToLeft()
  await show(
    hebrewRow({
      state: 'failed',
      error: { kind: 'exit', message: 'Exit code 3.' },
      lastErrorLine: 'ValueError: bad header',
    }),
  )
  const icon = await view.page.locator('.row .icon').boundingBox()
  const [named, described] = [await edges(name()), await edges(description())]
  expect(icon?.x).toBeGreaterThan(named.right)
  expect(named.left).toBeGreaterThan(described.right)
  // “exit” before “3”, as in every text of Latin letters
  expect((await edges(description(), 0, 4)).right).toBeLessThan((await edges(description(), 5, 6)).right)
  await view.page.screenshot({ path: '.vscode-test/screenshots/direction-page.png' })
})

test('commands and paths are read from left to right, whatever their letters', async () => {
  for (const turn of [async () => undefined, readFromRightToLeft]) {
    await turn()
    await show(hebrewRow({}))
    for (const [label, end] of [
      ['Command', 'smooth.py'.length],
      ['Folder', 1], // the slash
    ] as const) {
      const [beginning, rest] = [await edges(fact(label), 0, end), await edges(fact(label), end + 1)]
      expect(beginning.right, label).toBeLessThanOrEqual(rest.left)
    }
    // with the labels in one column
    const [command, folder] = [await fact('Command').boundingBox(), await fact('Folder').boundingBox()]
    expect(command?.x).toBe(folder?.x)
  }
  await view.page.screenshot({ path: '.vscode-test/screenshots/direction-facts.png' })
})

test('a long name in Hebrew keeps its end in sight', async () => {
  await show(hebrewRow({ name: `${HEBREW} ${HEBREW} ${HEBREW} ${HEBREW} ${HEBREW} סוף` }))
  const [head, tail] = [
    await view.page.locator('.row .head').boundingBox(),
    await view.page.locator('.row .tail').boundingBox(),
  ]
  expect((tail?.x ?? 0) + (tail?.width ?? 0)).toBeLessThanOrEqual((head?.x ?? 0) + 1)
  await view.page.screenshot({ path: '.vscode-test/screenshots/direction-long.png' })
})
