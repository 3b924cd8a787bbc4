// What a press of a button does to the button itself, in the page alone: it becomes another one in its place, or goes.
import type { Locator } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobState } from '../../src/api'
import { jobRow } from '../support/jobRow'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { UI_LIMIT_MS } from './quickInput'

let view: ViewPage

beforeEach(async () => {
  view = await ViewPage.open()
})
afterEach(() => view?.close())

/** The second press of a double click, when what the first one did is shown already. */
async function pressAgain(place: Locator): Promise<void> {
  await place.hover()
  await view.page.mouse.down({ clickCount: 2 })
  await view.page.mouse.up({ clickCount: 2 })
}

test('a double click on Cancel does not run the job again, and one on Rerun cancels nothing', async () => {
  const button = (name: string) => view.page.locator('.details').getByRole('button', { name, exact: true })
  const actions = async () => (await view.sent()).flatMap(sent => (sent.type === 'rowAction' ? [sent.action] : []))
  const become = async (state: JobState) => view.sendRows([jobRow({ id: 'a', state })])
  await view.sendState({})
  await become('running')
  await view.page.locator('[data-key="job:a"] .name').click()
  await button('Cancel').click()
  await become('cancelled')
  await pressAgain(button('Rerun'))
  await button('Rerun').click()
  await become('running')
  await pressAgain(button('Cancel'))
  await button('Cancel').click()
  expect(await actions()).toEqual(['cancel', 'rerun', 'cancel'])
})

test('a double click on Pause This Queue does not resume it', async () => {
  const button = (name: string) => view.page.locator('#queue-lab').getByRole('button', { name, exact: true })
  const pauses = async () => (await view.sent()).flatMap(sent => (sent.type === 'pauseQueue' ? [sent.paused] : []))
  const become = (more: { paused?: true }) => {
    const idle = { kind: 'local', used: 0, running: 0, queued: 0 } as const
    return view.sendState({
      queues: [
        { name: 'local', ...idle },
        { name: 'lab', ...idle, ...more },
      ],
    })
  }
  await become({})
  await view.page.getByRole('button', { name: '2 queues' }).click()
  await button('Pause This Queue').click()
  await become({ paused: true })
  await pressAgain(button('Resume This Queue'))
  await button('Resume This Queue').click()
  expect(await pauses()).toEqual([true, false])
})

const named = (name: string) => view.page.getByRole('button', { name, exact: true })
const treeHasKeyboard = () =>
  until(
    () => view.page.getByRole('tree', { name: 'Jobs' }).evaluate(tree => tree === document.activeElement),
    UI_LIMIT_MS,
    'the keyboard in the tree',
  )

test('the keyboard goes to the tree when the button that has it goes', async () => {
  await view.sendState({ paused: true, undelivered: 1 })
  await view.sendRows([jobRow()])
  await named('Resume').press('Enter')
  await view.waitForSent(sent => sent.type === 'viewAction' && sent.action === 'resumeQueue')
  await view.sendState({ undelivered: 1 })
  await treeHasKeyboard()
  await named('Deliver Again').press('Enter')
  await view.sendState({})
  await treeHasKeyboard()
})

test('what is typed on into a field that has gone is no key of the tree', async () => {
  await view.sendState({})
  await view.sendRows([jobRow()])
  await view.send({ type: 'find' })
  await view.page.locator('search.find input').pressSequentially('sub')
  await view.send({ type: 'state', service: 'failed', trusted: true, now: Date.now() })
  await named('Try Again').waitFor()
  await view.sendState({})
  await view.sendRows([jobRow()])
  await view.page.getByRole('tree', { name: 'Jobs' }).waitFor()
  expect(await view.page.evaluate(() => document.activeElement === document.body)).toBe(true)
})

test('and waits for the tree where there is none yet', async () => {
  await view.send({ type: 'state', service: 'failed', trusted: true, now: Date.now() })
  await named('Try Again').press('Enter')
  await view.waitForSent(({ type }) => type === 'connect')
  await view.send({ type: 'state', service: 'connecting', trusted: true, now: Date.now() })
  await named('Try Again').waitFor({ state: 'detached' })
  await view.sendState({})
  await view.sendRows([jobRow()])
  await treeHasKeyboard()
})
