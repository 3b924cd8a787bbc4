// The page of the view alone, in a real browser: how it shows progress and warm workers, and what it requests.
import type { Locator } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BatchInfo, BatchRow, JobRow, Row, WorkerInfo } from '../../src/core/protocol/facts'
import { jobRow } from '../support/jobRow'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { findings } from './accessibility'
import { UI_LIMIT_MS } from './quickInput'

const MB = 1024 * 1024
const alone = { place: 0, places: 1 }

function batchRow(more: Partial<BatchInfo>): Row {
  const batch = { id: 'b1', name: 'cohort', owner: 'x.y', sealed: 'complete', total: 10, submittedAt: 0 } as const
  return { kind: 'batch', batch: { ...batch, counts: {}, ...more }, expanded: false, ...alone }
}

function worker(id: string, more: Partial<WorkerInfo> = {}): WorkerInfo {
  return { id, name: id, state: 'idle', command: [`${id}.py`], served: 1, memoryBytes: 90 * MB, ...more }
}

const two = [worker('segment'), worker('denoise', { state: 'busy', pid: 42, served: 37 })]

let view: ViewPage

beforeEach(async () => {
  view = await ViewPage.open()
})
afterEach(() => view?.close())

const section = () => view.page.getByRole('region', { name: 'Warm workers' })
const fold = () => section().getByRole('button', { name: /warm worker/, expanded: false })
const unfolded = () => section().getByRole('button', { name: /warm worker/, expanded: true })
const list = () => view.page.getByRole('tree', { name: 'Warm workers' })
const jobs = () => view.page.getByRole('tree', { name: 'Jobs' })
const row = (id: string) => list().locator(`#worker-${id}`)

async function openList(workers: readonly WorkerInfo[] = two): Promise<void> {
  await view.sendState({ workers })
  await fold().click()
  await list().waitFor()
}

const stops = async () => (await view.sent()).filter(({ type }) => type === 'stopWorkers')

/** Which part of an element's width another one takes. */
async function share(part: Locator, whole: Locator): Promise<number> {
  const [a, b] = await Promise.all([part.boundingBox(), whole.boundingBox()])
  return (a?.width ?? Number.NaN) / (b?.width ?? Number.NaN)
}

test('the bar of a job is filled as far as the job reports', async () => {
  await view.sendState({})
  await view.sendRows([jobRow({ progress: { fraction: 0.25, message: 'reading' } })])
  const bar = jobs().locator('.bar')
  await bar.waitFor()
  expect(await share(bar.locator('.done'), bar)).toBeCloseTo(0.25, 1)
  await view.sendRows([jobRow({ progress: { fraction: 0.75, message: 'writing' } })])
  await until(async () => (await share(bar.locator('.done'), bar)) > 0.7, UI_LIMIT_MS, 'a fuller bar')
  expect(await jobs().locator('.description').textContent()).toBe('75%, writing')
  await view.sendRows([jobRow({ state: 'finishing', progress: { fraction: 1 } })])
  await bar.waitFor({ state: 'detached' })
})

test('the bar of a batch moves while its jobs run', async () => {
  const counts = { succeeded: 4, running: 4, queued: 2 }
  await view.sendState({})
  await view.sendRows([batchRow({ counts })])
  const running = jobs().locator('.bar .running')
  await running.waitFor()
  expect(await share(running.locator('.done'), running)).toBe(0)
  expect(await share(running, jobs().locator('.bar'))).toBeCloseTo(0.4, 1)
  await view.sendRows([batchRow({ counts, progressOfRunning: 2 })])
  const half = async () => Math.abs((await share(running.locator('.done'), running)) - 0.5) < 0.02
  await until(half, UI_LIMIT_MS, 'half of what runs')
  expect(await jobs().locator('.description').textContent()).toBe('60%, 4 running, 2 queued')
})

test('a row has its tooltip under the mouse, and for a screen reader while it is active', async () => {
  await view.sendState({})
  await view.sendRows(['a', 'b', 'c'].map((id, place) => ({ ...jobRow({ id }), place, places: 3 })))
  const described = () =>
    jobs()
      .locator('.row[title]')
      .evaluateAll(rows => rows.map(element => (element as HTMLElement).dataset.key))
  const holds = (keys: string[]) =>
    until(async () => String(await described()) === String(keys), UI_LIMIT_MS, `the tooltips of ${keys}`)
  const of = (id: string) => jobs().locator(`[data-key="job:${id}"]`)
  await of('c').waitFor()
  await holds([])
  await of('b').hover()
  await holds(['job:b'])
  expect(await of('b').getAttribute('title')).toContain('\n')
  await of('c').hover()
  await holds(['job:c'])
  await jobs().focus()
  await holds(['job:a', 'job:c'])
  await view.page.keyboard.press('ArrowDown')
  await holds(['job:b', 'job:c'])
})

test('keys that come before the rows of an unfolded batch are about those rows', async () => {
  const inner = (name: string): Row => ({ ...(jobRow({ id: name, name }) as JobRow), depth: 1, parent: 0 })
  const folded: Row[] = [batchRow({ total: 2 }), jobRow({ id: 'next', name: 'next' })]
  const active = () => jobs().locator('.row.active .name').textContent()
  await view.sendState({})
  await view.sendRows(folded)
  for (const key of ['Home', 'ArrowRight', 'ArrowDown', 'ArrowDown']) await jobs().press(key)
  expect(await active()).toBe('cohort')
  await view.sendRows(folded) // an update of the rows that were asked for before
  expect(await active()).toBe('cohort')
  await view.sendRows([{ ...(folded[0] as BatchRow), expanded: true }, inner('a'), inner('b'), folded[1] as Row])
  await until(async () => (await active()) === 'b', UI_LIMIT_MS, 'the second job of the batch')
  for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowDown']) await jobs().press(key)
  await until(async () => (await active()) === 'cohort', UI_LIMIT_MS, 'the batch')
  await view.sendRows(folded)
  await until(async () => (await active()) === 'next', UI_LIMIT_MS, 'the job after the folded batch')
})

test('keys wait in vain for rows that do not come, but not for ever', async () => {
  await view.sendState({})
  await view.sendRows([batchRow({ total: 2 }), jobRow({ id: 'next', name: 'next' })])
  for (const key of ['Home', 'ArrowRight', 'ArrowDown']) await jobs().press(key)
  await until(
    async () => (await jobs().locator('.row.active .name').textContent()) === 'next',
    UI_LIMIT_MS,
    'the next row',
  )
})

test('a double click unfolds a batch, and folds it not again', async () => {
  await view.sendState({})
  await view.sendRows([batchRow({ total: 2 })])
  await jobs().locator('.row .name').dblclick()
  const queries = async () => (await view.sent()).filter(message => message.type === 'query')
  await until(async () => (await queries()).length > 1, UI_LIMIT_MS, 'a query of its jobs')
  expect((await queries()).at(-1)?.query.expanded).toEqual(['b1'])
})

test('a click without a mouse, as of a screen reader, unfolds a batch', async () => {
  await view.sendState({})
  await view.sendRows([batchRow({ total: 2 })])
  await jobs().locator('.row .name').dispatchEvent('click')
  await view.waitForSent(sent => sent.type === 'query' && sent.query.expanded.includes('b1'))
})

test.each([240, 320])('in a side bar of %i pixels the long name of a job keeps its telling end', async width => {
  await view.page.setViewportSize({ width, height: 600 })
  const name = 'derivatives/freesurfer/study-with-a-long-name/sub-001_ses-02_T1w.nii.gz'
  await view.sendState({})
  await view.sendRows([
    jobRow({ id: 'a', name }),
    jobRow({ id: 'b', name, state: 'failed', error: { kind: 'exit', message: 'Exit code 3.' }, lastErrorLine: 'no' }),
    { ...(batchRow({ name, counts: { succeeded: 9, failed: 1 } }) as BatchRow) },
  ])
  const names = jobs().locator('.row .name')
  expect(await names.allTextContents()).toEqual([name, name, name])
  for (const label of await jobs().locator('.row[data-key^="job:"] .label').all()) {
    const [tail, box] = [await label.locator('.tail').boundingBox(), await label.boundingBox()]
    expect(
      (tail?.width ?? 0) > 40 && (tail?.x ?? 0) + (tail?.width ?? 0) <= (box?.x ?? 0) + (box?.width ?? 0) + 1,
    ).toBe(true)
  }
  await view.page.screenshot({ path: `.vscode-test/screenshots/names-${width}.png` })
})

test('warm workers are a folded line below the jobs, which stay where they are', async () => {
  await view.sendState({})
  await view.sendRows([jobRow({})])
  const job = jobs().getByRole('treeitem')
  const before = await job.boundingBox()
  expect(await section().count()).toBe(0)
  await view.sendState({ workers: two })
  await fold().waitFor()
  expect((await fold().textContent())?.trim()).toBe('2 warm workers, 1 busy')
  expect(await section().locator('.fold .end').textContent()).toBe('180 MB')
  expect(await list().count()).toBe(0)
  await fold().click()
  await list().waitFor()
  expect(await job.boundingBox()).toEqual(before)
  expect(await list().locator('.name').allTextContents()).toEqual(['segment', 'denoise'])
  expect(await row('denoise').locator('.description').textContent()).toBe('busy, 37 done, pid 42')
  await view.sendState({})
  await section().waitFor({ state: 'detached' })
})

test('whether they are unfolded is kept when the page is made anew', async () => {
  await openList()
  const isKept = () =>
    view.page.evaluate(() => sessionStorage.getItem('state')?.includes('"workersOpen":true') === true)
  await until(isKept, UI_LIMIT_MS, 'the state of the page')
  await view.reload()
  await view.sendState({ workers: two })
  await unfolded().waitFor()
  await list().waitFor()
})

test('the buttons stop one worker or all, and are there for the mouse and the keyboard', async () => {
  await openList()
  await view.page.mouse.move(5, 5)
  const button = row('denoise').getByRole('button', { name: 'Stop Worker' })
  expect(await button.isVisible()).toBe(false)
  await row('denoise').hover()
  await button.click()
  expect(await stops()).toEqual([{ type: 'stopWorkers', ids: ['denoise'] }])
  await view.page.keyboard.press('Shift+Tab') // the line itself; it shows its button while it has the focus
  await view.page.keyboard.press('Tab')
  await view.page.keyboard.press('Enter')
  expect((await stops()).slice(1)).toEqual([{ type: 'stopWorkers' }])
})

test('keys move among the rows, and Delete stops the one with the focus', async () => {
  await openList([...two, worker('old', { state: 'stopping' })])
  const active = () => list().getAttribute('aria-activedescendant')
  const press = async (key: string, id: string) => {
    await view.page.keyboard.press(key)
    await until(async () => (await active()) === `worker-${id}`, UI_LIMIT_MS, `${id} active`)
  }
  await list().focus()
  await press('ArrowDown', 'denoise')
  await press('End', 'old')
  await press('ArrowDown', 'old')
  await view.page.keyboard.press('Delete') // it is stopping already
  await press('Home', 'segment')
  await press('ArrowUp', 'segment')
  await view.page.keyboard.press('Delete')
  await press('ArrowDown', 'denoise')
  await view.page.keyboard.press('Tab')
  await view.page.keyboard.press('Space')
  expect(await stops()).toEqual([
    { type: 'stopWorkers', ids: ['segment'] },
    { type: 'stopWorkers', ids: ['denoise'] },
  ])
})

test('the focus stays with its worker, moves on when that goes, and to the jobs when all have gone', async () => {
  await view.sendRows([jobRow({})])
  await openList()
  await list().focus()
  await view.page.keyboard.press('End')
  const isActive = (id: string) =>
    list()
      .and(view.page.locator(`[aria-activedescendant="worker-${id}"]`))
      .waitFor()
  await isActive('denoise')
  await view.sendState({ workers: [worker('denoise')] })
  await row('segment').waitFor({ state: 'detached' })
  await isActive('denoise')
  await view.sendState({ workers: [worker('another')] })
  await isActive('another')
  await view.sendState({})
  await until(() => jobs().evaluate(tree => tree === document.activeElement), UI_LIMIT_MS, 'the focus on the jobs')
})

test('many workers scroll in their own part, and leave the jobs most of the room', async () => {
  await view.sendRows([jobRow({})])
  await openList(Array.from({ length: 50 }, (_, n) => worker(`w${n}`)))
  const [whole, part] = await Promise.all([view.page.locator('main').boundingBox(), section().boundingBox()])
  expect(part?.height).toBeLessThanOrEqual(0.4 * (whole?.height ?? 0) + 1)
  await list().focus()
  await view.page.keyboard.press('End')
  await until(() => row('w49').evaluate(isInSight), UI_LIMIT_MS, 'the last worker in sight')
})

function isInSight(element: Element): boolean {
  const [own, around] = [element.getBoundingClientRect(), element.parentElement?.getBoundingClientRect()]
  return around !== undefined && own.top >= around.top && own.bottom <= around.bottom + 1
}

test.each([320, 180])(
  '%i pixels wide, it has no serious fault of accessibility and nothing sticks out',
  async width => {
    await view.page.setViewportSize({ width, height: 600 })
    await view.sendRows([jobRow({ progress: { fraction: 0.5 } }), batchRow({ counts: { running: 1, queued: 9 } })])
    await openList([
      ...two,
      worker('starts', { state: 'starting' }),
      worker('wide', { name: 'a very long name '.repeat(9) }),
    ])
    await row('segment').hover()
    expect(await findings(view.page.mainFrame())).toEqual([])
    const sticksOut = await view.page.evaluate(
      () => [...document.querySelectorAll('.row, .fold')].filter(row => row.scrollWidth > row.clientWidth).length,
    )
    expect(sticksOut).toBe(0)
  },
)

test.each([240, 320])(
  'in a side bar of %i pixels a result that was not delivered takes the place of the state',
  async width => {
    await view.page.setViewportSize({ width, height: 600 })
    await view.sendState({ undelivered: 1 })
    const refused = { resultHandler: 'lab.scans/take', delivery: 'undelivered', deliveryError: 'no' } as const
    await view.sendRows([jobRow({ state: 'succeeded', ...refused })])
    const mark = jobs().locator('.mark')
    await mark.waitFor()
    expect(await mark.textContent()).toBe('result not delivered to lab.scans: no')
    expect(await jobs().locator('.description').isVisible()).toBe(false)
    const [name, shown] = [await jobs().locator('.name').boundingBox(), await mark.boundingBox()]
    expect(name?.width).toBeGreaterThan(30)
    expect(shown?.x).toBeLessThan(width / 2)
    expect(await findings(view.page.mainFrame())).toEqual([])
    await view.page.getByRole('button', { name: 'Deliver Again' }).click()
    await view.waitForSent(message => message.type === 'viewAction' && message.action === 'deliverAgain')
  },
)
