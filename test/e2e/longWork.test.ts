// A person waits for work on many jobs: it shows that it goes on, can be stopped, and reports what was done.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readRecord, stateFolder, statePaths } from '../../src/service/base/paths'
import { root } from '../support/tools'
import { until } from '../support/until'
import { openWindow, type TestWindow } from '../support/window'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

/** So many that the cancel is still at work when it is stopped. */
const JOBS = 40_000

let workbench: Workbench
/** Submits what would take long by hand. */
let helper: TestWindow

beforeAll(async () => {
  workbench = await openWorkbench()
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  helper = openWindow(stateFolder('', workbench.state.env), { version, workspace: workbench.workspaceKey })
})
afterAll(async () => {
  helper?.client.dispose()
  await workbench?.close()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-longWork-${task.name.slice(0, 20)}`)
})

test('a cancel of many jobs that takes long is shown, stopped, and reports how many it was', async () => {
  await helper.client.service.pause({ paused: true })
  const batch = helper.api.submitBatch(Array.from({ length: JOBS }, () => ({ command: ['true'] })))
  await batch.jobs.at(-1)?.accepted
  await helper.api.list({ ids: [] }) // all of them are there
  await workbench.command('Headless Jobs: Cancel All')
  expect(await workbench.dialog.text()).toContain('Cancel 40,000 jobs?')
  const pid = readRecord(statePaths(stateFolder('', workbench.state.env)))?.pid as number
  process.kill(pid, 'SIGSTOP') // as a service that has much to do
  try {
    await workbench.dialog.press('Cancel 40,000 Jobs')
    await workbench.notifications.waitFor(/Cancelling jobs/)
    await workbench.screenshot('long-work')
    await workbench.notifications.press(/Cancelling jobs/, 'Cancel')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  const notification = await workbench.notifications.waitFor(/then it was stopped/)
  const [, done = ''] = /^Cancelled ([\d,]+) of 40,000 jobs, then it was stopped\.$/.exec(notification) ?? []
  const shown = async () => (await workbench.notifications.texts()).some(text => text.includes('Cancelling jobs'))
  await until(async () => !(await shown()), UI_LIMIT_MS, 'the end of the notification')
  const cancelled = Number(done.replaceAll(',', ''))
  expect(cancelled).toBeLessThan(JOBS)
  const counts = (await helper.client.service.getBatch({ id: batch.id }))?.counts
  expect(counts).toMatchObject({ queued: JOBS - cancelled })
})
