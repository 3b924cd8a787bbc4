// A person reads what jobs wrote: the end of 2 GB and the parts before it, a traceback that leads to its line, images, a running job
// that is followed. The jobs come from another window, as those of another extension do.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until'
import type { TestWindow } from '../support/window'
import { openBeside } from './beside'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-/

/** Text, a hole of 2 GB, and text again. */
const writesMuch = `import os
os.write(1, b"".join(b"first %d\\n" % n for n in range(20000)))
os.lseek(1, 2 << 30, os.SEEK_SET)
os.write(1, b"\\n" + b"".join(b"line %d\\n" % n for n in range(1000000)))
`
const fails = `def f(x):
    return 1 / x

f(0)
`
/** One red pixel. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
const svg =
  '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20"/></svg>'

let workbench: Workbench
let view: JobsView
let other: TestWindow

beforeAll(async () => {
  workbench = await openWorkbench({
    files: { 'much.py': writesMuch, 'fails.py': fails },
    settings: { 'headlessJobs.maxOutputMegabytes': 4096 },
  })
  other = openBeside(workbench, { resultsInHistory: true })
  await other.configure({ maxOutputMegabytes: 4096 }) // its first job may start before the settings of the window are there
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
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-outputDocuments-${task.name.slice(0, 20)}`)
})

const shows = (tab: string, text: RegExp) =>
  until(
    async () => (await workbench.activeEditor()) === tab && text.test(await workbench.editorText()),
    UI_LIMIT_MS,
    `${tab} with ${text}`,
  )
const inEditor = (text: RegExp) => until(async () => text.test(await workbench.editorText()), UI_LIMIT_MS, `${text}`)
const titleTool = (name: string): Locator =>
  workbench.page
    .locator('.editor-group-container.active .editor-actions')
    .getByRole('button', { name: new RegExp(`^${name}`) })
const following = () => workbench.statusBarItem('headlessJobs.following')
const isShown = (words: string) =>
  until(async () => (await following().textContent())?.trim() === words, UI_LIMIT_MS, `${words} in the status bar`)

async function reads(command: string[], name: string, stdout?: { file: string }): Promise<void> {
  const result = await other.api.submit({ command, name, ...(stdout && { stdout }) }).result
  expect(result.state).toBe('succeeded')
  await view.row(name).waitFor('succeeded')
}

/** Answers VS Code's question for a file with the one that it proposes; returns its path. */
async function saveAsProposed(name: string): Promise<string> {
  const { quickInput } = workbench
  await quickInput.waitForFile(name)
  await quickInput.accept()
  return join(workbench.workspace, name)
}

const clickInEditor = () =>
  workbench.page
    .locator('.editor-group-container.active .monaco-editor .overflow-guard')
    .first()
    .click({ position: { x: 500, y: 200 } })

function link(words: string): Locator {
  const spaced = new RegExp(`${words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s')}$`)
  return workbench.page.locator('.editor-group-container.active .detected-link').filter({ hasText: spaced }).first()
}

/** Clicks a link in the editor, by the end of its words, as VS Code wants it, when the editor has put it where it stays. */
async function follow(words: string): Promise<void> {
  const { mouse, keyboard } = workbench.page
  const place = async () => {
    const box = await link(words).boundingBox({ timeout: UI_LIMIT_MS })
    return box && { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  }
  const isHit = ({ x, y }: { x: number; y: number }) =>
    workbench.page.evaluate(([x, y]) => document.elementFromPoint(x, y)?.closest('.detected-link') != null, [
      x,
      y,
    ] as const)
  const settled = async () => {
    const before = await place()
    await workbench.page.waitForTimeout(100)
    const now = await place()
    return before && now && before.x === now.x && before.y === now.y && (await isHit(now)) && now
  }
  const { x, y } = await until(settled, UI_LIMIT_MS, `the link ${words} at rest`)
  await mouse.move(x, y)
  await keyboard.down('Control')
  await mouse.click(x, y)
  await keyboard.up('Control')
}

/** The end of the 2 GB is in sight, and the window knows it. */
async function atEnd(): Promise<void> {
  await inEditor(/^line 999999$/m)
  await titleTool('Go to End').waitFor({ state: 'hidden', timeout: UI_LIMIT_MS })
}

test('2 GB open at their end, and buttons, links and keys lead to what is before it and back', async () => {
  await reads(['python3', 'much.py'], 'much', { file: 'much.txt' })
  await view.row('much').doubleClick()
  await shows('much.out', /^line 999999$/m)
  await atEnd()
  await workbench.screenshot('output-end')
  await workbench.page.keyboard.press('Control+Home')
  await inEditor(/^⋯ 2 GB come before this line\./)
  await workbench.screenshot('output-part')
  await titleTool('Show Earlier Part').click()
  await inEditor(/⋯ More comes after this line\./)
  await workbench.screenshot('output-earlier')
  await follow('Go to End')
  await atEnd()
  // a key that comes in the moment in which the end is shown is pressed again, as a person does
  const isAtTop = async () => {
    await workbench.page.keyboard.press('Control+Home')
    await workbench.page.waitForTimeout(500)
    return link('Show Beginning').isVisible()
  }
  await until(isAtTop, UI_LIMIT_MS, 'the top of the last part')
  await follow('Show Beginning')
  await inEditor(/^first 0$/m)
  await clickInEditor()
  await workbench.page.keyboard.press('Control+Alt+End')
  await atEnd()
  await workbench.command('Headless Jobs: Show Earlier Part of Output')
  await inEditor(/⋯ More comes after this line\./)
})

test('the captured output of a job is saved whole from the part that is shown', async () => {
  await reads(['sh', '-c', 'seq 1 3000000'], 'long')
  await view.row('long').select()
  await view.press('Enter')
  await shows('long.out', /^3000000$/m)
  await workbench.command('Headless Jobs: Save Whole Output…')
  const file = await saveAsProposed('long.out')
  await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n3000000\n'), UI_LIMIT_MS, 'a whole file')
  expect(readFileSync(file, 'utf8')).toMatch(/^1\n2\n/)
})

test('stdout and stderr are one document by time with stderr marked, and each has its own', async () => {
  const line =
    'echo begins; until [ -e go ]; do sleep 0.05; done; echo "is bad" >&2; until [ -e on ]; do sleep 0.05; done; echo ends'
  const job = other.api.submit({ command: ['sh', '-c', line], name: 'mixed' })
  const wrote = (bytes: 'stdoutBytes' | 'stderrBytes') => until(() => job.info[bytes] > 0, UI_LIMIT_MS, bytes)
  await wrote('stdoutBytes')
  workbench.writeFiles({ go: '' })
  await wrote('stderrBytes')
  workbench.writeFiles({ on: '' })
  await view.row('mixed').waitFor('succeeded')
  await view.row('mixed').doubleClick()
  await shows('mixed.out', /^begins\nis bad\nends$/m)
  const marked = workbench.page.locator('.editor-group-container.active .view-line span[class*="ced-"]')
  await until(async () => (await marked.count()) > 0, UI_LIMIT_MS, 'a mark')
  expect((await marked.allTextContents()).map(text => text.replaceAll('\u00a0', ' '))).toEqual(['is bad'])
  await workbench.screenshot('output-both')
  await view.row('mixed').choose('Show Standard Output')
  await shows('mixed.stdout', /^begins\nends$/m)
  await view.row('mixed').choose('Show Errors')
  await shows('mixed.err', /^is bad$/m)
})

test('a traceback leads to the line in the file, by mouse and by keyboard', async () => {
  await other.api.submit({ command: ['python3', 'fails.py'], name: 'fails' }).result
  await view.row('fails').waitFor('failed')
  await view.row('fails').doubleClick()
  await shows('fails.err', /ZeroDivisionError/)
  await follow('fails.py", line 4')
  const position = () => workbench.page.locator('footer .statusbar-item', { hasText: /^Ln / }).textContent()
  await shows('fails.py', /return 1/)
  await until(async () => (await position())?.startsWith('Ln 4'), UI_LIMIT_MS, 'the fourth line')
  await workbench.page.locator('.editor-group-container .tab[data-resource-name="fails.err"]').click()
  await shows('fails.err', /ZeroDivisionError/)
  await workbench.screenshot('output-traceback')
  const { keyboard } = workbench.page
  await workbench.command('View: Focus Active Editor Group')
  await keyboard.press('Control+Home')
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', ...Array(12).fill('ArrowRight')]) await keyboard.press(key)
  await workbench.command('Open Link')
  await shows('fails.py', /return 1/)
  await until(async () => (await position())?.startsWith('Ln 2'), UI_LIMIT_MS, 'the second line')
})

/** Whether the page of some viewer shows an image of this width. */
const hasImage = (width: number) =>
  until(
    async () => {
      const widths = await Promise.all(
        workbench.page
          .frames()
          .map(frame => frame.evaluate(() => document.querySelector('img')?.naturalWidth).catch(() => 0)),
      )
      return widths.includes(width)
    },
    UI_LIMIT_MS,
    `an image that is ${width} wide`,
  )

test.each([
  ['png', `printf '${png}' | base64 -d`, 1],
  ['svg', `printf '%s' '${svg}'`, 30],
])('an image opens as an image: %s', async (kind, line, width) => {
  await reads(['sh', '-c', line], `picture ${kind}`)
  await view.row(`picture ${kind}`).select()
  await view.press('Enter')
  await until(async () => (await workbench.activeEditor()) === `picture ${kind}.${kind}`, UI_LIMIT_MS, 'its tab')
  await hasImage(width)
  await workbench.screenshot(`output-${kind}`)
})

test('what is neither text nor an image is offered to be saved', async () => {
  await reads(['sh', '-c', "printf 'a\\000b'"], 'bytes')
  await view.row('bytes').doubleClick()
  await workbench.notifications.press(/What “bytes” wrote is not text/, 'Save As…')
  const file = await saveAsProposed('bytes.out')
  await until(() => existsSync(file) && readFileSync(file).equals(Buffer.from('a\0b')), UI_LIMIT_MS, 'the saved bytes')
})

test('the file of a job that has failed is opened when one insists: what is in it was there before', async () => {
  workbench.writeFiles({ 'report.txt': 'of yesterday' })
  const command = ['sh', '-c', 'echo of today; exit 3']
  const job = other.api.submit({ command, name: 'report', stdout: { file: 'report.txt' } })
  expect((await job.result).state).toBe('failed')
  await view.row('report').waitFor('failed')
  await view.row('report').doubleClick()
  await workbench.notifications.press(/report\.txt was there before\. “report” failed: Exit code 3/, 'Open')
  await shows('report.txt', /^of yesterday/)
})

test('who has scrolled up in what is written is shown so, and returns with a button, a key or the status bar', async () => {
  const more = (n: number) => `until [ -e more-${n} ]; do sleep 0.05; done; seq 1 500; echo part ${n}`
  const job = other.api.submit({
    command: ['sh', '-c', `seq 1 500; echo part 0; ${[1, 2, 3, 4].map(more).join('; ')}; sleep 1000`],
    name: 'writes',
  })
  await view.row('writes').waitFor('running')
  await until(() => job.info.stdoutBytes > 0, UI_LIMIT_MS, 'the first lines')
  await view.row('writes').doubleClick()
  await shows('writes.out', /^part 0$/m)
  await isShown('Following')
  const ways = [
    () => titleTool('Go to End').click(),
    () => workbench.page.keyboard.press('Control+Alt+End'),
    () => following().click(),
  ]
  for (const [n, way] of ways.entries()) {
    await clickInEditor()
    await workbench.page.keyboard.press('Control+Home')
    await isShown('Not Following')
    await inEditor(/^1$/m)
    if (n === 0) await workbench.screenshot('output-away')
    workbench.writeFiles({ [`more-${n + 1}`]: '' })
    await until(() => job.info.stdoutBytes > (n + 1.5) * 1890, UI_LIMIT_MS, 'more lines')
    await way()
    await inEditor(new RegExp(`^part ${n + 1}$`, 'm'))
    await isShown('Following')
  }
  workbench.writeFiles({ 'more-4': '' })
  await inEditor(/^part 4$/m)
  await workbench.screenshot('output-following')
  await job.cancel()
  await following().waitFor({ state: 'hidden', timeout: UI_LIMIT_MS })
})

test('titles say which job, and never an id, also of two jobs of one name and after a reload', async () => {
  const openOne = async (rows: number) => {
    await reads(['echo', 'same'], 'same name')
    await until(async () => (await view.rows.count()) === rows, UI_LIMIT_MS, 'its row, which is the topmost')
    await view.row('same name').doubleClick()
    await shows('same name.out', /^same/)
  }
  await openOne(1)
  await workbench.command('View: Keep Editor') // or the next one takes its place
  const second = () => Math.floor(Date.now() / 1000)
  const first = second()
  await until(() => second() > first, UI_LIMIT_MS, 'another second: the time is beside the names')
  await openOne(2)
  const tabs = workbench.page.locator('.editor-group-container .tab')
  const texts = async () => [
    await workbench.page.title(),
    ...(await tabs.allTextContents()),
    ...(await tabs.evaluateAll(all => all.map(tab => tab.getAttribute('aria-label') ?? ''))),
    ...(await workbench.page.locator('.monaco-breadcrumbs').allTextContents()),
  ]
  const check = async () => {
    await until(async () => (await tabs.count()) === 2, UI_LIMIT_MS, 'two tabs')
    const labels = await tabs.allTextContents()
    expect(new Set(labels).size).toBe(2)
    for (const text of await texts()) expect(text).not.toMatch(UUID)
    for (const label of labels) expect(label).toMatch(/same name\.out.*\d\d:\d\d:\d\d/)
  }
  await check()
  await workbench.screenshot('output-titles')
  await workbench.command('Developer: Reload Window')
  await shows('same name.out', /^same/)
  await check()
})

test('the first job of a user says where its result is, and no later one', async () => {
  const submit = async (line: string, name: string) => {
    await workbench.command('Headless Jobs: Submit Job…')
    const { quickInput } = workbench
    await quickInput.waitForTitle('Submit Job')
    await quickInput.enter(line)
    await quickInput.pick('Nothing')
    await quickInput.waitForMessage(/Save stdout as/)
    await quickInput.enter('')
    await quickInput.waitForMessage(/Name of the job/)
    await quickInput.type(name)
    await quickInput.accept()
    await quickInput.waitUntilClosed()
  }
  await submit('echo hello', 'my first')
  const hint = /“my first” succeeded.* in its row in the view Headless Jobs/
  await workbench.notifications.waitFor(hint)
  await workbench.screenshot('result-hint')
  await workbench.notifications.press(hint, 'Show Output')
  await shows('my first.out', /^hello$/m)
  await submit('cat no-such-file', 'my second')
  expect(await workbench.notifications.waitFor(/“my second” failed/)).not.toMatch(/in its row/)
})
