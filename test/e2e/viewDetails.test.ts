// The details of the selected row: in the real VS Code what a failed and a running job show, in the page alone its parts and keys.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HeadlessJobsApi, JobInfo } from '../../src/api'
import type { JobDetails } from '../../src/core/pages/jobDetails'
import type { BatchInfo, Row } from '../../src/core/protocol/facts'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import type { TestWindow } from '../support/window'
import { findings } from './accessibility'
import { openBeside } from './beside'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

describe('the window', () => {
  let workbench: Workbench
  let view: JobsView
  let other: TestWindow
  let api: HeadlessJobsApi

  beforeAll(async () => {
    workbench = await openWorkbench({ settings: { 'headlessJobs.concurrency': 2 } })
  })
  afterAll(() => workbench?.close())
  beforeEach(async () => {
    await workbench.reset()
    view = await JobsView.openEmpty(workbench)
    other = openBeside(workbench)
    api = other.api
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewDetails-${task.name.slice(0, 20)}`)
    other.client.dispose()
  })

  test('from the end of a batch one key leads to what a failed job says', async () => {
    const traceback = [
      'Traceback (most recent call last):',
      '  File "mean.py", line 7, in <module>',
      'ValueError: bad header',
    ]
    const fails = {
      name: 'sub-07',
      command: ['sh', '-c', `printf '%s\\n' ${traceback.map(line => `'${line}'`).join(' ')} >&2; exit 1`],
    }
    await api.submitBatch([{ command: ['true'], name: 'sub-06' }, fails, { command: ['true'], name: 'sub-08' }], {
      name: 'volumes',
    }).completed
    await view.row('volumes').waitFor('failed')
    await view.row('volumes').select()
    await view.pressUntil('F8', () => view.filter.isVisible())
    await view.details.getByText('ValueError: bad header', { exact: false }).first().waitFor({ timeout: UI_LIMIT_MS })
    await until(async () => (await view.tail('stderr')).trim() === traceback.join('\n'), UI_LIMIT_MS, 'the traceback')
    await workbench.screenshot('details-failed')
    expect(await findings(await view.frame())).toEqual([])
  })

  test('the last lines of a running job are live, and a click on its buttons acts on it', async () => {
    api.submit({
      name: 'counts',
      command: ['sh', '-c', 'i=0; while true; do i=$((i+1)); printf "line \\033[32m$i\\033[0m\\n"; sleep 0.2; done'],
    })
    await view.row('counts').waitFor('running')
    await view.row('counts').select()
    const last = async () => Number(/(\d+)\s*$/.exec(await view.tail('stdout'))?.[1] ?? 0)
    await until(async () => (await last()) > 2, UI_LIMIT_MS, 'some lines')
    const before = await last()
    await until(async () => (await last()) > before, UI_LIMIT_MS, 'more lines')
    expect(await view.details.locator('pre .ansi-green').count()).toBeGreaterThan(2)
    await workbench.screenshot('details-running')
    await view.details.getByRole('button', { name: 'Cancel' }).click()
    await view.row('counts').waitFor('cancelled')
    await view.details.getByText('a person or an extension').waitFor({ timeout: UI_LIMIT_MS })
    await view.details.getByRole('button', { name: 'Rerun' }).click()
    await view.row('counts').waitFor('running')
    await until(async () => (await last()) > 0 && (await last()) < 1000, UI_LIMIT_MS, 'lines of the new attempt')
  })

  test('what a batch costs grows while its jobs run', async () => {
    const batch = api.submitBatch([{ command: ['sleep', '600'], cores: 1000, name: 'large' }], { name: 'volumes' })
    await view.row('volumes').waitFor('running')
    await view.row('volumes').select()
    const cost = async () => (await view.details.getByText(/^[\d.]+ core hours?$/).allTextContents()).join()
    const first = await until(cost, UI_LIMIT_MS, 'a cost')
    await until(async () => (await cost()) !== first, UI_LIMIT_MS, 'a higher cost')
    await workbench.screenshot('details-cost')
    await batch.cancel()
  })

  test('curves are drawn while a job runs, and its forced end is counted down and said', async () => {
    const busy = 'trap "" TERM; while :; do :; done'
    api.submit({ name: 'stubborn', command: ['sh', '-c', busy] })
    await view.row('stubborn').waitFor('running')
    await view.row('stubborn').select()
    const curve = (name: string) => view.details.getByRole('img', { name: new RegExp(`^${name} in .* at most$`) })
    for (const name of ['Memory', 'CPU']) await curve(name).waitFor({ timeout: UI_LIMIT_MS })
    for (const theme of ['Dark High Contrast', 'Light Modern', 'Dark Modern']) {
      await workbench.chooseTheme(theme)
      const wanted = theme.includes('Contrast') ? 'high-contrast' : (theme.split(' ')[0] ?? '').toLowerCase()
      await view.page.locator(`body.vscode-${wanted}`).waitFor({ timeout: UI_LIMIT_MS })
      expect([theme, await findings(await view.frame())]).toEqual([theme, []])
      await workbench.screenshot(`details-curves-${theme.replaceAll(' ', '-')}`)
    }
    await view.details.getByRole('button', { name: 'Cancel' }).press('Enter')
    await view.row('stubborn').waitForDescription(/^stopping, forced in [1-6]s$/)
    await workbench.screenshot('details-countdown')
    await view.row('stubborn').waitFor('cancelled')
    await view.details.getByText('it did not end by itself when it was asked to').waitFor({ timeout: UI_LIMIT_MS })
    await view.details.getByText('a person or an extension, in the window “').waitFor({ timeout: UI_LIMIT_MS })
    for (const name of ['Memory', 'CPU']) await curve(name).waitFor({ timeout: UI_LIMIT_MS })
  })

  test('the script of a job opens with a click, its folder with a key, and both from the palette', async () => {
    workbench.writeFiles({ 'fit.sh': '#!/bin/sh\necho fitted\n' })
    api.submit({ name: 'fits', command: ['./fit.sh'] })
    await view.row('fits').waitFor('succeeded')
    await view.row('fits').select()
    await view.details.getByRole('button', { name: /fit\.sh$/ }).click({ timeout: UI_LIMIT_MS })
    await until(async () => /echo fitted/.test(await workbench.editorText()), UI_LIMIT_MS, 'the script')
    await view.details.getByRole('button', { name: workbench.workspace, exact: true }).press('Enter')
    await workbench.page.locator('.explorer-folders-view').waitFor({ timeout: UI_LIMIT_MS })
    await workbench.command('Headless Jobs: Open File of Job…')
    await workbench.quickInput.pick(/fits$/)
    await workbench.quickInput.waitForTitle('Files of fits')
    expect(await workbench.quickInput.items()).toEqual(['Working Folder', 'Script'])
    await workbench.quickInput.cancel()
  })
})

describe('the page', () => {
  let view: ViewPage

  const job: JobInfo = {
    id: 'a',
    name: 'sub-01',
    owner: 'x.y',
    state: 'failed',
    queue: 'local',
    priority: 0,
    cores: 1,
    command: ['mean.py'],
    cwd: '/study',
    submittedAt: 0,
    attempts: 1,
    stdoutBytes: 3,
    stderrBytes: 5,
    error: { kind: 'exit', message: 'Exit code 3.' },
  }
  const tail = (text: string) => ({ text, total: text.length, isCut: false, isBinary: false })
  const details: JobDetails = {
    job,
    commandLine: "mean.py 'a b.nii'",
    files: ['folder', 'input', 'stdout'],
    env: [{ name: 'A', value: '1' }, { name: 'B', value: null }, { name: 'TOKEN' }],
    input: '/study/in.txt',
    stdoutFile: '/study/out.txt',
    options: ['ended after 90s'],
    stdout: { text: '', total: 3, isCut: false, isBinary: true },
    stderr: tail('a\nb\n'),
  }
  const place = { place: 0, places: 2 }
  const batch = {
    id: 'b',
    name: 'volumes',
    owner: 'x.y',
    sealed: 'complete',
    total: 3,
    submittedAt: 0,
    counts: { succeeded: 2, failed: 1 },
  }
  const rows: Row[] = [
    { kind: 'job', job, depth: 0, ...place },
    { kind: 'batch', batch: batch as BatchInfo, expanded: false, ...place },
  ]

  beforeEach(async () => {
    view = await openPage()
    await view.sendState({ counts: { failed: 1 } })
    await view.sendRows(rows)
    await view.page.locator('[data-key="job:a"] .name').click()
  })
  afterEach(() => view?.close())

  const openPage = () => ViewPage.open({ width: 320, height: 700 })
  const panel = () => view.page.getByRole('region', { name: /^Details of/ })
  const show = () => view.send({ type: 'details', id: 'a', details })
  const facts = async () =>
    Object.fromEntries(
      await panel()
        .locator('dl')
        .evaluate(list => {
          const texts = (tag: string) => [...list.querySelectorAll(tag)].map(element => element.textContent)
          const values = texts('dd')
          return texts('dt').map((label, i) => [label, values[i]])
        }),
    )

  test('asks for the details of the job that is active, and shows all of them', async () => {
    expect(await view.waitForSent(({ type }) => type === 'showDetails')).toEqual({ type: 'showDetails', id: 'a' })
    await show()
    await panel().locator('pre').waitFor()
    expect(await panel().locator('pre').allTextContents()).toEqual(['a\nb\n'])
    expect(await panel().locator('figcaption').allTextContents()).toEqual(['stderr', 'stdout: 3 bytes, no text'])
    expect(await facts()).toMatchObject({
      Error: 'Exit code 3.',
      Command: "mean.py 'a b.nii'",
      Folder: '/study',
      Input: '/study/in.txt',
      'stdout to': '/study/out.txt',
      Environment: 'A=1\nB removed\nTOKEN (secret)',
      Options: 'ended after 90s',
    })
    expect(await findings(view.page.mainFrame())).toEqual([])
  })

  test('what of it is on a disk is opened with a click or a key, by its name alone', async () => {
    await show()
    await panel().getByRole('button', { name: '/study/out.txt' }).click()
    await panel().getByRole('button', { name: '/study', exact: true }).press('Enter')
    const opened = async () => (await view.sent()).filter(({ type }) => type === 'openFile')
    await until(async () => (await opened()).length === 2, UI_LIMIT_MS, 'two requests')
    expect(await opened()).toEqual([
      { type: 'openFile', id: 'a', file: 'stdout' },
      { type: 'openFile', id: 'a', file: 'folder' },
    ])
  })

  test('curves of memory and CPU are drawn, and read to whoever does not see them', async () => {
    const usage = Array.from({ length: 60 }, (_, i) => ({
      at: (i + 1) * 1000,
      memoryBytes: Math.round((100 + 50 * Math.sin(i / 6)) * 1024 ** 2),
      cpuSeconds: i < 30 ? i * 2 : 60 + (i - 30) * 0.5,
    }))
    const turn = { place: 3, of: 78 }
    await view.send({ type: 'details', id: 'a', details: { ...details, usage, turn } })
    await panel().getByRole('img', { name: 'Memory in 1m 00s: 80 MB in the end, 150 MB at most' }).waitFor()
    await panel().getByRole('img', { name: 'CPU in 1m 00s: 0.5 cores in the end, 2 cores at most' }).waitFor()
    const [box] = await panel()
      .locator('svg')
      .evaluateAll(all => all.map(svg => svg.getBoundingClientRect().height))
    expect(box).toBeGreaterThan(20)
    expect((await facts()).Turn).toBe('3rd of 78 in the queue')
    expect(await findings(view.page.mainFrame())).toEqual([])
    await view.page.screenshot({ path: '.vscode-test/screenshots/details-curves.png' })
  })

  test('of another row the old ones are not shown, and of a batch its cost is asked for', async () => {
    await show()
    await panel().locator('pre').waitFor()
    await view.page.keyboard.press('ArrowDown')
    await view.page.getByRole('region', { name: 'Details of volumes' }).waitFor()
    expect(await panel().locator('pre').count()).toBe(0)
    const asked = (await view.sent()).findLast(({ type }) => type === 'showDetails')
    expect(asked).toEqual({ type: 'showDetails', batchId: 'b' })
    await view.send({ type: 'cost', batchId: 'another', coreHours: 7 })
    await view.send({ type: 'cost', batchId: 'b', coreHours: 2.46 })
    await panel().getByText('2.5 core hours', { exact: true }).waitFor()
    expect((await facts()).Cost).toBe('2.5 core hours')
    await panel().getByRole('button', { name: 'Show Failed' }).click()
    const filter = view.page.getByRole('combobox', { name: 'Find jobs', exact: true })
    await until(async () => (await filter.inputValue()) === 'batch:volumes state:failed', UI_LIMIT_MS, 'the filter')
  })

  test('is folded and unfolded, also when the page is made anew, and asks for nothing while it is folded', async () => {
    const fold = panel().getByRole('button', { name: 'Details: sub-01' })
    await fold.focus()
    await view.page.keyboard.press('Enter')
    await until(async () => (await fold.getAttribute('aria-expanded')) === 'false', UI_LIMIT_MS, 'folded details')
    expect((await view.sent()).findLast(({ type }) => type === 'showDetails')).toEqual({ type: 'showDetails' })
    await until(
      () =>
        view.page.evaluate(
          () =>
            sessionStorage.getItem('state')?.includes('"isOpen":false,"height"') ||
            sessionStorage.getItem('state')?.includes('"details":{"isOpen":false}'),
        ),
      UI_LIMIT_MS,
      'a saved state',
    )
    await view.reload()
    await view.sendState({})
    await view.sendRows(rows)
    await fold.waitFor()
    expect(await fold.getAttribute('aria-expanded')).toBe('false')
  })

  test('its height is drawn with the mouse and moved with keys', async () => {
    const line = panel().getByRole('separator')
    const height = async () => (await panel().boundingBox())?.height ?? 0
    const before = await height()
    await line.press('ArrowUp')
    await until(async () => Math.abs((await height()) - before - 22) < 1, UI_LIMIT_MS, 'a row more')
    const box = await line.boundingBox()
    await view.page.mouse.move(100, (box?.y ?? 0) + 3)
    await view.page.mouse.down()
    await view.page.mouse.move(100, (box?.y ?? 0) + 53, { steps: 5 })
    await view.page.mouse.up()
    await until(async () => Math.abs((await height()) - before - 22 + 50) < 2, UI_LIMIT_MS, '50 pixels less')
  })

  test('a stream that was scrolled up stays there, else its end stays in sight', async () => {
    const lines = (count: number) => tail(Array.from({ length: count }, (_, i) => `line ${i}\n`).join(''))
    const send = (count: number) =>
      view.send({ type: 'details', id: 'a', details: { ...details, stderr: lines(count) } })
    await send(100)
    const pre = panel().locator('pre')
    const fromEnd = () =>
      pre.evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)
    await until(async () => (await pre.count()) === 1 && (await fromEnd()) < 4, UI_LIMIT_MS, 'the end')
    await send(200)
    await until(
      async () => (await pre.textContent())?.includes('line 199') && (await fromEnd()) < 4,
      UI_LIMIT_MS,
      'the new end',
    )
    await pre.evaluate(element => {
      element.scrollTop = 40
    })
    await view.page.waitForTimeout(100)
    await send(300)
    await until(async () => (await pre.textContent())?.includes('line 299'), UI_LIMIT_MS, 'more lines')
    expect(await pre.evaluate(({ scrollTop }) => scrollTop)).toBe(40)
  })

  test('Escape goes back to the rows', async () => {
    await show()
    await panel().locator('.body').focus()
    await view.page.keyboard.press('Escape')
    await until(
      () => view.page.getByRole('tree', { name: 'Jobs' }).evaluate(tree => tree === document.activeElement),
      UI_LIMIT_MS,
      'the focus on the rows',
    )
  })

  test('a row of which a part was seen is whole when the details open', async () => {
    await showMany()
    const tree = view.page.locator('.tree')
    await view.page.locator('[data-key="job:j20"]').waitFor()
    await tree.evaluate(element => {
      element.scrollTop = 50 * 22 + 8 - element.clientHeight
    })
    const row = view.page.locator('[data-key="job:j50"]')
    const atEdge = async () => {
      const [cut, box] = [await row.boundingBox({ timeout: UI_LIMIT_MS }), await tree.boundingBox()]
      return cut && box && Math.abs(cut.y + 8 - box.y - box.height) < 1 && cut
    }
    const { x, y } = await until(atEdge, UI_LIMIT_MS, 'the row at the edge')
    await view.page.mouse.click(x + 60, y + 4)
    await panel().waitFor()
    await isInSight('job:j50')
  })

  test('the first click chooses the row that was pressed, however long it is held, and its details do not cover it', async () => {
    await showMany()
    const row = view.page.locator('[data-key="job:j26"]')
    await row.locator('.name').hover()
    await view.page.mouse.down()
    await view.page.waitForTimeout(300)
    await view.page.mouse.up()
    await view.page.getByRole('region', { name: 'Details of j26' }).waitFor()
    await isInSight('job:j26')
  })

  async function showMany(): Promise<void> {
    const many: Row[] = Array.from({ length: 60 }, (_, i) => ({
      kind: 'job',
      job: { ...job, id: `j${i}`, name: `j${i}` },
      depth: 0,
      place: i,
      places: 60,
    }))
    await view.close()
    view = await openPage() // without an active row, and so without details
    await view.sendState({})
    await view.sendRows(many)
  }

  async function isInSight(key: string): Promise<void> {
    const row = view.page.locator(`[data-key="${key}"]`)
    const isThere = async () => {
      const [box, tree] = [await row.boundingBox(), await view.page.getByRole('tree', { name: 'Jobs' }).boundingBox()]
      return box !== null && tree !== null && box.y >= tree.y - 1 && box.y + box.height <= tree.y + tree.height + 1
    }
    await until(isThere, UI_LIMIT_MS, 'the row in sight')
  }
})
