// A person runs jobs again and wants to see what the attempts before wrote; answers questions while jobs go on; and runs
// what a cancel has left. The jobs come from another window, as those of another extension do.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until'
import type { TestWindow } from '../support/window'
import { openBeside } from './beside'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

let workbench: Workbench
let view: JobsView
let other: TestWindow

beforeAll(async () => {
  workbench = await openWorkbench()
  other = openBeside(workbench, { resultsInHistory: true })
  await other.configure({ concurrency: 2 })
})
afterAll(async () => {
  other?.client.dispose()
  await workbench?.close()
})
beforeEach(async () => {
  await workbench.reset()
  view = await JobsView.openEmpty(workbench)
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewAttempts-${task.name.slice(0, 20)}`)
})

const put = (name: string, text: string) => workbench.writeFiles({ [name]: text })

/** Writes what stands in a file to stdout, and fails with a sentence when there is none. */
async function reads(name: string, text: string): Promise<string> {
  const input = `${name}.txt`
  put(input, text)
  const job = other.api.submit({ command: ['cat', input], name })
  await job.result
  await view.row(name).waitFor('succeeded')
  return join(workbench.workspace, input)
}

const waits = (name: string) => ({
  command: ['sh', '-c', `until [ -e "${name}.go" ]; do sleep 0.05; done; echo ${name}`],
  name,
})

/** Resolves when the active editor is this one and shows this. */
const shows = (tab: string, text: RegExp) =>
  until(
    async () => (await workbench.activeEditor()) === tab && text.test(await workbench.editorText()),
    UI_LIMIT_MS,
    `${tab} with ${text}`,
  )

test('the output of an attempt that a rerun has replaced is opened from the row, and has the attempt in its title', async () => {
  const input = await reads('fragile', 'precious result\n')
  await view.row('fragile').doubleClick()
  await shows('fragile.out', /precious result/)
  expect(await view.row('fragile').menu()).not.toContain('Show Earlier Attempt…')
  rmSync(input)
  await view.row('fragile').choose('Rerun')
  await view.row('fragile').waitFor('failed')
  expect(await view.row('fragile').description()).toMatch(/^attempt 2, exit 1: .*No such file/)
  await shows('fragile.out', /fragile\.txt: No such file/)
  expect(await view.row('fragile').tooltip()).toMatch(/^Earlier attempts: 1$/m)
  expect(await view.row('fragile').element.getAttribute('aria-label')).toContain('attempt 2')
  await view.row('fragile').choose('Show Earlier Attempt…')
  const { quickInput } = workbench
  await quickInput.waitForTitle('Attempts of fragile')
  const numbers = (await quickInput.items()).filter(label => label.startsWith('Attempt'))
  expect(numbers).toEqual(['Attempt 2', 'Attempt 1'])
  expect(await quickInput.row('Attempt 2').textContent()).toMatch(/failed, the latest, exit 1, .* on stderr/)
  expect(await quickInput.row('Attempt 1').textContent()).toMatch(/succeeded, .*16 bytes on stdout/)
  await workbench.screenshot('attempts')
  await quickInput.accept() // the last one before the latest has the focus
  await shows('fragile (attempt 1).out', /precious result/)
  await workbench.screenshot('attempt-document')
})

test('attempts are reached from the palette, and the stderr of one that wrote both with its button', async () => {
  put('both.sh', '#!/bin/sh\necho said\necho complained >&2\nexit 1\n')
  const job = other.api.submit({ command: ['./both.sh'], name: 'both', retries: 1 })
  await job.result
  await view.row('both').waitFor('failed')
  const { quickInput } = workbench
  await workbench.command('Headless Jobs: Show Earlier Attempt…')
  await quickInput.pick('both')
  await quickInput.waitForTitle('Attempts of both')
  await quickInput.row('Attempt 1').hover()
  await quickInput.row('Attempt 1').getByRole('button', { name: 'Show Errors' }).click()
  await shows('both (attempt 1).err', /complained/)
})

test('an open output follows its job when that is run again', async () => {
  const input = await reads('follows', 'old text\n')
  await view.row('follows').doubleClick()
  await shows('follows.out', /old text/)
  put('follows.txt', 'new text, longer\n')
  expect(existsSync(input)).toBe(true)
  await view.row('follows').choose('Rerun')
  await view.row('follows').waitForDescription(/attempt 2/)
  await view.row('follows').waitFor('succeeded')
  await shows('follows.out', /^new text, longer/)
  await view.row('follows').doubleClick()
  await shows('follows.out', /^new text, longer/)
  expect(await workbench.page.locator('.editor-group-container .tab').count()).toBe(1)
})

test('the open output of a job that was cleared shows that after a reload', async () => {
  await reads('cleared', 'was here\n')
  await view.row('cleared').doubleClick()
  await shows('cleared.out', /was here/)
  await other.client.service.clear({ filter: { all: true }, unsaved: 'delete' })
  await view.row('cleared').waitUntilGone()
  await shows('cleared.out', /was here/) // what is open stays as it is
  await workbench.command('Developer: Reload Window')
  await shows('cleared.out', /^This job is not in the history of Headless Jobs any more/)
  await workbench.screenshot('cleared-document')
})

test('what has not been written is not offered', async () => {
  const quiet = other.api.submit({ command: ['true'], name: 'quiet' })
  const loud = other.api.submit({ command: ['sh', '-c', 'echo out; echo err >&2'], name: 'loud' })
  await Promise.all([quiet.result, loud.result])
  await view.row('loud').waitFor('succeeded')
  const offered = (labels: readonly string[]) => labels.filter(label => /^(Show|Save Results)/.test(label))
  expect(offered(await view.row('quiet').menu())).toEqual([])
  expect(offered(await view.row('loud').menu())).toEqual([
    'Show Output',
    'Show Errors',
    'Show Standard Output',
    'Save Results…',
  ])
  await workbench.command('Headless Jobs: Show Errors')
  await workbench.quickInput.waitForTitle('1 job')
  expect(await workbench.quickInput.items()).toEqual(['loud'])
})

test('results are looked for before a folder is requested, also those of earlier attempts', async () => {
  const batch = other.api.submitBatch([{ command: ['true'] }, { command: ['true'] }], { name: 'silent' })
  await batch.completed
  await view.row('silent').waitFor('succeeded')
  await view.row('silent').choose('Save Results…')
  await workbench.notifications.waitFor(/There is nothing to save/)
  expect(await workbench.quickInput.isOpen()).toBe(false)
  rmSync(await reads('once good', 'kept\n'))
  await view.row('once good').choose('Rerun')
  await view.row('once good').waitFor('failed')
  await view.row('once good').choose('Save Results…')
  expect(await workbench.dialog.text()).toMatch(/^Save the result of an earlier attempt\?/)
  await workbench.screenshot('save-earlier')
  await workbench.dialog.press('Save Nothing')
  await view.row('once good').choose('Clear')
  expect(await workbench.dialog.text()).toMatch(/^Delete a result that was not saved\?/)
  await workbench.dialog.press('Delete')
  await view.row('once good').waitUntilGone()
})

test('what ends while a question stands is not deleted by its answer', async () => {
  await reads('asked about', 'old\n')
  const late = other.api.submit(waits('late'))
  await view.row('late').waitFor('running')
  await view.pressTool('Clear Finished')
  expect(await workbench.dialog.text()).toMatch(/^Delete a result that was not saved\?/)
  put('late.go', '')
  await late.result
  await view.row('late').waitFor('succeeded')
  await workbench.dialog.press('Delete')
  await view.row('asked about').waitUntilGone()
  expect(await view.row('late').state()).toBe('succeeded')
})

test('what ends while the palette asks which jobs to clear is not cleared with the others', async () => {
  const done = ['done a', 'done b'].map(name => other.api.submit({ command: ['true'], name }))
  await Promise.all(done.map(job => job.result))
  const late = other.api.submit(waits('too late'))
  await view.row('too late').waitFor('running')
  await workbench.command('Headless Jobs: Clear')
  await workbench.quickInput.row(/Everything that has ended/).waitFor()
  put('too late.go', '')
  await late.result
  await view.row('too late').waitFor('succeeded')
  await workbench.quickInput.pick(/Everything that has ended/)
  await view.row('done a').waitUntilGone()
  expect(await view.row('too late').state()).toBe('succeeded')
})

test('what comes while a question stands is not cancelled by its answer', async () => {
  await other.configure({ concurrency: 1 })
  const batch = other.api.submitBatch(
    Array.from({ length: 25 }, () => ({ command: ['sleep', '1000'] })),
    { name: 'many' },
  )
  await view.row('many').waitFor('running')
  await workbench.command('Headless Jobs: Cancel All')
  expect(await workbench.dialog.text()).toMatch(/^Cancel 25 jobs\?/)
  const later = other.api.submit(waits('later'))
  await later.accepted
  await workbench.dialog.press('Cancel 25 Jobs')
  expect((await batch.completed).counts.cancelled).toBe(25)
  await view.row('later').waitFor('running')
  put('later.go', '')
  expect((await later.result).state).toBe('succeeded')
})

test('of a batch with cancelled jobs Rerun Failed shows what to do instead, and Run Remaining does it', async () => {
  await other.configure({ concurrency: 1 })
  const names = ['left a', 'left b', 'left c']
  const command = ['sh', '-c', 'until [ -e left.go ]; do sleep 0.05; done']
  const batch = other.api.submitBatch(
    names.map(name => ({ command, name })),
    { name: 'left over' },
  )
  await view.row('left over').waitFor('running')
  await batch.cancel()
  put('left.go', '')
  await view.row('left over').waitFor('cancelled')
  await view.row('left over').choose('Rerun Failed')
  await workbench.notifications.waitFor(/None of these jobs has failed, but 3 were cancelled\. “Run Remaining”/)
  await workbench.screenshot('none-failed')
  await view.row('left over').choose('Run Remaining')
  await view.row('left over').waitFor('succeeded')
  expect(await view.row('left over').counts()).toEqual(['3'])
  expect(await view.row('left over').menu()).not.toContain('Run Remaining')
  await workbench.command('Headless Jobs: Run Remaining')
  await workbench.notifications.waitFor(/No job has failed or was cancelled/)
})
