// The filter of the view's page alone, in a real browser: what it asks for, and rows that come late or from an older service.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobInfo } from '../../src/api'
import type { Row } from '../../src/core/protocol/facts'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { UI_LIMIT_MS } from './quickInput'

function jobRow(id: string, more: Partial<JobInfo> = {}): Row {
  const job = { id, name: id, state: 'failed', command: ['a'], cwd: '/', attempts: 1, stdoutBytes: 0, stderrBytes: 0 }
  return { kind: 'job', job: { ...job, ...more } as unknown as JobInfo, depth: 0, place: 0, places: 1 }
}

let view: ViewPage

beforeEach(async () => {
  view = await ViewPage.open()
  await view.sendState({ counts: { failed: 2, succeeded: 19_998, running: 1 } })
  await view.sendRows([jobRow('a'), jobRow('b')], { serial: 1 })
  await tree().waitFor()
})
afterEach(() => view?.close())

const tree = () => view.page.getByRole('tree', { name: 'Jobs' })
const field = () => view.page.getByRole('combobox', { name: 'Find jobs', exact: true })
const names = () => tree().locator('.row .name').allTextContents()
const shows = (...expected: string[]) =>
  until(async () => (await names()).join() === expected.join(), UI_LIMIT_MS, `rows ${expected}`)

/** Resolves with the serial of the query for this text. */
async function asked(text: string): Promise<number> {
  const query = await until(
    async () => {
      const last = await view.lastQuery()
      return last?.find?.text === text && last
    },
    UI_LIMIT_MS,
    `a query for ${text}`,
  )
  return query.serial ?? 0
}

test('each character is asked for, one query at a time, and rows of an earlier one are not shown', async () => {
  await view.send({ type: 'find' })
  await field().fill('s')
  const first = await asked('s')
  await field().fill('su')
  await field().fill('sub')
  expect((await view.lastQuery())?.find?.text).toBe('s')
  await view.sendRows([jobRow('s1')], { serial: first, found: 1 })
  const last = await asked('sub')
  await view.sendRows([jobRow('late')], { serial: first, found: 1 })
  await view.sendRows([jobRow('sub-1'), jobRow('sub-2')], { serial: last, found: 2 })
  await shows('sub-1', 'sub-2')
  await view.sendRows([jobRow('late')], { serial: first, found: 1 })
  expect(await view.page.locator('.find .found').textContent()).toBe('2 of 20,001')
  await shows('sub-1', 'sub-2')
})

test('no character is lost, however soon it follows the key that opens the filter', async () => {
  await tree().focus()
  await view.page.evaluate(() => {
    const type = (key: string) =>
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
    for (const key of 'sub') type(key)
    window.postMessage([{ type: 'find' }], '*') // of Control+F, on its way while they were typed
  })
  await until(async () => (await field().inputValue()) === 'sub', UI_LIMIT_MS, 'the first characters')
  await until(() => field().evaluate(input => input === document.activeElement), UI_LIMIT_MS, 'the keyboard')
  await view.send({ type: 'find' })
  await view.page.keyboard.type('-1')
  await until(async () => (await field().inputValue()) === 'sub-1', UI_LIMIT_MS, 'all characters')
  await asked('sub-1')
})

test('a job service of an older version is said not to find', async () => {
  await view.send({ type: 'find', text: 'state:failed' })
  await asked('state:failed')
  await view.sendRows([jobRow('a'), jobRow('b')])
  const problem = view.page.getByRole('alert')
  await problem.waitFor()
  expect(await problem.textContent()).toMatch(/older version, which cannot find jobs: all are shown/)
})

test('a key about a row that is not there yet waits for it', async () => {
  const many = Array.from({ length: 200 }, (_, i) => jobRow(`j${i}`))
  await view.send({ type: 'find', text: 'j' })
  const serial = await asked('j')
  await view.sendRows(many, { serial, total: 1000, found: 1000 })
  await tree().focus()
  await view.page.keyboard.press('End')
  await view.page.keyboard.press('Enter')
  await until(async () => ((await view.lastQuery())?.from ?? 0) > 500, UI_LIMIT_MS, 'a query of the end')
  expect((await view.sent()).filter(({ type }) => type === 'rowAction')).toEqual([])
  const query = await view.lastQuery()
  const end = Array.from({ length: 1000 - (query?.from ?? 0) }, (_, i) => jobRow(`j${(query?.from ?? 0) + i}`))
  await view.sendRows(end, { from: query?.from ?? 0, serial: query?.serial ?? 0, total: 1000, found: 1000 })
  const sent = await view.waitForSent(({ type }) => type === 'rowAction')
  expect(sent).toEqual({ type: 'rowAction', action: 'showOutput', targets: [{ kind: 'job', id: 'j999' }] })
})

test('Enter and a double click on a failed job open what it says of its failure', async () => {
  await view.sendRows([jobRow('a', { stderrBytes: 5 }), jobRow('b', { stderrBytes: 5, state: 'succeeded' })], {
    serial: 1,
  })
  await tree().focus()
  await view.page.keyboard.press('Home')
  await view.page.keyboard.press('Enter')
  await tree().locator('[data-key="job:b"] .name').dblclick()
  await view.waitForSent(message => message.type === 'rowAction' && message.action === 'showOutput')
  const actions = (await view.sent()).flatMap(message => (message.type === 'rowAction' ? message.action : []))
  expect(actions).toEqual(['showErrors', 'showOutput'])
})

test('without a match it says so, and one click shows all jobs', async () => {
  await view.send({ type: 'find' })
  await field().fill('nothing')
  await view.sendRows([], { serial: await asked('nothing'), found: 0 })
  await view.page.getByRole('button', { name: 'Show all jobs' }).click()
  await until(async () => (await view.lastQuery())?.find === undefined, UI_LIMIT_MS, 'a query for all')
  expect(await field().inputValue()).toBe('')
})

test('what sorts and groups is shown by its boxes, also when something else than they has changed it', async () => {
  const sort = () => view.page.getByLabel('Sort jobs')
  const group = () => view.page.getByLabel('Group jobs')
  const boxesShow = (text: string, ...shown: string[]) =>
    until(
      async () => {
        const { order, group: grouping = '' } = (await view.lastQuery())?.find ?? {}
        const boxes = await Promise.all([sort().inputValue(), group().inputValue()])
        return `${boxes}` === `${shown}` && `${[order, grouping]}` === `${shown}`
      },
      UI_LIMIT_MS,
      `${shown} of ${text}`,
    )
  const choose = async (order: string, grouping: string) => {
    await sort().selectOption(order)
    await group().selectOption(grouping)
    await view.sendRows([], { serial: await asked('a'), found: 0 })
    await boxesShow('a', order, grouping)
  }
  await view.send({ type: 'find', text: 'a' })
  await view.sendRows([], { serial: await asked('a'), found: 0 })
  await choose('memory', 'state')
  await choose('newest', '')
  await choose('memory', 'state')
  await view.send({ type: 'find', text: 'b' }) // as a number in a row leads to its jobs
  await view.sendRows([], { serial: await asked('b'), found: 0 })
  await boxesShow('b', 'newest', '')
})

test('the page says when it has the keyboard', async () => {
  await view.waitForSent(message => message.type === 'focused' && message.focused)
})

for (const width of [200, 320, 900]) {
  test(`at ${width} pixels nothing of the filter is cut off`, async () => {
    await view.page.setViewportSize({ width, height: 600 })
    await view.send({ type: 'find', text: 'state:failed' })
    await view.sendRows([jobRow('a')], { serial: await asked('state:failed'), found: 1 })
    await shows('a')
    const cut = await view.page.locator('.find :is(button, select, input, .found)').evaluateAll(
      all =>
        all.filter(element => {
          const { right, left, width } = element.getBoundingClientRect()
          return width === 0 || left < 0 || right > innerWidth
        }).length,
    )
    expect(cut).toBe(0)
  })
}
