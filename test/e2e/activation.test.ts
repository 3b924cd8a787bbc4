// The packaged extension comes up in a VS Code as a user has it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorkbench, type Workbench } from './workbench'

let workbench: Workbench

beforeAll(async () => {
  workbench = await openWorkbench()
})
afterAll(() => workbench?.close())

test('the status bar has an item, and the palette has the commands', async () => {
  expect(await workbench.statusBarLabel('headlessJobs.status')).toContain('Headless Jobs')
  expect(await workbench.hasCommand('Headless Jobs: Submit Job…')).toBe(true)
  expect(await workbench.hasCommand('Headless Jobs: No Such Command')).toBe(false)
})

test('the view container opens and its page offers to submit a job', async () => {
  await workbench.openViewContainer('Headless Jobs')
  await workbench
    .webview()
    .getByRole('button', { name: /Submit/ })
    .first()
    .waitFor()
  await workbench.screenshot('activation')
})
