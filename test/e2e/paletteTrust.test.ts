// In a workspace that is not trusted nothing is started, by whatever command, and the user is shown how to change that.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openWorkbench, type Workbench } from './workbench'

let workbench: Workbench

beforeAll(async () => {
  workbench = await openWorkbench({ trust: 'restricted' })
})
afterAll(() => workbench?.close())
beforeEach(() => workbench.reset())
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-paletteTrust-${task.name.slice(0, 20)}`)
})

test.each(['Submit Job…', 'Run Command on Files…', 'Rerun', 'Rerun Failed', 'Rerun with Changes…', 'Run Demo'])(
  '%s is refused',
  async title => {
    await workbench.command(`Headless Jobs: ${title}`)
    await workbench.notifications.waitFor(/cannot be started in a workspace that is not trusted/)
    await workbench.quickInput.waitUntilClosed()
  },
)

test('the message leads to where trust is managed', async () => {
  await workbench.command('Headless Jobs: Submit Job…')
  await workbench.screenshot('untrusted')
  await workbench.notifications.press(/not trusted/, 'Manage Workspace Trust')
  await workbench.page.locator('.workspace-trust-editor').waitFor()
  expect(workbench.state.servicePids()).toEqual([])
})
