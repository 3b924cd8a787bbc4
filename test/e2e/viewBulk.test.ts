// The order of jobs that wait, changed by mouse and by keyboard: of one row, of a selection, and of all that was found; and what of a
// selection is about the clicked row alone.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { HeadlessJobsApi } from '../../src/api'
import { until } from '../support/until'
import type { TestWindow } from '../support/window'
import { openBeside } from './beside'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

let workbench: Workbench
let view: JobsView
let other: TestWindow
let api: HeadlessJobsApi

beforeAll(async () => {
  workbench = await openWorkbench({ settings: { 'headlessJobs.concurrency': 1 } })
})
afterAll(() => workbench?.close())
beforeEach(async () => {
  await workbench.reset()
  view = await JobsView.openEmpty(workbench)
  other = openBeside(workbench)
  api = other.api
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewBulk-${task.name.slice(0, 20)}`)
  other.client.dispose()
})

/** One job runs, and these wait; resolves when they are in the view. */
async function queue(...names: string[]): Promise<void> {
  api.submit({ name: 'runs', command: ['sleep', '600'] })
  await view.row('runs').waitFor('running')
  await Promise.all(names.map(name => api.submit({ name, command: ['sleep', '600'] }).accepted))
  for (const name of names) await view.row(name).waitFor('queued')
}

/** The names of those that wait, in the order in which they will start. */
async function order(): Promise<string[]> {
  const { service } = other.client
  const { jobs } = await service.list({ filter: { all: true, states: ['queued'], limit: 1000 } })
  const turns = await Promise.all(
    jobs.map(async ({ id, name }) => ({ name, turn: (await service.place({ id }))?.turn?.place ?? 0 })),
  )
  return turns.sort((a, b) => a.turn - b.turn).map(({ name }) => name)
}
const orderIs = (...names: string[]) =>
  until(async () => (await order()).join() === names.join(), UI_LIMIT_MS, `the order ${names}`)

const inDetails = (text: string) => view.details.getByText(text).waitFor({ timeout: UI_LIMIT_MS })

test('a waiting job is moved to the front from its menu, and its details have its turn', async () => {
  await queue('a', 'b', 'c')
  await view.row('c').select()
  await inDetails('3rd of 3 in the queue')
  await workbench.screenshot('details-turn')
  await view.row('c').choose('Move to Front')
  await orderIs('c', 'a', 'b')
  await inDetails('1st of 3 in the queue')
  expect(await view.row('runs').menu()).not.toContain('Move to Front')
})

test('of a selection the clicked row is the one whose output is shown', async () => {
  const names = ['one', 'two']
  for (const name of names) await api.submit({ name, command: ['echo', name] }).result
  for (const name of names) await view.row(name).waitFor('succeeded')
  await view.row('one').select()
  await view
    .row('two')
    .element.locator('.name')
    .click({ modifiers: ['Control'], timeout: UI_LIMIT_MS })
  const areSelected = async () => (await view.row('one').isSelected()) && view.row('two').isSelected()
  await until(areSelected, UI_LIMIT_MS, 'two selected rows')
  await view.row('two').choose('Show Output')
  const editor = () => workbench.activeEditor()
  await until(async () => (await editor()).endsWith('.out'), UI_LIMIT_MS, 'an output')
  expect(await editor()).toBe('two.out')
})

test('a selection is moved by keyboard, and how many of it do not wait is said', async () => {
  await queue('a', 'b', 'c', 'd')
  await view.row('d').select()
  await view.press('Shift+ArrowDown')
  await view.press('Shift+F10')
  const focused = workbench.page.locator('.context-view .action-item.focused')
  const isMeant = async () => {
    if ((await focused.textContent({ timeout: UI_LIMIT_MS }))?.trim() === 'Move to Front') return true
    await workbench.page.keyboard.press('ArrowDown')
    return false
  }
  await workbench.page.locator('.context-view .action-item').first().waitFor({ timeout: UI_LIMIT_MS })
  await workbench.page.keyboard.press('ArrowDown')
  await until(isMeant, UI_LIMIT_MS, 'the item of the menu')
  await workbench.page.keyboard.press('Enter')
  await orderIs('c', 'd', 'a', 'b')
  await view.row('d').select()
  await view
    .row('b')
    .element.locator('.name')
    .click({ modifiers: ['Control'] })
  await view
    .row('runs')
    .element.locator('.name')
    .click({ modifiers: ['Control'] })
  await view.row('b').choose('Move to Front')
  await workbench.notifications.waitFor(/Moved 2 jobs to the front\. 1 other does not wait: it runs or has ended\./)
  await orderIs('b', 'd', 'c', 'a')
})

test('all that was found get a priority that is typed, or start first after a question', async () => {
  const names = Array.from({ length: 22 }, (_, i) => `late-${String(i).padStart(2, '0')}`)
  await queue('first', 'second')
  await Promise.all(names.map(name => api.submit({ name, command: ['sleep', '600'] }).accepted))
  await view.find('name:late')
  await until(async () => (await view.found.textContent()) === '22 of 25', UI_LIMIT_MS, '22 jobs')
  await view.page.getByRole('button', { name: 'Set Priority of Found…' }).click({ timeout: UI_LIMIT_MS })
  await workbench.quickInput.waitForTitle('Priority of 22 Jobs That Wait')
  await workbench.quickInput.type('1.5')
  await workbench.quickInput.waitForMessage(/Type a whole number/)
  await workbench.quickInput.type('-1')
  await workbench.quickInput.accept()
  await orderIs('first', 'second', ...names)
  await view.page.getByRole('button', { name: 'Move Found to Front' }).press('Enter', { timeout: UI_LIMIT_MS })
  expect(await workbench.dialog.text()).toContain('Move 22 jobs to the front?')
  await workbench.screenshot('move-found')
  await workbench.dialog.press('Keep Order')
  expect((await order()).slice(0, 2)).toEqual(['first', 'second'])
  await view.page.getByRole('button', { name: 'Move Found to Front' }).press('Enter', { timeout: UI_LIMIT_MS })
  await workbench.dialog.press('Move 22 Jobs')
  await orderIs(...names, 'first', 'second')
})

test('from the palette the user picks what is to start first', async () => {
  await queue('a', 'b')
  await workbench.command('Headless Jobs: Move to Front')
  await workbench.quickInput.waitForTitle('2 jobs')
  await workbench.quickInput.pick(/b$/)
  await orderIs('b', 'a')
})
