// A person sees which results their handlers have not taken, and has them delivered again. The handlers are those of another
// window, as those of another extension are.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { stateFolder } from '../../src/service/base/paths'
import { root } from '../support/tools'
import { until } from '../support/until'
import { openWindow, type TestWindow } from '../support/window'
import { findings } from './accessibility'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const OWNER = 'lab.scans'

let workbench: Workbench
let view: JobsView
let other: TestWindow
let refuses: boolean

beforeAll(async () => {
  workbench = await openWorkbench()
  process.env.HEADLESS_JOBS_DELIVERY_PAUSE_MS = '20' // of the service, which this window starts
  other = openWindow(stateFolder('', workbench.state.env), {
    version,
    cwd: workbench.workspace,
    workspace: workbench.workspaceKey,
    owner: OWNER,
  })
  await other.configure({ concurrency: 2 })
  const take = () => {
    if (refuses) throw new Error('The database is locked.')
  }
  for (const name of ['scan', 'all']) other.api.registerResultHandler(`${OWNER}/${name}`, take)
})
afterAll(async () => {
  delete process.env.HEADLESS_JOBS_DELIVERY_PAUSE_MS
  other?.client.dispose()
  await workbench?.close()
})
beforeEach(async () => {
  refuses = true
  await workbench.reset()
  view = await JobsView.openEmpty(workbench)
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewDeliveries-${task.name.slice(0, 20)}`)
})

const banner = () => view.page.locator('.banner', { hasText: 'not delivered' })
const mark = (name: string) => view.row(name).element.locator('.mark', { hasText: 'not delivered' })

/** A job and a batch of one; resolves when both results have been refused for good. */
async function refused(): Promise<void> {
  const spec = (name: string) => ({ command: ['echo', name], name })
  other.api.submit({ ...spec('scan 7'), resultHandler: { id: `${OWNER}/scan` } })
  other.api.submitBatch([spec('scan 8')], { name: 'cohort', resultHandler: { id: `${OWNER}/all` } })
  await banner().filter({ hasText: '2 results were not delivered.' }).waitFor({ timeout: UI_LIMIT_MS })
}

test('each row says who has not taken its result, and its menu delivers it again', async () => {
  await refused()
  for (const name of ['scan 7', 'cohort']) {
    expect(await mark(name).textContent()).toBe('result not delivered to lab.scans: The database is locked')
    expect(await view.row(name).tooltip()).toContain('Result: not delivered to lab.scans: The database is locked')
  }
  expect(await findings(await view.frame())).toEqual([])
  await workbench.screenshot('not-delivered')
  refuses = false
  await view.row('scan 7').choose('Deliver Again')
  await banner().filter({ hasText: '1 result was not delivered.' }).waitFor({ timeout: UI_LIMIT_MS })
  await mark('scan 7').waitFor({ state: 'detached', timeout: UI_LIMIT_MS })
  await view.row('cohort').choose('Deliver Again')
  await banner().waitFor({ state: 'detached', timeout: UI_LIMIT_MS })
})

test('a clear says what handlers are still to get, and leaves it, or takes it too', async () => {
  await refused()
  const ended = other.api.submit({ command: ['true'], name: 'nobody waits' })
  await ended.result
  await view.row('nobody waits').waitFor('succeeded')
  await view.pressTool('Clear Finished')
  expect(await workbench.dialog.text()).toMatch(/^Clear 2 jobs whose results an extension is still to get\?/)
  await workbench.screenshot('clear-awaited')
  await workbench.dialog.press('Clear the Others')
  await view.row('nobody waits').element.waitFor({ state: 'detached', timeout: UI_LIMIT_MS })
  expect(new Set(await view.names())).toEqual(new Set(['cohort', 'scan 7']))
  await view.pressTool('Clear Finished')
  await workbench.dialog.press('Clear All')
  await until(async () => (await view.names()).length === 0, UI_LIMIT_MS, 'an empty list')
})

test('the button above the rows and the command deliver all again, and the command says when there is nothing', async () => {
  await refused()
  refuses = false
  await banner().getByRole('button', { name: 'Deliver Again' }).click()
  await banner().waitFor({ state: 'detached', timeout: UI_LIMIT_MS })
  await until(async () => (await mark('scan 7').count()) + (await mark('cohort').count()) === 0, UI_LIMIT_MS, 'no mark')
  await workbench.notifications.waitFor(/^2 results are delivered again\.$/)
  await workbench.command('Headless Jobs: Deliver Again')
  await workbench.notifications.waitFor(/^There is nothing to deliver again: /)
})
