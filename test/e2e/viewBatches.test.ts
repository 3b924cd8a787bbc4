// A person follows batches in the view: the demonstration; three of eight files fail, the script is mended, the failed
// ones run again; the keyboard; and what a checker of accessibility reports of the page.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { stateFolder } from '../../src/service/base/paths'
import { until } from '../support/until'
import { openWindow } from '../support/window'
import { findings } from './accessibility'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

const DEMO_LIMIT_MS = 60_000
const BROKEN = ['3.txt', '5.txt', '8.txt']

const script = (accepts: string) => `#!/bin/sh
case "$(cat)" in
  ${accepts}) echo "mean of $HEADLESS_JOB_NAME" ;;
  *) echo "reading $HEADLESS_JOB_NAME" >&2; echo "ValueError: bad header in $HEADLESS_JOB_NAME" >&2; exit 3 ;;
esac
`

let workbench: Workbench
let view: JobsView

beforeAll(async () => {
  const names = Array.from({ length: 8 }, (_, index) => `${index + 1}.txt`)
  workbench = await openWorkbench({
    files: {
      ...Object.fromEntries(names.map(name => [`data/${name}`, BROKEN.includes(name) ? 'odd' : 'plain'])),
    },
  })
})
afterAll(() => workbench?.close())
beforeEach(async () => {
  workbench.writeFiles({ 'mean.sh': script('plain') })
  rmSync(join(workbench.workspace, 'out'), { recursive: true, force: true })
  await workbench.reset()
  view = await JobsView.openEmpty(workbench)
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewBatches-${task.name.slice(0, 20)}`)
})

/** Runs the script over the eight files and waits for the end of the batch. */
/** The name that is proposed when the first one is taken. */
const SECOND = 'mean.sh: data/*.txt (2)'

async function runOnFiles(state: string, counts: string[], name = 'mean.sh: data/*.txt'): Promise<void> {
  const { quickInput } = workbench
  await view.pressTool('Run Command on Files…')
  await quickInput.waitForTitle('Run Command on Files')
  await quickInput.enter('./mean.sh')
  await quickInput.pick(/On stdin/)
  await quickInput.waitForMessage(/pattern, such as/)
  await quickInput.type('data/*.txt')
  await quickInput.waitForMessage(/^8 files: /)
  await quickInput.accept()
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.enter('out/${fileStem}.mean')
  await quickInput.waitForMessage(/How many at once/)
  await quickInput.accept()
  await quickInput.waitForMessage(/Name of the batch/)
  await quickInput.accept()
  await quickInput.pick(/Run All/)
  await waitForBatch(name, state, counts)
}

const outputs = () => {
  const folder = join(workbench.workspace, 'out')
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

/** Resolves when a batch has come to an end in this state, with so many succeeded and failed. */
async function waitForBatch(name: string, state: string, counts: string[], limitMs = UI_LIMIT_MS): Promise<void> {
  const ended = async () => (await view.row(name).counts()).join() === counts.join()
  await until(ended, limitMs, `${name} with ${counts.join(' and ')}`)
  await view.row(name).waitFor(state)
}

test('the empty view runs the demonstration: two batches, all of their jobs succeed', async () => {
  await view.page.getByRole('button', { name: 'Run Demo' }).click()
  await waitForBatch('Demo: 50 spheres', 'succeeded', ['50'], DEMO_LIMIT_MS)
  await waitForBatch('Demo: five filters', 'succeeded', ['5'], DEMO_LIMIT_MS)
  expect(await view.names()).toEqual(['Demo: five filters', 'Demo: 50 spheres'])
  expect(await workbench.notifications.waitFor(/The demo has run/)).toMatch(/55 jobs in .*: 55 succeeded, 0 failed/)
})

test('of a command over eight files three fail, and each row shows why', async () => {
  await runOnFiles('failed', ['5', '3'])
  await view.row('mean.sh: data/*.txt').expand()
  for (const name of BROKEN) {
    await view.inner(name).waitFor('failed')
    expect(await view.inner(name).description()).toBe(`exit 3: ValueError: bad header in ${name}`)
  }
  expect(await view.inner('1.txt').state()).toBe('succeeded')
  expect(outputs()).toEqual(['1.mean', '2.mean', '4.mean', '6.mean', '7.mean'])
})

test('in every kind of theme the view has no serious fault of accessibility', async () => {
  await runOnFiles('failed', ['5', '3'])
  await view.row('mean.sh: data/*.txt').expand()
  for (const theme of ['Light Modern', 'Dark High Contrast', 'Dark Modern']) {
    await workbench.chooseTheme(theme)
    const wanted = theme.includes('Contrast') ? 'vscode-high-contrast' : `vscode-${theme.split(' ')[0]?.toLowerCase()}`
    await view.page.locator(`body.${wanted}`).waitFor({ timeout: UI_LIMIT_MS })
    expect(await view.rows.count()).toBe(9)
    expect([theme, await findings(await view.frame())]).toEqual([theme, []])
  }
})

test('once the script is mended, Rerun Failed brings the rest', async () => {
  await runOnFiles('failed', ['5', '3'])
  workbench.writeFiles({ 'mean.sh': script('plain | odd') })
  await view.row('mean.sh: data/*.txt').choose('Rerun Failed')
  await waitForBatch('mean.sh: data/*.txt', 'succeeded', ['8'])
  await view.row('mean.sh: data/*.txt').expand()
  expect(await view.count('failed')).toBe(0)
  expect(outputs()).toEqual(Array.from({ length: 8 }, (_, index) => `${index + 1}.mean`))
  for (const n of [1, 3, 5, 8]) {
    expect(readFileSync(join(workbench.workspace, 'out', `${n}.mean`), 'utf8')).toBe(`mean of ${n}.txt\n`)
  }
})

test('the keys of the tree do what they do in the trees of VS Code', async () => {
  workbench.writeFiles({ 'mean.sh': script('plain | odd') })
  await runOnFiles('succeeded', ['8'])
  await runOnFiles('succeeded', ['8'], SECOND)
  await view.row(SECOND).expand()
  const isActive = (name: string) =>
    until(async () => (await view.activeName()) === name, UI_LIMIT_MS, `${name} active`)
  const press = async (key: string, name: string) => {
    await view.press(key)
    await isActive(name)
  }
  const batch = view.row(SECOND)
  const folded = (is: boolean) => until(async () => (await batch.isExpanded()) !== is, UI_LIMIT_MS, `folded: ${is}`)
  await view.tree.focus()
  await press('Home', SECOND)
  await press('ArrowDown', '1.txt')
  await press('ArrowDown', '2.txt')
  await press('ArrowUp', '1.txt')
  await press('ArrowLeft', SECOND)
  await view.press('ArrowLeft')
  await folded(true)
  await view.press('End')
  await until(
    () => view.rows.last().evaluate(row => row.classList.contains('active')),
    UI_LIMIT_MS,
    'the last row active',
  )
  await view.press('Home')
  await until(
    () => view.rows.first().evaluate(row => row.classList.contains('active')),
    UI_LIMIT_MS,
    'the first row active',
  )
  await view.press('ArrowRight')
  await folded(false)
  await press('ArrowRight', '1.txt')
  await view.press(' ')
  await until(() => view.inner('1.txt').isSelected(), UI_LIMIT_MS, 'a selected row')
  await view.press(' ')
  await until(async () => !(await view.inner('1.txt').isSelected()), UI_LIMIT_MS, 'a row that is not selected')
  await view.press('Enter')
  await until(async () => (await workbench.activeEditor()) === '1.mean', UI_LIMIT_MS, 'the file that it wrote')
  expect((await workbench.editorText()).trim()).toBe('mean of 1.txt')
  await view.tree.focus()
  await press('Home', SECOND)
  await view.press('Enter')
  await folded(true)
})

test('what a window with another folder has submitted is in a group at the end, by mouse and by keyboard', async () => {
  await runOnFiles('failed', ['5', '3'])
  const { client, api } = openWindow(stateFolder('', workbench.state.env), {
    version: '0.0.0', // it starts no job service and replaces none
    name: 'atlas',
    workspace: 'file:///home/me/atlas',
  })
  try {
    const group = view.row('Other Windows')
    expect(await group.element.count()).toBe(0)
    const batch = api.submitBatch([{ command: ['sleep', '600'], name: 'far' }], { name: 'elsewhere' })
    api.submit({ command: ['true'], name: 'single' })
    await group.waitForDescription(/^2$/)
    expect(await view.names()).toEqual(['mean.sh: data/*.txt', 'Other Windows'])
    await group.element.click()
    await view.row('elsewhere').waitForDescription(/1 running/)
    expect(await view.names()).toEqual(['mean.sh: data/*.txt', 'Other Windows', 'single', 'elsewhere'])
    expect(await view.tree.locator('.row.selected').count()).toBe(0)
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await view.press(key)
    await view.row('far').waitFor('running')
    await view.press('ArrowRight')
    await workbench.screenshot('other-windows')
    expect(await findings(await view.frame())).toEqual([])
    // out of the batch, folded, out of the group, folded: however fast the keys come
    expect(await view.activeName()).toBe('far')
    for (let i = 0; i < 4; i++) await view.press('ArrowLeft')
    await until(async () => (await view.names()).length === 2, UI_LIMIT_MS, 'a folded group')
    expect(await view.activeName()).toBe('Other Windows')
    expect(await group.tooltip()).toContain('share the queue')
    await batch.cancel()
  } finally {
    client.dispose()
  }
})
