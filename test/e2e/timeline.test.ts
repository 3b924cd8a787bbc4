// The timeline in an editor of the real VS Code: what it shows, where it leads to by mouse and by keyboard, that it is restored;
// and the report of a batch.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { HeadlessJobsApi } from '../../src/api'
import { pause } from '../../src/core/base/pause'
import { root } from '../support/tools'
import { until } from '../support/until'
import type { TestWindow } from '../support/window'
import { findings } from './accessibility'
import { openBeside } from './beside'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

/** A moment in which VS Code may write down its tabs. */
const SAVED_MS = 5000
/** The middle of the first lane, CSS pixels. */
const FIRST_LANE = 35
const themes = ['Light Modern', 'Dark High Contrast', 'Light High Contrast', 'Dark Modern']

let workbench: Workbench
let view: JobsView
let other: TestWindow
let api: HeadlessJobsApi

beforeAll(async () => {
  workbench = await openWorkbench({ settings: { 'headlessJobs.concurrency': 2 } })
})
afterAll(() => workbench?.close())
beforeEach(async () => {
  await workbench.reset()
  view = await JobsView.openEmpty(workbench)
  other = openBeside(workbench)
  api = other.api
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-timeline-${task.name.slice(0, 20)}`)
  other.client.dispose()
})

const sleeps = (name: string, seconds: number, exit = 0) => ({
  name,
  command: ['sh', '-c', `sleep ${seconds}; [ ${exit} = 0 ] || echo "no header" >&2; exit ${exit}`],
})

const page = () => workbench.webviewEditor().locator('main.timeline')
const canvas = () => page().locator('canvas')
const chosen = () => page().locator('.what')

async function openTimeline(): Promise<Locator> {
  await workbench.command('Headless Jobs: Open Timeline')
  await canvas().waitFor({ timeout: UI_LIMIT_MS })
  return page()
}

/** Reloads the window when VS Code may have written down its tabs, as it does every few seconds. */
async function isThereAfterReload(tab: string): Promise<boolean> {
  await hasTab(tab)
  await pause(SAVED_MS)
  await workbench.reload()
  await view.ready()
  return workbench.page.locator('.tab', { hasText: tab }).isVisible()
}

/** Until the timeline says so of its jobs. */
async function shows(counts: string): Promise<void> {
  await page().locator('.summary', { hasText: counts }).waitFor({ timeout: UI_LIMIT_MS })
}

async function hasTab(title: string): Promise<void> {
  const tab = workbench.page.locator('.editor-group-container.active .tab.active', { hasText: title })
  await tab.waitFor({ timeout: UI_LIMIT_MS })
}

async function chooses(text: RegExp): Promise<void> {
  await until(
    async () => text.test((await chosen().textContent())?.trim() ?? ''),
    UI_LIMIT_MS,
    `${text} as the chosen bar`,
  )
}

test('bars come while jobs run, and a click on one leads to its job and its output', async () => {
  const running = api.submit({ name: 'runs', command: ['sh', '-c', 'echo here I am; sleep 600'] })
  await until(() => running.info.state === 'running', UI_LIMIT_MS, 'the running job')
  await openTimeline()
  await shows('1 running')
  await canvas().click({ position: { x: 300, y: FIRST_LANE } })
  await chooses(/^runs.*running/s)
  await page().getByRole('button', { name: 'Show Output' }).click()
  await until(async () => (await workbench.editorText()).includes('here I am'), UI_LIMIT_MS, 'the output')
  await openTimeline()
  await canvas().dblclick({ position: { x: 300, y: FIRST_LANE } })
  await until(
    async () => (await view.filter.inputValue({ timeout: UI_LIMIT_MS })) === `id:${running.id}`,
    UI_LIMIT_MS,
    'the job in the list',
  )
  await view.row('runs').waitFor('running')
})

test('by keyboard: from bar to bar, to the failure, to the job; zoom and what is in sight', async () => {
  const batch = api.submitBatch(
    [sleeps('one', 0.2), sleeps('two', 0.2, 1), sleeps('three', 0.2), sleeps('four', 0.2)],
    {
      name: 'four jobs',
    },
  )
  await batch.completed
  await openTimeline()
  await shows('3 succeeded, 1 failed')
  await canvas().focus()
  const press = (key: string) => workbench.page.keyboard.press(key)
  await press('Home')
  await chooses(/^(one|two)/)
  await press('ArrowRight')
  await chooses(/^(three|four)/)
  await press('F8')
  await chooses(/^two.*exit 1: no header$/s)
  const all = page().getByRole('button', { name: 'All', exact: true })
  await press('+')
  await until(
    async () => (await page().locator('[aria-pressed="true"]').count()) === 0,
    UI_LIMIT_MS,
    'a zoomed timeline',
  )
  await press('0')
  await until(async () => (await all.getAttribute('aria-pressed')) === 'true', UI_LIMIT_MS, 'all of the time')
  await press('Enter')
  const failed = batch.jobs.find(job => job.info.state === 'failed')
  await until(
    async () => (await view.filter.inputValue({ timeout: UI_LIMIT_MS })) === `id:${failed?.id}`,
    UI_LIMIT_MS,
    'the failed job in the list',
  )
})

test('a batch has a timeline of its own, which a reload of the window restores', async () => {
  await api.submit(sleeps('alone', 0.1)).result
  const batch = api.submitBatch([sleeps('a', 0.1), sleeps('b', 0.1, 1)], { name: 'volumes' })
  await batch.completed
  const isRestored = async () => {
    await view.row('volumes').choose('Open Timeline')
    await shows('1 succeeded, 1 failed')
    return isThereAfterReload('Timeline: volumes')
  }
  await until(isRestored, UI_LIMIT_MS, 'the tab after a reload')
  await shows('1 succeeded, 1 failed')
  expect(await canvas().getAttribute('aria-label')).toBe('Timeline of volumes')
})

test('what it shows is clear to everyone, in each theme', async () => {
  const batch = api.submitBatch(
    Array.from({ length: 40 }, (_, i) => sleeps(`job ${i}`, 0.1 + (i % 5) / 10, i % 9 === 4 ? 1 : 0)),
    { name: 'forty' },
  )
  await batch.completed
  api.submit(sleeps('goes on', 600))
  const stopped = api.submit(sleeps('is stopped', 600))
  await until(() => stopped.info.state === 'running', UI_LIMIT_MS, 'the running job')
  await stopped.cancel()
  await openTimeline()
  await shows('1 cancelled')
  for (const theme of themes) {
    await workbench.chooseTheme(theme)
    await canvas().hover({ position: { x: 200, y: FIRST_LANE } })
    await workbench.screenshot(`timeline-${theme.replaceAll(' ', '-').toLowerCase()}`)
    const frame = await (await page().elementHandle({ timeout: UI_LIMIT_MS }))?.ownerFrame()
    expect(frame && (await findings(frame))).toEqual([])
  }
})

test('the tab of a report is restored by a reload, and says so when its file has gone', async () => {
  const batch = api.submitBatch([sleeps('a', 0.1)], { name: 'cohort' })
  await batch.completed
  const shown = workbench.webviewEditor()
  let file = ''
  let tries = 0
  const isRestored = async () => {
    file = join(workbench.workspace, `cohort-${++tries}.html`)
    await view.row('cohort').choose('Export Batch Report…')
    await workbench.quickInput.waitForFile('.html')
    await workbench.quickInput.enter(file)
    await shown.getByRole('heading', { name: 'cohort' }).waitFor({ timeout: UI_LIMIT_MS })
    return isThereAfterReload('Report: cohort')
  }
  await until(isRestored, UI_LIMIT_MS, 'the tab after a reload')
  await shown.getByRole('heading', { name: 'cohort' }).waitFor({ timeout: UI_LIMIT_MS })
  rmSync(file)
  expect(await isThereAfterReload('Report: cohort')).toBe(true)
  await shown.getByText(`The report ${file} cannot be shown:`).waitFor({ timeout: UI_LIMIT_MS })
})

test('the report of a batch is one file with its picture and its failures in it', async () => {
  const batch = api.submitBatch([sleeps('a <b>', 0.1), sleeps('c', 0.1, 1)], { name: 'cohort & more' })
  await batch.completed
  await view.row('cohort & more').choose('Export Batch Report…')
  await workbench.quickInput.waitForFile('.html')
  const file = join(workbench.workspace, 'report.html')
  await workbench.quickInput.enter(file)
  const text = await until(() => readIfThere(file), UI_LIMIT_MS, 'the report')
  await hasTab('Report: cohort & more')
  await workbench.webviewEditor().getByRole('heading', { name: 'cohort & more' }).waitFor({ timeout: UI_LIMIT_MS })
  expect(text).toContain('<h1><bdi>cohort &amp; more</bdi></h1>')
  expect(text).toContain('1 ×')
  expect(text).toContain('no header')
  expect(text.match(/<rect class="(succeeded|failed)"/g)).toHaveLength(2)
  expect(text).not.toMatch(/(src|href|script)\b/)
  const tab = await workbench.page.context().newPage()
  await tab.goto(pathToFileURL(file).toString())
  await tab.screenshot({ path: join(root, '.vscode-test', 'screenshots', 'report.png'), fullPage: true })
  expect(await tab.locator('td bdi', { hasText: 'a <b>' }).count()).toBe(1)
  await tab.close()
})

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').includes('</html>') ? readFileSync(file, 'utf8') : undefined
  } catch {
    return undefined
  }
}
