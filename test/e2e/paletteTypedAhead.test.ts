// A person who types faster than the questions come: each key goes to the question that it is meant for, and none to the
// editor.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

let workbench: Workbench

beforeAll(async () => {
  workbench = await openWorkbench({
    files: {
      'words.txt': 'three little words\n',
      'notes.txt': 'nobody types here',
      'old.txt': 'old\n',
      'data/a.txt': 'a\n',
      'data/b.txt': 'b\n',
    },
    settings: { 'headlessJobs.notifications': 'all' },
  })
})
afterAll(() => workbench?.close())
beforeEach(async () => {
  await workbench.reset()
  await workbench.openFile('notes.txt')
})
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  await workbench.screenshot(`failed-typedAhead-${task.name.slice(0, 20)}`)
  await workbench.command('Notifications: Show Notifications') // a message that came in other words is there
  await workbench.screenshot(`failed-typedAhead-${task.name.slice(0, 20)}-messages`)
})

/** Between two keys: nobody types faster, and the questions come slower on any machine. */
const KEY_MS = 50

/** Types without a pause; a line feed is Enter. */
async function type(keys: string): Promise<void> {
  const { keyboard } = workbench.page
  for (const [i, line] of keys.split('\n').entries()) {
    if (i > 0) await keyboard.press('Enter', { delay: KEY_MS })
    await keyboard.type(line, { delay: KEY_MS })
  }
}

async function open(command: string, title: string): Promise<void> {
  await workbench.command(`Headless Jobs: ${command}`)
  await workbench.quickInput.waitForTitle(title)
}

/** What a job wrote into a file of the workspace. */
async function written(name: string): Promise<string> {
  const file = join(workbench.workspace, name)
  await until(() => existsSync(file), UI_LIMIT_MS, `the output ${name}`)
  return readFileSync(file, 'utf8').trim()
}

/** Endings that come close together are reported in one message: each test waits for the end of its own job. */
const untilNotified = (name: string) =>
  workbench.notifications.waitFor(new RegExp(`succeeded.*“${name}”|“${name}”.* succeeded`))

async function nothingWentAstray(): Promise<void> {
  expect(await workbench.editorText()).toBe('nobody types here')
  expect(await workbench.page.locator('.tab.dirty').count()).toBe(0)
}

test('all answers of Submit Job typed in one go', async () => {
  await open('Submit Job…', 'Submit Job')
  await type('wc -w\nA file\nwords.txt\ncount.txt\nmy count\n')
  await workbench.quickInput.waitUntilClosed()
  await untilNotified('my count')
  expect(await written('count.txt')).toBe('3')
  await nothingWentAstray()
})

test('Enter alone takes what each question proposes', async () => {
  await open('Submit Job…', 'Submit Job')
  await type('printf proposed\n\n\n\n')
  await workbench.quickInput.waitUntilClosed()
  await untilNotified('printf.*')
  await nothingWentAstray()
})

test('what is typed ahead without Enter stands in the box of its question', async () => {
  const { quickInput } = workbench
  await open('Submit Job…', 'Submit Job')
  await type('printf waiting\n\nwait')
  await quickInput.waitForMessage(/Save stdout as/)
  await until(async () => (await quickInput.value()) === 'wait', UI_LIMIT_MS, 'the word in its box')
  await type('ing.txt')
  expect(await quickInput.value()).toBe('waiting.txt')
  await type('\n\n')
  await quickInput.waitUntilClosed()
  await untilNotified('printf.*')
  expect(await written('waiting.txt')).toBe('waiting')
  await nothingWentAstray()
})

test('an answer that is wrong stops there, and what was typed for later questions waits for them', async () => {
  const { quickInput } = workbench
  await open('Submit Job…', 'Submit Job')
  await type('wc -w\nA file\nno such file\nfixed.txt\nfixed\n')
  await quickInput.waitForMessage(/There is no file .*no such file/)
  await until(async () => (await quickInput.value()) === 'no such file', UI_LIMIT_MS, 'the answer alone in its box')
  await workbench.screenshot('typed-ahead-wrong')
  await quickInput.enter('words.txt')
  await quickInput.waitUntilClosed()
  await untilNotified('fixed')
  expect(await written('fixed.txt')).toBe('3')
  await nothingWentAstray()
})

test('all answers of Run Command on Files, to the preview and through it', async () => {
  await open('Run Command on Files…', 'Run Command on Files')
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable that a person types
  await type('cat ${file}\ndata/*.txt\nout/${fileStem}.copy\n1\ncopies\n')
  await workbench.quickInput.row(/Run All/).waitFor({ timeout: UI_LIMIT_MS })
  await workbench.screenshot('typed-ahead-preview')
  await workbench.quickInput.accept()
  await workbench.quickInput.waitUntilClosed()
  await untilNotified('copies')
  expect(await written('out/a.copy')).toBe('a')
  expect(await written('out/b.copy')).toBe('b')
  await nothingWentAstray()
})

test('Escape typed ahead ends it, and nothing is started', async () => {
  await open('Submit Job…', 'Submit Job')
  await type('printf never\n\nnever.txt')
  // in the moment in which VS Code replaces one question by the next, it closes the one that goes: then it takes another
  await workbench.quickInput.cancel()
  await nothingWentAstray()
  expect(existsSync(join(workbench.workspace, 'never.txt'))).toBe(false)
})
