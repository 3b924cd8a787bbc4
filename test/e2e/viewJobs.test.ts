// A person follows single jobs in the view: from queued to their output, cancelled, more at once, paused, over a reload.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { isAlive } from '../support/tempState'
import { until } from '../support/until'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

let workbench: Workbench
let view: JobsView

beforeAll(async () => {
  workbench = await openWorkbench({
    files: { 'wait.sh': '#!/bin/sh\nuntil [ -e "$1" ]; do sleep 0.05; done\necho "$1 has come"\n' },
    settings: { 'headlessJobs.concurrency': 1 },
  })
})
afterAll(() => workbench?.close())
beforeEach(async () => {
  await workbench.reset()
  view = await JobsView.openEmpty(workbench)
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewJobs-${task.name.slice(0, 20)}`)
})

/** Submits a job through the palette and waits for its row. */
async function submit(line: string, name: string): Promise<void> {
  const { quickInput } = workbench
  await workbench.command('Headless Jobs: Submit Job…')
  await quickInput.waitForTitle('Submit Job')
  await quickInput.enter(line)
  await quickInput.pick('Nothing')
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.accept()
  await quickInput.waitForMessage(/Name of the job/)
  await quickInput.enter(name)
  await quickInput.waitUntilClosed()
  await view.row(name).element.waitFor({ timeout: UI_LIMIT_MS })
}

/** Resolves when an editor shows what a job with this name wrote. */
async function outputOf(name: string): Promise<string> {
  await until(async () => (await workbench.activeEditor()) === `${name}.out`, UI_LIMIT_MS, `the output of ${name}`)
  return workbench.editorText()
}

async function closeEditors(): Promise<void> {
  await workbench.command('View: Close All Editors')
  await workbench.page.locator('.editor-group-container .tab').first().waitFor({ state: 'detached' })
}

const letGo = (file: string) => workbench.writeFiles({ [file]: '' })

test('a job waits for the one before it, runs, succeeds, and its output opens by key, click and menu', async () => {
  await submit('./wait.sh a.go', 'first')
  await view.row('first').waitFor('running')
  await submit('./wait.sh b.go', 'second')
  await view.row('second').waitFor('queued')
  expect(await view.row('second').description()).toBe('queued, waiting for a slot')
  letGo('a.go')
  await view.row('first').waitFor('succeeded')
  await view.row('second').waitFor('running')
  letGo('b.go')
  await view.row('second').waitFor('succeeded')
  await view.row('second').select()
  await view.press('Enter')
  expect((await outputOf('second')).trim()).toBe('b.go has come')
  await closeEditors()
  await view.row('first').doubleClick()
  expect((await outputOf('first')).trim()).toBe('a.go has come')
  await closeEditors()
  await view.row('second').choose('Show Output')
  expect((await outputOf('second')).trim()).toBe('b.go has come')
  await closeEditors()
})

test('a sleeping job is cancelled with the Delete key or the menu, and its process is gone', async () => {
  for (const name of ['by key', 'by menu']) {
    await submit('sleep 1000', name)
    const row = view.row(name)
    await row.waitFor('running')
    const pid = await row.pid()
    expect(isAlive(pid)).toBe(true)
    await row.select()
    if (name === 'by key') await view.press('Delete')
    else await row.choose('Cancel')
    await row.waitFor('cancelled')
    expect(isAlive(pid)).toBe(false)
    expect(await row.menu()).not.toContain('Cancel')
  }
})

test('more at once, set in the view, start at once, and the status bar shows it', async () => {
  for (const name of ['one', 'two', 'three', 'four']) await submit('./wait.sh c.go', name)
  await view.row('one').waitFor('running')
  expect(await view.concurrency.inputValue()).toBe('1')
  const running = () => view.count('running')
  await until(async () => (await view.count('queued')) === 3, UI_LIMIT_MS, 'three that wait')
  expect(await running()).toBe(1)
  await until(async () => (await status()).includes('1 running, 3 queued'), UI_LIMIT_MS, 'the counts')
  await view.setConcurrency(3)
  await until(async () => (await running()) === 3, UI_LIMIT_MS, 'three at once')
  expect(await view.row('four').state()).toBe('queued')
  const summary = () => view.summary.textContent({ timeout: UI_LIMIT_MS })
  await until(async () => (await summary()) === '3 running, 1 queued', UI_LIMIT_MS, 'the new counts in the view')
  await until(async () => (await status()).includes('3 running, 1 queued'), UI_LIMIT_MS, 'the new counts')
  letGo('c.go')
  await view.row('four').waitFor('succeeded')
})

const status = async () => (await workbench.statusBarItem('headlessJobs.status').textContent()) ?? ''

test('a paused queue starts nothing, what runs goes on, and it is resumed', async () => {
  await submit('./wait.sh d.go', 'runs on')
  await view.row('runs on').waitFor('running')
  await view.pressTool('Pause Queue')
  await view.page.locator('.banner').getByText('Paused').waitFor()
  await submit('./wait.sh d.go', 'held back')
  await view.row('held back').waitForDescription(/^queued, paused$/)
  expect(await view.row('runs on').state()).toBe('running')
  letGo('d.go')
  await view.row('runs on').waitFor('succeeded')
  expect(await view.row('held back').state()).toBe('queued')
  await until(async () => (await status()).includes('paused, 1 queued'), UI_LIMIT_MS, 'a status bar that shows it')
  await view.pressTool('Resume Queue')
  await view.row('held back').waitFor('succeeded')
  await view.tool('Pause Queue').waitFor()
})

test('a job runs on while the window is reloaded, and its output is there', async () => {
  await submit('./wait.sh e.go', 'over the reload')
  await view.row('over the reload').waitFor('running')
  const pid = await view.row('over the reload').pid()
  await workbench.reload()
  view = await JobsView.open(workbench)
  await view.row('over the reload').waitFor('running')
  expect(await view.row('over the reload').pid()).toBe(pid)
  letGo('e.go')
  await view.row('over the reload').waitFor('succeeded')
  await view.row('over the reload').select()
  await view.press('Enter')
  expect((await outputOf('over the reload')).trim()).toBe('e.go has come')
})

test('clearing takes what has ended, asks about results that are nowhere else, and leaves what runs', async () => {
  for (const name of ['goes', 'goes too']) {
    await submit('echo nowhere else', name)
    await view.row(name).waitFor('succeeded')
  }
  await submit('./wait.sh f.go', 'stays')
  await view.row('stays').waitFor('running')
  await view.pressTool('Clear Finished')
  expect(await workbench.dialog.text()).toMatch(/^Delete \d+ results that were not saved\?/)
  await workbench.dialog.press('Delete')
  await until(async () => (await view.names()).join() === 'stays', UI_LIMIT_MS, 'a view with the running job alone')
  letGo('f.go')
  await view.row('stays').waitFor('succeeded')
})
