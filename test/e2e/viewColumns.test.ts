// The columns of a wide view: in the page alone which have room and where they stand, in the real VS Code how they are chosen.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { columns } from '../../src/core/pages/jobsPage'
import type { BatchInfo, Row } from '../../src/core/protocol/facts'
import { stateFolder } from '../../src/service/base/paths'
import { jobInfo } from '../support/jobInfo'
import { root } from '../support/tools'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { openWindow, type TestWindow } from '../support/window'
import { findings } from './accessibility'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const MB = 1024 ** 2
const started = new Date()
started.setHours(0, 0, 1)

const at = started.getTime()
const jobs = [
  jobInfo('a-long-name-of-a-volume-that-needs-room/sub-001_T1w.nii.gz', {
    startedAt: at,
    endedAt: at + 83_000,
    exitCode: 0,
    cpuSeconds: 75,
    peakMemoryBytes: 1800 * MB,
  }),
  jobInfo('killed', {
    state: 'failed',
    startedAt: at,
    endedAt: at + 9000,
    signal: 'SIGKILL',
    exitCode: null,
    earlierAttempts: 2,
  }),
  jobInfo('runs', {
    state: 'running',
    startedAt: at,
    memoryBytes: 300 * MB,
    peakMemoryBytes: 900 * MB,
    cpuSeconds: 3.44,
  }),
  jobInfo('waits', { state: 'queued', attempts: 0, reason: 'slot' }),
]
const batch: BatchInfo = {
  id: 'b',
  name: 'volumes',
  owner: 'x.y',
  sealed: 'complete',
  total: 3,
  submittedAt: 0,
  startedAt: at - 86_400_000,
  endedAt: at,
  counts: { succeeded: 2, failed: 1 },
}
const rows: Row[] = [
  ...jobs.map((info, place): Row => ({ kind: 'job', job: info, depth: 0, place, places: 5 })),
  { kind: 'batch', batch, expanded: false, place: 4, places: 5 },
]

describe('the page', () => {
  let view: ViewPage

  async function show(width: number, chosen: readonly (typeof columns)[number][] = columns): Promise<void> {
    view = await ViewPage.open({ width, height: 420 })
    await view.send({
      type: 'state',
      service: 'connected',
      trusted: true,
      now: Date.now(),
      columns: chosen,
      summary: { counts: { succeeded: 1 }, paused: false, concurrency: 2, concurrencyWhy: '2 cores', slotsTaken: 0 },
    })
    await view.sendRows(rows)
    await view.page.locator('.row').first().waitFor()
  }
  afterEach(() => view?.close())

  const header = () => view.page.locator('.columns')
  const names = async () => (await header().locator('.cell').allTextContents()).map(text => text.trim())
  const cells = (name: string) =>
    view.page
      .locator('.row')
      .filter({ has: view.page.getByText(name, { exact: true }) })
      .locator('.cell')
      .allTextContents()
  const right = async (element: Locator) => {
    const box = await element.boundingBox()
    return (box?.x ?? 0) + (box?.width ?? 0)
  }

  test('a wide view has what was chosen as a table, whose header stands above its cells', async () => {
    await show(1000)
    await header().waitFor()
    expect(await names()).toEqual(['Started', 'CPU', 'Memory', 'Attempt', 'Queue', 'Exit', 'Duration'])
    expect((await cells('killed')).slice(1)).toEqual(['', '', '3', 'local', 'SIGKILL'])
    expect((await cells('runs')).slice(1)).toEqual(['3.4s', '300 MB', '1', 'local', ''])
    expect(await cells('waits')).toEqual(['', '', '', '', 'local', ''])
    for (const column of columns) {
      const edges = await Promise.all(
        (await view.page.locator(`.cell.of-${column}`).all()).map(async cell => Math.round(await right(cell))),
      )
      expect(new Set(edges).size, column).toBe(1)
    }
    const ends = await Promise.all(
      [header().locator('.cell').last(), view.page.locator('.row .elapsed').first()].map(right),
    )
    expect(Math.abs((ends[0] ?? 0) - (ends[1] ?? 0))).toBeLessThan(1)
    expect(await view.page.locator('.row').first().textContent()).toContain('sub-001_T1w.nii.gz')
    expect(await findings(view.page.mainFrame())).toEqual([])
    await view.page.screenshot({ path: '.vscode-test/screenshots/columns-wide.png' })
  })

  test('the label of a row has the columns that are shown, and of a running job nothing that changes each second', async () => {
    await show(1000)
    await header().waitFor()
    const labels = await view.page
      .locator('.row')
      .evaluateAll(all => all.map(row => row.getAttribute('aria-label') ?? ''))
    expect(labels[0]).toMatch(
      /succeeded, 1m 23s, Started .+, CPU 1m 15s, Memory 1\.8 GB, Attempt 1, Queue local, Exit 0$/,
    )
    expect(labels[2]).toMatch(/, Started [^,]+$/)
    expect(labels[3]).not.toContain('Started')
  })

  test('a view that is less wide has the first of them, a narrow one none and is as before', async () => {
    await show(670)
    await header().waitFor()
    expect(await names()).toEqual(['Started', 'CPU', 'Duration'])
    await view.page.setViewportSize({ width: 320, height: 420 })
    await header().waitFor({ state: 'detached' })
    expect(await view.page.locator('.cell').count()).toBe(0)
    await view.page.setViewportSize({ width: 1000, height: 420 })
    await header().waitFor()
  })

  test('stays aligned beside a scroll bar', async () => {
    await show(1000)
    const many = Array.from({ length: 60 }, (_, place): Row => {
      const info = jobInfo(`j${place}`, { startedAt: at, endedAt: at + 5000, exitCode: 0 })
      return { kind: 'job', job: info, depth: 0, place, places: 60 }
    })
    // a browser without a screen has no scroll bars: a border takes as much room
    await view.page.evaluate(() => {
      const bar = new CSSStyleSheet()
      bar.replaceSync('.tree { border-inline-end: 14px solid }')
      document.adoptedStyleSheets.push(bar)
    })
    await view.sendRows(many)
    const isAligned = async () => {
      const [above, below] = [header().locator('.of-exit'), view.page.locator('.row .of-exit').first()]
      return Math.abs((await right(above)) - (await right(below))) < 1
    }
    await until(isAligned, UI_LIMIT_MS, 'a header above its column')
    const tree = view.page.getByRole('tree', { name: 'Jobs' })
    expect(await tree.evaluate(element => (element as HTMLElement).offsetWidth - element.clientWidth)).toBe(14)
  })

  test('without a column there is no header', async () => {
    await show(1000, [])
    expect(await header().count()).toBe(0)
  })
})

describe('the window', () => {
  let workbench: Workbench
  let view: JobsView
  let other: TestWindow

  beforeAll(async () => {
    workbench = await openWorkbench()
  })
  afterAll(() => workbench?.close())
  beforeEach(async () => {
    await workbench.reset()
    view = await JobsView.openEmpty(workbench)
    other = openWindow(stateFolder('', workbench.state.env), { version, workspace: workbench.workspaceKey })
  })
  afterEach(async ({ task }) => {
    other.client.dispose()
    if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewColumns-${task.name.slice(0, 20)}`)
  })

  const shown = async () => (await view.page.locator('.columns .cell').allTextContents()).map(text => text.trim())
  const shows = (...names: string[]) =>
    until(async () => (await shown()).join() === [...names, 'Duration'].join(), UI_LIMIT_MS, `the columns ${names}`)

  /** Draws the edge of the side bar to the right. */
  async function widen(): Promise<void> {
    const box = await workbench.page.locator('.part.sidebar').boundingBox()
    const edge = (box?.x ?? 0) + (box?.width ?? 0)
    await workbench.page.mouse.move(edge, 400)
    await workbench.page.mouse.down()
    await workbench.page.mouse.move(edge + 250, 400, { steps: 5 })
    await workbench.page.mouse.move(1200, 400, { steps: 5 })
    await workbench.page.mouse.up()
  }

  test('columns are chosen by keyboard from the palette and with the mouse from the menu of the view', async () => {
    other.api.submit({ name: 'exit 3', command: ['sh', '-c', 'exit 3'] })
    await view.row('exit 3').waitFor('failed')
    await widen()
    await shows('Started', 'CPU', 'Memory', 'Exit')
    expect(await view.row('exit 3').element.locator('.cell.of-exit').textContent()).toBe('3')
    await workbench.command('Headless Jobs: Choose Columns…')
    await workbench.quickInput.waitForTitle('Choose Columns')
    await workbench.quickInput.type('attempt')
    await workbench.page.keyboard.press('ArrowDown')
    await workbench.page.keyboard.press('Space')
    await workbench.quickInput.accept()
    await shows('Started', 'CPU', 'Memory', 'Attempt', 'Exit')
    await workbench.screenshot('columns-window')
    await view.pressTool('Views and More Actions...')
    await workbench.page.locator('.context-view .action-label', { hasText: /^Choose Columns…$/ }).click()
    await workbench.quickInput.waitForTitle('Choose Columns')
    await workbench.quickInput.row('CPU').click()
    await workbench.quickInput.row('Memory').click()
    await workbench.quickInput.press('OK')
    await shows('Started', 'Attempt', 'Exit')
  })
})
