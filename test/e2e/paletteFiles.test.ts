// A person runs a command over files with the palette: pattern, output, preview, one file first, then all.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until'
import { openWorkbench, type Workbench } from './workbench'

const LIMIT_MS = 30_000
const names = ['a b.txt', "it's.txt", '$HOME;x.txt', 'Größe.txt', '-dash.txt']

let workbench: Workbench

beforeAll(async () => {
  workbench = await openWorkbench({
    files: Object.fromEntries(names.map((name, index) => [`data/${name}`, 'x'.repeat(index + 1)])),
  })
})
afterAll(() => workbench?.close())
beforeEach(() => workbench.reset())
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-paletteFiles-${task.name.slice(0, 20)}`)
})

const outputs = (folder: string) => {
  const path = join(workbench.workspace, folder)
  return existsSync(path) ? readdirSync(path).filter(name => !name.includes('.part-')) : []
}

async function begin(line: string): Promise<void> {
  await workbench.command('Headless Jobs: Run Command on Files…')
  await workbench.quickInput.waitForTitle('Run Command on Files')
  await workbench.quickInput.enter(line)
}

test('files with any name are one argument each, and one may be tried first', async () => {
  const { quickInput, notifications } = workbench
  await begin('wc -c')
  await quickInput.row(/As the last argument/).waitFor()
  await workbench.screenshot('files-feed')
  await quickInput.pick(/On stdin/)
  await quickInput.waitForMessage(/pattern, such as/)
  await quickInput.type('data/*.nothing')
  await quickInput.waitForMessage(/No file matches/)
  await quickInput.type('data/*.txt')
  await quickInput.waitForMessage(/^5 files: /)
  await workbench.screenshot('files-pattern')
  await quickInput.accept()
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.type('${file}')
  await quickInput.waitForMessage(/would write over the input/)
  await quickInput.type('out/same.txt')
  await quickInput.waitForMessage(/would both write/)
  await workbench.screenshot('files-output-collision')
  await quickInput.accept()
  await quickInput.enter('out/${fileStem}.count')
  await quickInput.waitForMessage(/How many at once/)
  await quickInput.type('0')
  await quickInput.waitForMessage(/whole number from 1/)
  await quickInput.enter('2')
  await quickInput.waitForMessage(/Name of the batch/)
  expect(await quickInput.value()).toBe('wc: data/*.txt')
  await quickInput.enter('count bytes')
  await quickInput.row(/Run All/).waitFor()
  expect(await quickInput.placeholder()).toMatch(/^5 jobs, first: wc -c < /)
  await workbench.screenshot('files-preview')
  await quickInput.pick(/Try First File/)
  await notifications.waitFor(/succeeded/)
  expect(outputs('out')).toHaveLength(1)
  await workbench.screenshot('files-tried')
  await notifications.press(/succeeded/, 'Run Remaining 4')
  await until(() => outputs('out').length === 5, LIMIT_MS, 'all five outputs')
  const count = (name: string) =>
    readFileSync(join(workbench.workspace, 'out', name.replace('.txt', '.count')), 'utf8').trim()
  expect(names.map(count)).toEqual(['1', '2', '3', '4', '5'])
  expect(await notifications.waitFor(/“count bytes” has completed/)).toMatch(/4 succeeded/)
})

test('in a shell line the names of files are no code', async () => {
  const { quickInput } = workbench
  await begin('cat ${file} | tr x y')
  await quickInput.pick(/Run with bash/)
  await quickInput.waitForMessage(/pattern, such as/)
  await quickInput.enter('data/*.txt')
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.enter('${workspaceFolder}/shell/${fileBasename}')
  await quickInput.waitForMessage(/How many at once/)
  await quickInput.accept()
  await quickInput.waitForMessage(/Name of the batch/)
  await quickInput.accept()
  await quickInput.pick(/Run All/)
  await until(() => outputs('shell').length === 5, LIMIT_MS, 'all five outputs')
  expect(outputs('shell').sort()).toEqual([...names].sort())
  expect(readFileSync(join(workbench.workspace, 'shell', '$HOME;x.txt'), 'utf8')).toBe('yyy')
  await workbench.notifications.waitFor(/“cat .*” has completed/) // so that no later test receives it
})

test('the Explorer runs a command on the file that was clicked', async () => {
  const { page, quickInput } = workbench
  await page.keyboard.press('Control+Shift+E')
  const folder = page.locator('.explorer-folders-view .monaco-list-row', { hasText: /^data$/ })
  const file = page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'Größe.txt' })
  const isShown = async () => {
    if (await file.isVisible()) return true
    // the click that comes while the Explorer looks at new files is lost
    if ((await folder.getAttribute('aria-expanded')) === 'false') await folder.click()
    return false
  }
  await until(isShown, LIMIT_MS, 'the file in its folder')
  const item = page.locator('.context-view .action-item', { hasText: 'Run Command on Files…' })
  const isOffered = async () => {
    if (!(await item.isVisible())) await file.click({ button: 'right', timeout: 5000 })
    await item.waitFor({ timeout: 5000 })
    return true
  }
  await until(isOffered, LIMIT_MS, 'the menu of the file')
  const isOpen = async () => {
    if (await item.isVisible()) await item.click() // a menu that has just opened takes no click yet
    return quickInput.isOpen()
  }
  await until(isOpen, LIMIT_MS, 'the first question')
  await quickInput.waitForTitle('Run Command on 1 File')
  await quickInput.enter('wc -c ${file}')
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.enter('one.txt')
  await quickInput.pick(/Run All/)
  const output = join(workbench.workspace, 'one.txt')
  await until(() => existsSync(output), LIMIT_MS, 'the output')
  expect(readFileSync(output, 'utf8')).toMatch(/^4 .*Größe\.txt/)
})
