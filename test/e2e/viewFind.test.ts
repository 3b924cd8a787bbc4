// A person finds jobs in the view: by mouse and by keyboard, from the filter, from numbers, from messages; and acts on all of them.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { HeadlessJobsApi } from '../../src/api'
import { until } from '../support/until'
import type { TestWindow } from '../support/window'
import { findings } from './accessibility'
import { openBeside } from './beside'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

const THEMES = ['Light Modern', 'Dark High Contrast', 'Light High Contrast', 'Dark Modern']

let workbench: Workbench
let view: JobsView
let other: TestWindow
let api: HeadlessJobsApi

beforeAll(async () => {
  workbench = await openWorkbench({
    files: { 'a.txt': 'good', 'b.txt': 'bad', 'c.txt': 'bad' },
    settings: { 'headlessJobs.concurrency': 2 },
    keybindings: [
      {
        key: 'ctrl+alt+shift+f8',
        command: 'headlessJobs.runOnFiles',
        args: { command: 'grep good ${file}', files: '*.txt' },
      },
    ],
  })
})
afterAll(() => workbench?.close())
beforeEach(async () => {
  await workbench.reset()
  view = await JobsView.openEmpty(workbench)
  other = openBeside(workbench, { name: 'beside' })
  api = other.api
})
afterEach(async ({ task }) => {
  const order = view.page.getByRole('combobox', { name: 'Sort jobs' })
  if (await order.isVisible()) await order.selectOption({ label: 'Newest First' }) // the workspace keeps it
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewFind-${task.name.slice(0, 20)}`)
  other.client.dispose()
})

const fails = (name: string, says: string) => ({
  name,
  command: ['sh', '-c', `echo "reading ${name}" >&2; echo "${says}" >&2; exit 3`],
})
const passes = (name: string) => ({ name, command: ['true'] })

/** Twelve volumes of which three fail, as a batch; resolves when it has ended. */
async function runVolumes(): Promise<void> {
  const jobs = Array.from({ length: 12 }, (_, i) => {
    const name = `sub-${String(i + 1).padStart(2, '0')}`
    return i % 4 === 1 ? fails(name, `ValueError: bad header in ${name}`) : passes(name)
  })
  await api.submitBatch(jobs, { name: 'volumes' }).completed
}

const FAILED = ['sub-10', 'sub-06', 'sub-02']

const shows = (...names: string[]) =>
  until(async () => (await view.names()).join() === names.join(), UI_LIMIT_MS, `rows ${names}`)
/** A key that has had no effect by then never will. */
const LOST_KEY_MS = 9000
const isActive = (name: string) => until(async () => (await view.activeName()) === name, UI_LIMIT_MS, `${name} active`)
const hasText = (text: string) =>
  until(async () => (await view.filter.inputValue()) === text, UI_LIMIT_MS, `a filter with ${text}`)
const foundIs = (text: string) => until(async () => (await view.found.textContent()) === text, UI_LIMIT_MS, text)

test('Control+F in the view opens its filter, typing finds, Escape shows all again', async () => {
  await runVolumes()
  await view.row('volumes').waitFor('failed')
  await view.tree.focus()
  await view.press('Home')
  await view.pressUntil('Control+f', () => view.filter.isVisible())
  expect(await workbench.page.locator('.find-widget.visible').count()).toBe(0)
  await workbench.page.keyboard.type('sub-1')
  await shows('sub-12', 'sub-11', 'sub-10')
  await foundIs('3 of 12')
  await workbench.page.keyboard.press('Escape')
  await shows('volumes')
  await workbench.page.keyboard.press('Escape')
  await view.filter.waitFor({ state: 'hidden', timeout: UI_LIMIT_MS })
  await isActive('volumes')
})

test('what is typed in the tree is looked for, and what is completed by keys or with a click', async () => {
  await runVolumes()
  await view.row('volumes').waitFor('failed')
  await view.tree.focus()
  await view.press('Home')
  await workbench.page.keyboard.press('s')
  await hasText('s')
  await workbench.page.keyboard.type('t')
  await view.page.getByRole('option', { name: /^state:/ }).waitFor({ timeout: UI_LIMIT_MS })
  await workbench.page.keyboard.press('ArrowDown')
  await workbench.page.keyboard.press('Enter')
  await hasText('state:')
  await workbench.screenshot('find-completion')
  await view.page.getByRole('option', { name: 'failed' }).click()
  await hasText('state:failed ')
  await shows(...FAILED)
  await workbench.page.keyboard.press('Enter')
  await isActive('sub-10')
})

test('F8 and its button go from failure to failure, and Enter shows why', async () => {
  await runVolumes()
  await view.row('volumes').waitFor('failed')
  await view.tree.focus()
  await view.press('Home')
  // A key that a busy window has lost is pressed again, while nothing has moved; one more would lead past what is expected.
  const press = async (key: string, name: string) => {
    const before = await view.activeName()
    const pressed = async () => {
      if ((await view.activeName()) === before) await workbench.page.keyboard.press(key)
      return until(async () => (await view.activeName()) === name, LOST_KEY_MS, `${name} active`)
    }
    await until(pressed, UI_LIMIT_MS, `${name} active by ${key}`)
  }
  await view.pressUntil('F8', () => view.filter.isVisible())
  await shows(...FAILED)
  await isActive('sub-10')
  await press('F8', 'sub-06')
  await press('F8', 'sub-02')
  await press('F8', 'sub-10')
  await press('Shift+F8', 'sub-02')
  await view.page.getByRole('button', { name: /^Next Failure/ }).click()
  await isActive('sub-10')
  await view.page.getByRole('button', { name: /^Previous Failure/ }).click()
  await isActive('sub-02')
  await workbench.page.keyboard.press('Enter')
  await until(async () => /sub-02/.test(await workbench.activeEditor()), UI_LIMIT_MS, 'what it wrote')
  expect(await workbench.editorText()).toContain('ValueError: bad header in sub-02')
})

test('numbers in the header and in rows lead to their jobs', async () => {
  await runVolumes()
  const header = async () => (await view.summary.textContent())?.replace(/\s+/g, ' ').trim()
  await until(async () => (await header()) === '3 failed, 9 succeeded', UI_LIMIT_MS, 'numbers that stay as they are')
  await view.page.getByRole('button', { name: '3 failed' }).click()
  await shows(...FAILED)
  await isActive('sub-10')
  await view.closeFilter()
  await view.row('volumes').element.locator('.count.failed').click()
  await shows(...FAILED)
  await hasText('batch:volumes state:failed')
})

test('the message of a batch leads to what failed in it, also when the view is not shown', async () => {
  await runVolumes()
  await workbench.openViewContainer('Explorer')
  const isRunning = async () => (await api.list({ limit: 1 })).jobs[0]?.name !== 'sub-12'
  await workbench.pressKey('Control+Alt+Shift+F8', isRunning, 'jobs for three files')
  await workbench.notifications.press(/“grep.*” has completed/, 'Show Failed')
  await shows('c.txt', 'b.txt')
  await isActive('c.txt')
})

test('a batch is found by its name, which is completed, and one of two with the same name by a click', async () => {
  await runVolumes()
  await runVolumes()
  await until(async () => (await view.rows.count()) === 2, UI_LIMIT_MS, 'two batches')
  await view.rows.last().locator('.count.failed').click({ timeout: UI_LIMIT_MS })
  await until(
    async () => /^batch:"volumes #[0-9a-f]{8}" state:failed$/.test(await view.filter.inputValue()),
    UI_LIMIT_MS,
    'a condition for one of them',
  )
  await foundIs('3 of 24')
  await view.find('')
  await view.filter.pressSequentially('batch:vol')
  await view.page.getByRole('option', { name: 'volumes' }).waitFor({ timeout: UI_LIMIT_MS })
  await workbench.screenshot('find-batch-names')
  await workbench.page.keyboard.press('ArrowDown')
  await workbench.page.keyboard.press('Tab')
  await hasText('batch:volumes ')
  await foundIs('24 of 24')
})

test('rows that come do not take the keyboard from a question', async () => {
  await view.page.locator('main').click({ position: { x: 5, y: 300 } }) // there is no row that could have it
  await workbench.command('Headless Jobs: Submit Job…')
  await workbench.quickInput.waitForTitle('Submit Job')
  await api.submit(passes('comes')).result
  await view.row('comes').waitFor('succeeded')
  await workbench.page.keyboard.type('echo')
  await until(async () => (await workbench.quickInput.value()) === 'echo', 10_000, 'what is typed in the question')
  await workbench.quickInput.cancel()
})

test('failures are marked in the status bar until they are seen, and a click on it leads to them', async () => {
  await api.submit(passes('seen')).result
  await view.row('seen').waitFor('succeeded') // the window knows of the job service
  await workbench.openViewContainer('Explorer')
  await api.submit(fails('unseen', 'ValueError')).result
  const status = () => workbench.statusBarItem('headlessJobs.status')
  const marked = async () => /1 failed/.test((await status().textContent()) ?? '')
  await until(marked, UI_LIMIT_MS, 'the mark')
  await workbench.screenshot('status-failed')
  await status().click()
  await shows('unseen')
  await until(async () => !(await marked()), UI_LIMIT_MS, 'no mark')
})

test('found jobs are sorted and grouped: by what their failures say', async () => {
  await runVolumes()
  await api.submit(fails('other', "ModuleNotFoundError: No module named 'nibabel'")).result
  await view.find('state:failed')
  await shows('other', ...FAILED)
  await view.page.getByRole('combobox', { name: 'Group jobs' }).selectOption({ label: 'By Failure' })
  await shows('ValueError: bad header in …', "ModuleNotFoundError: No module named 'nibabel'")
  expect(await view.row('ValueError: bad header in …').description()).toBe('3')
  await view.row('ValueError: bad header in …').element.click()
  await shows('ValueError: bad header in …', ...FAILED, "ModuleNotFoundError: No module named 'nibabel'")
  await workbench.screenshot('find-groups')
  await view.press('ArrowDown')
  await isActive('sub-10')
  await view.press('ArrowLeft')
  await view.press('ArrowLeft')
  await shows('ValueError: bad header in …', "ModuleNotFoundError: No module named 'nibabel'")
  await view.find('')
  await view.page.getByRole('combobox', { name: 'Group jobs' }).selectOption({ label: 'No Groups' })
  await view.page.getByRole('combobox', { name: 'Sort jobs' }).selectOption({ label: 'What Matters First' })
  await until(
    async () => (await view.names()).slice(0, 4).join() === ['other', ...FAILED].join(),
    UI_LIMIT_MS,
    'failed jobs first',
  )
})

test('all that is found is cancelled after a question, run again, and cleared', async () => {
  await view.pressTool('Pause Queue')
  await view.tool('Resume Queue').waitFor({ timeout: UI_LIMIT_MS })
  api.submitBatch(
    Array.from({ length: 25 }, (_, i) => passes(`wait-${i}`)),
    { name: 'many' },
  )
  api.submit(passes('stays'))
  await view.find('wait-')
  await foundIs('25 of 26')
  const act = (name: string) => view.page.getByRole('button', { name, exact: true }).press('Enter')
  await act('Cancel All Found')
  expect(await workbench.dialog.text()).toContain('Cancel 25 jobs?')
  expect((await workbench.dialog.buttons()).sort()).toEqual(['Cancel 25 Jobs', 'Keep Running'])
  await workbench.screenshot('find-cancel')
  await workbench.dialog.press('Keep Running')
  expect((await api.list({ states: ['queued'] })).jobs).toHaveLength(26)
  await act('Cancel All Found')
  await workbench.dialog.press('Cancel 25 Jobs')
  await until(async () => (await api.list({ states: ['cancelled'] })).jobs.length === 25, UI_LIMIT_MS, 'cancelled jobs')
  await view.pressTool('Resume Queue')
  await until(async () => (await api.list({ states: ['succeeded'] })).jobs.length === 1, UI_LIMIT_MS, 'the other job')
  await act('Rerun All Found')
  await workbench.dialog.press('Rerun 25 Jobs')
  await until(async () => (await api.list({ states: ['succeeded'] })).jobs.length === 26, UI_LIMIT_MS, 'all succeeded')
  const toFront = view.page.getByRole('button', { name: 'Move Found to Front' })
  await until(() => toFront.isDisabled({ timeout: UI_LIMIT_MS }), UI_LIMIT_MS, 'nothing to move')
  await act('Clear All Found')
  await workbench.dialog.press('Clear 25 Jobs')
  await foundIs('0 of 1')
  await view.page.getByRole('button', { name: 'Show all jobs' }).click()
  await shows('stays')
})

test('a mistake is said where it is typed, and nothing is done to what is found then', async () => {
  await runVolumes()
  await view.find('state:failed memory:lots')
  const problem = view.page.getByRole('alert')
  await problem.waitFor({ timeout: UI_LIMIT_MS })
  expect(await problem.textContent()).toBe('“memory:lots” cannot be compared: write it as in memory:>2GB.')
  await shows(...FAILED)
  await workbench.screenshot('find-problem')
  expect(await view.page.getByRole('button', { name: 'Cancel All Found' }).isDisabled()).toBe(true)
})

test('the filter is there after a reload of the window, and with it what was found', async () => {
  await runVolumes()
  let pauseMs = 1000
  const isKept = async () => {
    await view.find('state:failed')
    await shows(...FAILED)
    await new Promise(resolve => setTimeout(resolve, pauseMs)) // VS Code writes what an extension keeps a moment later
    pauseMs *= 2
    await workbench.reload()
    view = await JobsView.open(workbench)
    await view.filter.waitFor({ timeout: UI_LIMIT_MS })
    await view.rows.first().waitFor({ timeout: UI_LIMIT_MS })
    return (await view.filter.inputValue()) === 'state:failed'
  }
  await until(isKept, UI_LIMIT_MS, 'a filter that was kept')
  await shows(...FAILED)
})

test('in every kind of theme the filter has no serious fault of accessibility', async () => {
  await runVolumes()
  await view.find('state:')
  await view.filter.press('f')
  for (const theme of THEMES) {
    await workbench.chooseTheme(theme)
    const wanted = theme.includes('Contrast') ? 'vscode-high-contrast' : `vscode-${theme.split(' ')[0]?.toLowerCase()}`
    await view.page.locator(`body.${wanted}`).waitFor({ timeout: UI_LIMIT_MS })
    expect([theme, await findings(await view.frame())]).toEqual([theme, []])
    await workbench.screenshot(`find-${theme.replaceAll(' ', '-')}`)
  }
})

test('the keys of commands work while the keyboard is in the view, and not elsewhere', async () => {
  api.submit(passes('one'))
  await view.row('one').waitFor('succeeded')
  await view.tree.focus()
  await view.pressUntil('Control+Alt+p', () => view.tool('Resume Queue').isVisible())
  await workbench.page.keyboard.press('Control+Alt+p')
  await view.tool('Pause Queue').waitFor({ timeout: UI_LIMIT_MS })
})
