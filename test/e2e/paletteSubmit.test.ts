// A person submits single jobs with the palette: every question, its checks, the way back, and what comes of it.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until'
import { openWorkbench, type Workbench } from './workbench'

const LIMIT_MS = 30_000

let workbench: Workbench

beforeAll(async () => {
  workbench = await openWorkbench({
    files: { 'in put.txt': 'three little words\n', 'old.txt': 'old\n' },
    settings: { 'headlessJobs.notifications': 'all' },
  })
})
afterAll(() => workbench?.close())
beforeEach(() => workbench.reset())
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-paletteSubmit-${task.name.slice(0, 20)}`)
})

/** Answers the questions behind the command line: nothing on stdin, the output, the name, or the one that is proposed. */
async function finish(saveAs = '', name?: string): Promise<void> {
  const { quickInput } = workbench
  await quickInput.pick('Nothing')
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.enter(saveAs)
  await quickInput.waitForMessage(/Name of the job/)
  if (name !== undefined) await quickInput.type(name)
  await quickInput.accept()
  await quickInput.waitUntilClosed()
}

async function submitLine(line: string): Promise<void> {
  await workbench.command('Headless Jobs: Submit Job…')
  await workbench.quickInput.waitForTitle('Submit Job')
  await workbench.quickInput.enter(line)
}

/** Endings that come close together are reported in one message: each test waits for the ends of its own jobs. */
const untilNotified = (name: string) => workbench.notifications.waitFor(new RegExp(`“${name}” succeeded`))

/** There is a job service once there has been a job. */
async function startService(): Promise<void> {
  await submitLine('true')
  await finish('', 'the first')
  await untilNotified('the first')
}

test('a command line without a shell keeps its quoted words, and its output is shown', async () => {
  await submitLine(`printf '<%s>' 'a b' "c;d" e`)
  await finish()
  expect(await workbench.notifications.waitFor(/“printf” succeeded/)).toMatch(/succeeded in/)
  await workbench.notifications.press(/“printf” succeeded/, 'Show Output')
  await workbench.page.locator('.tab.active[data-resource-name="printf.out"]').waitFor()
  expect(await workbench.editorText()).toBe('<a b><c;d><e>')
})

test('a quote that is not closed is reported while typing, and keeps the question open', async () => {
  const { quickInput } = workbench
  await workbench.command('Headless Jobs: Submit Job…')
  await quickInput.waitForTitle('Submit Job')
  await quickInput.type(`echo 'a b`)
  await quickInput
    .row(/echo 'a b/)
    .getByText('is not closed')
    .waitFor()
  await workbench.screenshot('submit-unclosed-quote')
  await quickInput.accept()
  await quickInput.type('no-such-program-here')
  await quickInput
    .row(/no-such-program-here/)
    .getByText('There is no program')
    .waitFor()
  await quickInput.cancel()
})

test('a pipe is offered a shell, and the way back leads to the command line as it was typed', async () => {
  const { quickInput } = workbench
  await submitLine('printf "b\\na\\n" | sort')
  await quickInput.row(/Run with bash -o pipefail/).waitFor()
  await workbench.screenshot('submit-shell')
  await quickInput.back()
  await until(async () => (await quickInput.value()).includes('| sort'), LIMIT_MS, 'the line that was typed')
  await quickInput.accept()
  await quickInput.pick(/Run with bash -o pipefail/)
  await finish('sorted.txt', 'sort')
  await untilNotified('sort')
  expect(readFileSync(join(workbench.workspace, 'sorted.txt'), 'utf8')).toBe('a\nb\n')
})

test('input and output are files with blanks; wrong ones are refused at their step', async () => {
  const { quickInput } = workbench
  await submitLine('wc -w')
  await quickInput.row(/Nothing/).waitFor()
  await workbench.screenshot('submit-stdin')
  await quickInput.pick(/A file/)
  await quickInput.waitForMessage(/File that the job reads|path of a file/)
  await quickInput.type('no such file')
  expect(await quickInput.waitForMessage(/There is no file/)).toContain('no such file')
  await quickInput.enter('in put.txt')
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.type('nowhere/x.txt')
  await quickInput.waitForMessage(/There is no folder .*nowhere/)
  await quickInput.accept()
  await quickInput.type('old.txt')
  await quickInput.waitForMessage(/will be replaced when the job succeeds/)
  await workbench.screenshot('submit-save-as')
  await quickInput.accept()
  await quickInput.waitForMessage(/Name of the job/)
  await workbench.screenshot('submit-name')
  await quickInput.enter('count the words')
  await untilNotified('count the words')
  expect(readFileSync(join(workbench.workspace, 'old.txt'), 'utf8').trim()).toBe('3')
})

test('past lines are offered, the latest first', async () => {
  const { quickInput } = workbench
  for (const line of ['echo before', 'true "after that"']) {
    await submitLine(line)
    await finish('', line.slice(0, 4))
    await untilNotified(line.slice(0, 4))
    await workbench.reset()
  }
  await workbench.command('Headless Jobs: Submit Job…')
  await quickInput.waitForTitle('Submit Job')
  await quickInput.row('echo before').waitFor()
  expect((await quickInput.items()).slice(0, 2)).toEqual(['true "after that"', 'echo before'])
  await workbench.screenshot('submit-history')
  await quickInput.cancel()
})

test('a job that fails is reported with its reason, and is run again with changes', async () => {
  const { quickInput, notifications } = workbench
  await submitLine('cat missing.txt')
  await finish()
  expect(await notifications.waitFor(/“cat missing.txt” failed/)).toMatch(/Exit code 1/)
  workbench.writeFiles({ 'there.txt': 'here I am\n' })
  await workbench.command('Headless Jobs: Rerun with Changes…')
  await quickInput.pick(/cat missing.txt/)
  await quickInput.waitForTitle('Rerun cat missing.txt with Changes')
  expect(await quickInput.value()).toBe('cat missing.txt')
  await quickInput.enter('cat there.txt')
  await quickInput.row(/Nothing/).waitFor()
  await quickInput.accept()
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.accept()
  await quickInput.waitForMessage(/Name of the job/)
  await quickInput.enter('second try')
  await untilNotified('second try')
})

test('the copied command does the same in a terminal', async () => {
  const { quickInput } = workbench
  await submitLine('wc -l')
  await quickInput.pick(/A file/)
  await quickInput.waitForMessage(/File that the job reads|path of a file/)
  await quickInput.enter('in put.txt')
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.enter('lines.txt')
  await quickInput.waitForMessage(/Name of the job/)
  await quickInput.enter('count the lines')
  await untilNotified('count the lines')
  await workbench.command('Headless Jobs: Copy Command')
  await quickInput.pick(/count the lines/)
  const copied = await until(
    async () => (await workbench.clipboard()).includes('wc -l') && workbench.clipboard(),
    LIMIT_MS,
    'the command in the clipboard',
  )
  expect(copied).toMatch(/^cd .* && OMP_NUM_THREADS=1 .* wc -l < '.*in put\.txt' > .*lines\.txt$/)
})

test('the question for the concurrency shows its present value and why', async () => {
  const { quickInput } = workbench
  await startService()
  await workbench.command('Headless Jobs: Set Concurrency…')
  expect(await quickInput.waitForMessage(/How many jobs at once/)).toMatch(/^Now \d+\. .+/)
  await workbench.screenshot('set-concurrency')
  await quickInput.type('many')
  await quickInput.waitForMessage(/whole number from/)
  await quickInput.enter('3')
  await quickInput.waitUntilClosed()
  const isShown = async () => {
    await workbench.command('Headless Jobs: Set Concurrency…')
    const prompt = await quickInput.waitForMessage(/How many jobs at once/)
    await quickInput.cancel()
    return prompt.startsWith('Now 3.')
  }
  await until(isShown, LIMIT_MS, 'the new number')
})

test('what is not saved elsewhere is not cleared without a question', async () => {
  await submitLine('echo nowhere else')
  await finish('', 'to be cleared')
  await untilNotified('to be cleared')
  await workbench.command('Headless Jobs: Clear Finished')
  expect(await workbench.dialog.text()).toMatch(/Delete .*results? that (was|were) not saved/)
  expect(await workbench.dialog.buttons()).toEqual(expect.arrayContaining(['Save to Folder…', 'Delete']))
  await workbench.screenshot('clear-unsaved')
  await workbench.dialog.press('Delete')
  await workbench.command('Headless Jobs: Show Output')
  await workbench.notifications.waitFor(/There are no jobs in the history/)
})

test('the job service is shown with its settings', async () => {
  await startService()
  await workbench.command('Headless Jobs: Show Job Service Status')
  await workbench.quickInput.row(/Open State Folder/).waitFor()
  await workbench.screenshot('service-status')
  expect((await workbench.quickInput.items()).join()).toMatch(/Show Log/)
  await workbench.quickInput.cancel()
})

test('an output that is not text is offered to be saved', async () => {
  await submitLine(`printf '\\377\\000\\001'`)
  await finish()
  await workbench.notifications.press(/“printf 001” succeeded/, 'Show Output')
  expect(await workbench.notifications.waitFor(/is not text/)).toMatch(/3 bytes/)
})
