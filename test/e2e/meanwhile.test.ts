// A person closes the window while jobs run, and comes back: one line says what ended meanwhile.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { stateFolder } from '../../src/service/base/paths'
import { root } from '../support/tools'
import { until } from '../support/until'
import { openWindow, type TestWindow } from '../support/window'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
/** Opens no question. */
const RUN_KEY = 'Control+Alt+Shift+F8'

let workbench: Workbench
let other: TestWindow

beforeAll(async () => {
  workbench = await openWorkbench({
    files: {
      'wait.sh': '#!/bin/sh\nuntil [ -e go ]; do sleep 0.1; done\necho "no header in $1" >&2\n! [ "$1" = bad.txt ]\n',
      'bad.txt': '',
      'good.txt': '',
      'fine.txt': '',
    },
    keybindings: [
      {
        key: 'ctrl+alt+shift+f8',
        command: 'headlessJobs.runOnFiles',
        args: { command: './wait.sh ${fileBasename}', files: '*.txt' },
      },
    ],
  })
  other = openWindow(stateFolder('', workbench.state.env), { version, workspace: '/elsewhere' })
})
afterAll(async () => {
  other?.client.dispose()
  await workbench?.close()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-meanwhile-${task.name.slice(0, 20)}`)
})

const allEnded = async (count: number) => {
  const { jobs } = await other.client.service.list({ filter: { all: true } })
  return jobs.length === count && jobs.every(({ endedAt }) => endedAt !== undefined)
}

test('the next window says in one line what ended, shows what failed, and says it once', async () => {
  await other.configure({ concurrency: 3 })
  let view = await JobsView.open(workbench)
  const started = async () => (await view.rows.count()) === 1
  await workbench.pressKey(RUN_KEY, started, 'a batch')
  await view.row('wait.sh: *.txt').waitFor('running')
  await workbench.closeWindow()
  const isGone = async () => (await other.client.service.status(null)).windows.length === 1
  await until(isGone, UI_LIMIT_MS, 'no window of VS Code')
  workbench.writeFiles({ go: '' })
  await until(() => allEnded(3), UI_LIMIT_MS, 'the ends of all jobs')
  await workbench.open()
  const notifications = await workbench.listNotifications()
  expect(await notifications.waitFor(/While you were away/)).toBe('While you were away: 2 succeeded, 1 failed.')
  await workbench.screenshot('while-you-were-away')
  await notifications.press(/While you were away/, 'Show Failed')
  await workbench.quickInput.pick(/bad\.txt/)
  await until(async () => /no header in bad\.txt/.test(await workbench.editorText()), UI_LIMIT_MS, 'what it wrote')
  await workbench.reload()
  view = await JobsView.open(workbench)
  await view.row('wait.sh: *.txt').waitFor('failed')
  const again = (await (await workbench.listNotifications()).texts()).filter(text => text.startsWith('While'))
  expect(again).toEqual([])
})
