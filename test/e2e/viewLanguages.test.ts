// The window in another language: in a real VS Code whose texts are in a pseudo language nothing is left in English, and nothing
// that is data is changed.
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { englishOf, pseudo } from '../support/pseudoLanguage'
import { shownTextsOf } from '../support/shownTexts'
import { until } from '../support/until'
import type { TestWindow } from '../support/window'
import { openBeside } from './beside'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

let workbench: Workbench
let other: TestWindow

beforeAll(async () => {
  workbench = await openWorkbench({ settings: { 'headlessJobs.concurrency': 1 }, pseudo: true })
})
afterAll(() => workbench?.close())
beforeEach(async () => {
  await workbench.reset()
  other = openBeside(workbench, { resultsInHistory: true })
  await workbench.openViewContainer(pseudo('Headless Jobs'))
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewLanguages-${task.name.slice(0, 20)}`)
  other.client.dispose()
})

const page = () => workbench.webview()
const row = (name: string) => page().locator('.row', { has: page().locator('.name', { hasText: name }) })

/** Letters that only the pseudo language has. */
const accented = /[āȧḗīǿŭƀƈḓƒɠħĵķŀḿƞƥɋřşŧṽẇẋẏẑ]/i

async function expectNoEnglish(element: Locator, data: readonly string[], atLeast: number): Promise<void> {
  const texts = await shownTextsOf(element)
  expect(texts.map(text => englishOf(text, data)).filter(english => english !== '')).toEqual([])
  expect(texts.filter(text => accented.test(text)).length).toBeGreaterThanOrEqual(atLeast)
}

/** Brings the keyboard into the view and presses keys of its commands until they have worked. */
async function pressUntil(key: string, effect: () => Promise<boolean>): Promise<void> {
  const pressed = async () => {
    await page()
      .locator('main')
      .click({ position: { x: 5, y: 5 } })
    await workbench.page.keyboard.press(key)
    return until(effect, 5000, `the effect of ${key}`)
  }
  await until(pressed, UI_LIMIT_MS, `the effect of ${key}`)
}

/** One finished, one failed, one running, one waiting, and a batch that has finished. */
async function submitOneOfEach(): Promise<string[]> {
  const { api } = other
  await api.submitBatch([{ command: ['true'] }, { command: ['true'] }], { name: 'cohort' }).completed
  await api.submit({ name: 'vol-1', command: ['echo', '7'] }).result
  await api.submit({ name: 'vol-2', command: ['sh', '-c', 'echo bad header >&2; exit 3'] }).result
  const running = api.submit({ name: 'vol-3', command: ['sleep', '600'], retries: 2, timeoutSeconds: 900 })
  await until(() => running.info.state === 'running', UI_LIMIT_MS, 'a running job')
  await api.submit({ name: 'vol-4', command: ['true'] }).accepted
  const commands = ["sh -c 'echo bad header >&2; exit 3'", 'sleep 600', 'echo', 'true', '/usr/bin/', '/bin/']
  const said = ['bad header', 'Exit code 3', 'exit 3', ...saidByService()]
  return ['cohort', 'vol-1', 'vol-2', 'vol-3', 'vol-4', workbench.workspace, ...commands, ...said]
}

/** Why so many run at once, and why none does. */
function saidByService(): string[] {
  const { concurrencyWhy = '', pausedBecause = '' } = other.client.summary ?? {}
  return [concurrencyWhy, concurrencyWhy.charAt(0).toUpperCase() + concurrencyWhy.slice(1), pausedBecause]
}

test('an empty view, its title and the status bar', async () => {
  await other.client.connect({ start: true })
  for (const shown of ['.concurrency', '.notice']) await page().locator(shown).first().waitFor({ timeout: UI_LIMIT_MS })
  await expectNoEnglish(page().locator('body'), saidByService(), 12)
  const ofVsCode = ['actions', 'Views and More Actions...', 'Ctrl+Alt+N', 'Ctrl+Alt+P', 'Ctrl+F']
  await expectNoEnglish(workbench.page.locator('.sidebar'), ofVsCode, 6)
  await workbench.screenshot('languages-empty')
})

test('rows, details, the filter with what it offers, and a notice', async () => {
  const data = await submitOneOfEach()
  for (const name of ['vol-1', 'vol-2', 'vol-3', 'vol-4', 'cohort']) await row(name).waitFor({ timeout: UI_LIMIT_MS })
  for (const name of ['vol-1', 'vol-3', 'cohort', 'vol-2']) {
    await row(name).locator('.name').click()
    await page().locator('.details .label', { hasText: name }).waitFor({ timeout: UI_LIMIT_MS })
    await expectNoEnglish(page().locator('body'), data, 20)
  }
  await until(
    async () => (await page().locator('#tail-stderr').textContent()) === 'bad header\n',
    UI_LIMIT_MS,
    'stderr',
  )
  await workbench.screenshot('languages-details')

  await pressUntil('Control+f', () => page().locator('.find input').isVisible())
  await page().locator('.find input').fill('e')
  await page().locator('.completions li').first().waitFor({ timeout: UI_LIMIT_MS })
  await expectNoEnglish(page().locator('.find'), ['exit:>0', 'exit:', 'error:'], 12)
  await workbench.screenshot('languages-filter')
  await page().locator('.find input').fill('exit:much')
  await page().locator('.find .problem').waitFor({ timeout: UI_LIMIT_MS })
  await expectNoEnglish(page().locator('.find .problem'), ['exit:much', 'exit:>0'], 1)
  await page().locator('.find input').press('Escape')
  await page().locator('.find input').press('Escape')

  await pressUntil('Control+Alt+p', () => page().locator('.banner').isVisible())
  await expectNoEnglish(page().locator('.banner'), saidByService(), 2)
  await expectNoEnglish(workbench.statusBarItem('headlessJobs.status'), data, 2)
  expect(await workbench.statusBarLabel('headlessJobs.status')).toContain(pseudo('paused'))
})

test('each step of a wizard', async () => {
  const { quickInput } = workbench
  const shown = async () => [
    await quickInput.title(),
    await quickInput.placeholder(),
    await quickInput.message(),
    ...(await quickInput.items()),
  ]
  await pressUntil('Control+Alt+n', () => quickInput.isOpen())
  await quickInput.waitForTitle(pseudo('Submit Job'))
  const ofVsCode = "(Press 'Enter' to confirm or 'Escape' to cancel)"
  const data = [ofVsCode, 'python smooth.py --radius 5', 'out/result.txt', workbench.workspace, 'echo hello', 'echo']
  const answers = ['echo hello', '', '', '']
  for (const [step, answer] of answers.entries()) {
    const title = new RegExp(`\\(${step + 1}/`)
    await quickInput.waitForTitle(title)
    expect((await shown()).map(text => englishOf(text, data)).filter(english => english !== '')).toEqual([])
    await workbench.screenshot(`languages-wizard-${step + 1}`)
    if (answer !== '') await quickInput.type(answer)
    await quickInput.accept()
  }
  await row('echo').waitFor({ timeout: UI_LIMIT_MS })
})
