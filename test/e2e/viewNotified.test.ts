// What ends together is one message that counts it, and its buttons are about all of it.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

let workbench: Workbench
let view: JobsView

beforeAll(async () => {
  workbench = await openWorkbench({
    files: {
      'wait.sh': '#!/bin/sh\nuntil [ -e go ]; do sleep 0.1; done\necho "no header in $1" >&2\n! [ "$1" = bad.txt ]\n',
      'bad.txt': '',
      'good.txt': '',
    },
    settings: { 'headlessJobs.concurrency': 8 },
    keybindings: ['one', 'two'].map((name, i) => ({
      key: `ctrl+alt+shift+f${i + 7}`,
      command: 'headlessJobs.runOnFiles',
      args: { command: './wait.sh ${fileBasename}', files: '*.txt', name },
    })),
  })
})
afterAll(() => workbench?.close())
beforeEach(async () => {
  await workbench.reset()
  view = await JobsView.openEmpty(workbench)
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewNotified-${task.name.slice(0, 20)}`)
})

test('two batches that end together are one message, whose buttons find and rerun what failed in both', async () => {
  const isThere = (name: string) => () => view.row(name).element.isVisible()
  await workbench.pressKey('Control+Alt+Shift+F7', isThere('one'), 'the first batch')
  await workbench.pressKey('Control+Alt+Shift+F8', isThere('two'), 'the second batch')
  for (const name of ['one', 'two']) await view.row(name).waitFor('running')
  workbench.writeFiles({ go: '' })
  const both = /^2 batches have completed: 2 succeeded, 2 failed: “(one”, “two|two”, “one)”\.$/
  await workbench.notifications.waitFor(/2 batches have completed/)
  expect((await workbench.notifications.texts()).filter(text => text.includes('completed'))).toEqual([
    expect.stringMatching(both),
  ])
  await workbench.screenshot('two-batches-one-message')
  await workbench.notifications.press(/2 batches have completed/, 'Rerun Failed')
  const attempts = async () => {
    const tooltips = [await view.row('one').tooltip(), await view.row('two').tooltip()] // there is one mouse
    return tooltips.every(tooltip => /Ended: .* of work/.test(tooltip) || /Idle in between/.test(tooltip))
  }
  await until(attempts, UI_LIMIT_MS, 'another round of both')
  const message = await (await workbench.listNotifications()).waitFor(/2 batches have completed/)
  expect(message).toMatch(both)
})
