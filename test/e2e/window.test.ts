// A window and its job service: what the packaged extension brings into a VS Code as a user has it, what *Show Job Service Status*
// shows and does, and work on many jobs that a person waits for.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readRecord, stateFolder, statePaths } from '../../src/service/base/paths'
import { root } from '../support/tools'
import { until } from '../support/until'
import { openWindow, type TestWindow } from '../support/window'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

/** So many that a cancel of them is still at work when it is stopped. */
const MANY = 40_000

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
beforeEach(() => workbench.reset())
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-window-${task.name.slice(0, 20)}`)
})

const pidNow = () => readRecord(statePaths(stateFolder('', workbench.state.env)))?.pid

async function open(): Promise<void> {
  await workbench.command('Headless Jobs: Show Job Service Status')
  await workbench.quickInput.waitForTitle('Job Service')
}

async function runningJob() {
  const job = helper.api.submit({ command: ['sleep', '600'] })
  await until(() => job.info.state === 'running', UI_LIMIT_MS, 'the job')
  return job
}

test('the status bar has an item, and the palette has the commands', async () => {
  expect(await workbench.statusBarLabel('headlessJobs.status')).toContain('Headless Jobs')
  expect(await workbench.hasCommand('Headless Jobs: Submit Job…')).toBe(true)
  expect(await workbench.hasCommand('Headless Jobs: No Such Command')).toBe(false)
})

test('the view container opens and its page offers to submit a job', async () => {
  const view = await JobsView.openEmpty(workbench)
  await view.page
    .getByRole('button', { name: /Submit/ })
    .first()
    .waitFor()
  await workbench.screenshot('activation')
})

test('the status shows what there is, and copies a report', async () => {
  const job = await runningJob()
  await open()
  await workbench.screenshot('show-service')
  const items = await workbench.quickInput.items()
  expect(items).toEqual(expect.arrayContaining(['Show Log', 'Open State Folder', 'Copy Report', 'Restart…']))
  await workbench.quickInput.pick('Copy Report')
  await workbench.notifications.waitFor(/The report has been copied/)
  expect(await workbench.clipboard()).toMatch(/^# Headless Jobs\n[\s\S]*jobs: 1 running/)
  await job.cancel()
})

test('a restart of the service asks about the job that runs, and ends it only by the button that says so', async () => {
  const job = await runningJob()
  const pid = pidNow()
  await open()
  await workbench.quickInput.pick('Restart…')
  expect(await workbench.dialog.text()).toContain('1 job runs. Restart the job service?')
  await workbench.screenshot('restart-question')
  expect((await workbench.dialog.buttons()).sort()).toEqual([
    'End 1 Job and Restart',
    'Keep It Running',
    'Restart When It Has Ended',
  ])
  await workbench.dialog.press('Keep It Running')
  expect(job.info.state).toBe('running')
  expect(pidNow()).toBe(pid)
  await open()
  await workbench.quickInput.pick('Restart…')
  await workbench.dialog.press('End 1 Job and Restart')
  await workbench.notifications.waitFor(/has been restarted/)
  expect((await job.result).state).toBe('cancelled')
  expect(pidNow()).not.toBe(pid)
})

test('a store that is moved aside is named with its folder', async () => {
  await helper.api.submit({ command: ['true'] }).result
  await open()
  await workbench.quickInput.pick('Move Store Aside…')
  expect(await workbench.dialog.text()).toContain('Move the store of jobs aside and begin a new one?')
  await workbench.dialog.press('Move the Store')
  const message = await workbench.notifications.waitFor(/The store of jobs is in .*aside-.* now/)
  const [, folder = ''] = /is in (\S+) now/.exec(message) ?? []
  expect(statePaths(folder).store && readFileSync(join(folder, 'jobs.sqlite')).length).toBeGreaterThan(0)
})

test('a cancel of many jobs that takes long is shown, stopped, and reports how many it was', async () => {
  await helper.client.service.pause({ paused: true })
  const batch = helper.api.submitBatch(Array.from({ length: MANY }, () => ({ command: ['true'] })))
  await batch.jobs.at(-1)?.accepted
  await helper.api.list({ ids: [] }) // all of them are there
  await workbench.command('Headless Jobs: Cancel All')
  expect(await workbench.dialog.text()).toContain('Cancel 40,000 jobs?')
  const pid = pidNow() as number
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
  expect(cancelled).toBeLessThan(MANY)
  const counts = (await helper.client.service.getBatch({ id: batch.id }))?.counts
  expect(counts).toMatchObject({ queued: MANY - cancelled })
})
