// In a workspace that is not trusted nothing is started, by whatever command and by no extension, and the user is shown how to
// change that. What other windows have started is shown, and can be handled, without starting any of it.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { stateFolder } from '../../src/service/base/paths'
import { root } from '../support/tools'
import { until } from '../support/until'
import { openWindow, type TestWindow } from '../support/window'
import { notes } from './keeper'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const OWNER = 'lab.scans'

let workbench: Workbench
/** Of a workspace that is trusted. */
let other: TestWindow | undefined

beforeAll(async () => {
  process.env.HEADLESS_JOBS_DELIVERY_PAUSE_MS = '20' // of the service, whoever starts it
  workbench = await openWorkbench({ trust: 'restricted', keeper: true })
})
afterAll(async () => {
  delete process.env.HEADLESS_JOBS_DELIVERY_PAUSE_MS
  await workbench?.close()
})
beforeEach(() => workbench.reset())
afterEach(async ({ task }) => {
  other?.client.dispose()
  other = undefined
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-paletteTrust-${task.name.slice(0, 20)}`)
})

const isRefused = async (title: string) => {
  await workbench.command(`Headless Jobs: ${title}`)
  await workbench.notifications.waitFor(/cannot be started in a workspace that is not trusted/)
  await workbench.quickInput.waitUntilClosed()
}

test.each([
  'Submit Job…',
  'Run Command on Files…',
  'Rerun',
  'Rerun Failed',
  'Run Remaining',
  'Rerun with Changes…',
  'Run Demo',
])('%s is refused', isRefused)

test('the message leads to where trust is managed', async () => {
  const before = workbench.state.servicePids()
  await workbench.command('Headless Jobs: Submit Job…')
  await workbench.screenshot('untrusted')
  await workbench.notifications.press(/not trusted/, 'Manage Workspace Trust')
  await workbench.page.locator('.workspace-trust-editor').waitFor()
  expect(workbench.state.servicePids()).toEqual(before)
})

test('an extension starts nothing through the API, also not by its handlers', async () => {
  const before = workbench.state.servicePids()
  await workbench.command('Keeper: Try All')
  const tried = () => notes(workbench.workspace, 'tried')
  await until(() => tried().some(({ way }) => way === 'all'), UI_LIMIT_MS, 'all that it tries')
  const outcomes = Object.fromEntries(tried().map(({ way, outcome }) => [way, outcome]))
  const notTrusted = expect.stringContaining('This workspace is not trusted, so no process was started.')
  expect(outcomes).toEqual({
    submit: notTrusted,
    submitBatch: notTrusted,
    openBatch: notTrusted,
    rerun: notTrusted,
    startWorker: notTrusted,
    registerInputHandler: 'registered',
    registerResultHandler: 'registered',
    all: 'done',
  })
  expect(existsSync(join(workbench.workspace, 'started'))).toBe(false)
  expect(workbench.state.servicePids()).toEqual(before)
})

/** The queue is paused with a job in it, and one has failed, whose handler refuses its result until `refuses` is false. */
async function fromElsewhere() {
  const { api, client, configure } = openElsewhere()
  await configure({ concurrency: 2 })
  const handler = { refuses: true, taken: 0 }
  api.registerResultHandler(`${OWNER}/scan`, () => {
    if (handler.refuses) throw new Error('The database is locked.')
    handler.taken++
  })
  const command = ['sh', '-c', 'echo no header >&2; exit 1']
  const failed = api.submit({ name: 'scan 7', command, resultHandler: { id: `${OWNER}/scan` } })
  expect((await failed.result).state).toBe('failed')
  const isGivenUp = async () => (await api.getJob(failed.id))?.info.delivery === 'undelivered'
  await until(isGivenUp, UI_LIMIT_MS, 'a result that is not delivered')
  await client.service.pause({ paused: true })
  const queued = api.submit({ name: 'scan 8', command: ['touch', 'started'] })
  await until(() => queued.info.state === 'queued', UI_LIMIT_MS, 'a job in the queue')
  return { handler, client, failed: failed.id, queued: queued.id }
}

function openElsewhere(): TestWindow {
  const folder = stateFolder('', workbench.state.env)
  other = openWindow(folder, { version, cwd: workbench.workspace, workspace: '/elsewhere', owner: OWNER })
  return other
}

const chooseOfService = async (action: string) => {
  await workbench.command('Headless Jobs: Show Job Service Status')
  await workbench.quickInput.waitForTitle('Job Service')
  await workbench.quickInput.pick(action)
}

test('results are delivered again, and failed jobs shown, while nothing starts that waits', async () => {
  const { handler, client, queued } = await fromElsewhere()
  handler.refuses = false
  await workbench.command('Headless Jobs: Deliver Again')
  await workbench.notifications.waitFor(/^1 result is delivered again\.$/)
  await until(() => handler.taken === 1, UI_LIMIT_MS, 'the result')
  await workbench.command('Headless Jobs: Show Failed…')
  await workbench.quickInput.pick(/scan 7/)
  await until(async () => /no header/.test(await workbench.editorText()), UI_LIMIT_MS, 'what it wrote')
  await isRefused('Resume Queue')
  const { jobs } = await client.service.list({ filter: { all: true } })
  expect(jobs).toHaveLength(2)
  expect(jobs.find(({ id }) => id === queued)?.state).toBe('queued')
  expect(existsSync(join(workbench.workspace, 'started'))).toBe(false)
})

test('a restart of the service and a new store start nothing that waits', async () => {
  const { client, failed, queued } = await fromElsewhere()
  const before = await client.service.status(null)
  await chooseOfService('Restart…')
  await workbench.notifications.waitFor(/has been restarted/)
  expect((await client.service.status(null)).pid).not.toBe(before.pid)
  const states = async () => {
    const { jobs } = await client.service.list({ filter: { all: true } })
    return Object.fromEntries(jobs.map(({ id, state }) => [id, state]))
  }
  expect(await states()).toEqual({ [failed]: 'failed', [queued]: 'queued' })
  await isRefused('Resume Queue')
  await chooseOfService('Move Store Aside…')
  await workbench.dialog.press('Cancel 1 Job and Move the Store')
  await workbench.notifications.waitFor(/The store of jobs is in .*aside-.* now/)
  expect(await states()).toEqual({})
  expect(existsSync(join(workbench.workspace, 'started'))).toBe(false)
})
