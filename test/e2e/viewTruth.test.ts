// What a person is shown is true and complete: a batch that was cancelled in part, an unknown outcome, large numbers, a
// number that is not accepted, a question about cancelling, a variable that is misspelled.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { BatchInfo, Row } from '../../src/core/protocol/facts'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { findings } from './accessibility'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

/** Opens no question: a batch of a job for each of 25 files, of which the first three end by themselves. */
const RUN_KEY = 'Control+Alt+Shift+F8'
/** More are not cancelled without a question. */
const FILES = 25

describe('the page', () => {
  let view: ViewPage

  beforeEach(async () => {
    view = await ViewPage.open()
  })
  afterEach(() => view?.close())

  function batchRow(id: string, more: Partial<BatchInfo>): Row {
    const { counts = {} } = more
    const total = Object.values(counts).reduce((sum, n) => sum + n, 0)
    const batch: BatchInfo = { id, name: id, owner: 'x.y', sealed: 'complete', submittedAt: 0, total, counts, ...more }
    return { kind: 'batch', batch, expanded: false, place: 0, places: 1 }
  }

  const row = (name: string) => view.page.locator(`[data-key="batch:${name}"]`)
  const field = () => view.page.getByLabel('Jobs at once', { exact: true })
  const problem = () => view.page.getByRole('alert')
  const requests = async () => (await view.sent()).filter(({ type }) => type === 'setConcurrency')

  test('shows every outcome with a number and a shape of its own, in rows and in the header', async () => {
    const counts = { succeeded: 19_990, failed: 3, lost: 2, cancelled: 5 }
    await view.sendState({ counts })
    await view.sendRows([
      batchRow('mixed', { counts }),
      batchRow('partly', { counts: { succeeded: 68, cancelled: 32 } }),
      batchRow('lost', { counts: { succeeded: 98, lost: 2 } }),
      batchRow('whole', { counts: { succeeded: 19_999 } }),
      batchRow('cut', { counts: { succeeded: 4 }, sealed: 'cut' }),
    ])
    await row('mixed').waitFor()
    const states = await view.page
      .locator('.row')
      .evaluateAll(rows => rows.map(row => (row as HTMLElement).dataset.state))
    expect(states).toEqual(['failed', 'cancelled', 'lost', 'succeeded', 'cancelled'])
    expect(await row('mixed').locator('.count').allTextContents()).toEqual(['19,990', '3', '2', '5'])
    expect(await row('partly').locator('.count').allTextContents()).toEqual(['68', '32'])
    await row('partly').dispatchEvent('contextmenu')
    const context = await view.page.getByRole('tree').getAttribute('data-vscode-context')
    expect(JSON.parse(context ?? '')).toMatchObject({ batchId: 'partly', jobState: 'cancelled', hasResult: true })
    const icons = await row('mixed')
      .locator('.count .codicon')
      .evaluateAll(all => all.map(icon => icon.className))
    expect(new Set(icons).size).toBe(4)
    expect(await row('mixed').locator('.bar .unknown').count()).toBe(1)
    expect(await row('whole').locator('.description').textContent()).toBe('19,999 jobs')
    const summary = view.page.locator('.strip .summary')
    expect(await summary.textContent()).toBe('3 failed, 2 outcome unknown, 19,990 succeeded, 5 cancelled')
    expect((await summary.getAttribute('title'))?.split('\n')).toEqual([
      '19,990 succeeded',
      '3 failed',
      '5 cancelled',
      '2 outcome unknown',
    ])
    expect(await findings(view.page.mainFrame())).toEqual([])
  })

  test.each([240, 320])('keeps the counts in sight in a side bar of %i pixels', async width => {
    await view.page.setViewportSize({ width, height: 600 })
    await view.sendState({})
    await view.sendRows([
      batchRow('a name of some length', { counts: { succeeded: 67, failed: 3, lost: 2, cancelled: 28 } }),
    ])
    const counts = view.page.locator('.row .counts')
    await counts.waitFor()
    expect(await counts.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
    const box = await counts.boundingBox()
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width)
    const name = await view.page.locator('.row .label').boundingBox()
    expect(name?.width).toBeGreaterThan(40)
  })

  test.each(['5000', '-3', '2.5'])('shows what the range is when %s is typed, and leaves it there', async typed => {
    await view.sendState({})
    await field().fill(typed)
    await field().press('Enter')
    await problem().waitFor()
    expect(await problem().textContent()).toBe('Type a whole number from 0 to 1024; 0 is the number of usable cores.')
    await field().blur()
    await view.sendState({ slotsTaken: 1 })
    expect(await field().inputValue()).toBe(typed)
    expect(await field().getAttribute('aria-invalid')).toBe('true')
    expect(await findings(view.page.mainFrame())).toEqual([])
    expect(await requests()).toEqual([])
    await field().fill('3')
    await problem().waitFor({ state: 'detached' })
    await field().press('Enter')
    expect(await requests()).toEqual([{ type: 'setConcurrency', concurrency: 3 }])
  })

  test('discards a number that is not accepted with Escape, and with the buttons beside it', async () => {
    await view.sendState({})
    for (const end of [() => field().press('Escape'), () => view.page.getByLabel('More jobs at once').click()]) {
      await field().fill('5000')
      await field().press('Enter')
      await problem().waitFor()
      await end()
      await problem().waitFor({ state: 'detached' })
    }
    expect(await field().inputValue()).toBe('3')
    expect(await requests()).toEqual([{ type: 'setConcurrency', concurrency: 3 }])
  })
})

describe('the window', () => {
  let workbench: Workbench
  let view: JobsView

  beforeAll(async () => {
    const names = Array.from({ length: FILES }, (_, index) => `data/${String(index + 1).padStart(2, '0')}.txt`)
    workbench = await openWorkbench({
      files: {
        'slow.sh': '#!/bin/sh\ncase "$1" in *0[123].txt) exit 0 ;; esac\nexec sleep 600\n',
        ...Object.fromEntries(names.map(name => [name, 'x'])),
      },
      keybindings: [
        {
          key: 'ctrl+alt+shift+f8',
          command: 'headlessJobs.runOnFiles',
          args: { command: './slow.sh ${file}', files: 'data/*.txt' },
        },
      ],
    })
  })
  afterAll(() => workbench?.close())
  beforeEach(async () => {
    await workbench.reset()
    view = await JobsView.openEmpty(workbench)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewTruth-${task.name.slice(0, 20)}`)
  })

  test('a batch cancelled in part is shown as such everywhere, and no button of the question is only called Cancel', async () => {
    const batch = view.row('slow.sh: data/*.txt')
    await workbench.pressKey(RUN_KEY, async () => (await batch.element.count()) > 0, 'the batch')
    await until(async () => (await batch.counts()).join() === '3', UI_LIMIT_MS, 'three that have succeeded')
    await batch.choose('Cancel')
    expect(await workbench.dialog.text()).toContain(`Cancel ${FILES - 3} jobs?`)
    expect((await workbench.dialog.buttons()).sort()).toEqual([`Cancel ${FILES - 3} Jobs`, 'Keep Running'])
    await workbench.screenshot('cancel-question')
    await workbench.dialog.press('Keep Running')
    await batch.waitFor('running')
    await batch.choose('Cancel')
    await workbench.dialog.press(`Cancel ${FILES - 3} Jobs`)
    await batch.waitFor('cancelled')
    expect(await batch.counts()).toEqual(['3', `${FILES - 3}`])
    expect(await workbench.notifications.waitFor(/“slow\.sh: .*” has completed/)).toContain('3 succeeded, 22 cancelled')
    const menu = await batch.menu()
    expect(menu).toEqual(expect.arrayContaining(['Rerun', 'Save Results…', 'Clear']))
    expect(menu).not.toContain('Cancel')
    await workbench.screenshot('cancelled-in-part')
  })

  test('a setting out of its range is reported, with what is used instead', async () => {
    const file = machineSettings()
    writeFileSync(file, JSON.stringify({ 'headlessJobs.concurrency': 5000 }))
    const text = await workbench.notifications.waitFor(/headlessJobs\.concurrency is 5000/)
    expect(text).toContain('a whole number from 0 to 1024')
    expect(text).toContain('1024 is used')
    await workbench.screenshot('setting-out-of-range')
    writeFileSync(file, '{}')
  })

  test('the question about a misspelled variable comes before any shell is offered', async () => {
    const { quickInput } = workbench
    await workbench.command('Headless Jobs: Run Command on Files…')
    await quickInput.waitForTitle('Run Command on Files')
    await quickInput.type('wc -c ${flie}')
    await quickInput.row(/wc -c/).getByText('Did you mean ${file}?').waitFor()
    await quickInput.accept()
    await quickInput.row('Use ${file}').waitFor()
    expect(await quickInput.placeholder()).toBe('There is no variable ${flie}. Did you mean ${file}?')
    await workbench.screenshot('misspelled-variable')
    await quickInput.pick('Use ${file}')
    await quickInput.waitForMessage(/pattern, such as/)
    await quickInput.back()
    await until(async () => (await quickInput.value()) === 'wc -c ${file}', UI_LIMIT_MS, 'the line as it was meant')
    await quickInput.cancel()
  })

  test('a misspelled variable may be a shell’s after all', async () => {
    const { quickInput } = workbench
    await workbench.command('Headless Jobs: Submit Job…')
    await quickInput.waitForTitle('Submit Job')
    await quickInput.enter('echo ${flie}')
    await quickInput.pick('${flie} is a variable of a shell')
    await quickInput.row(/Run with bash -o pipefail/).waitFor()
    await quickInput.back()
    await until(async () => (await quickInput.value()) === 'echo ${flie}', UI_LIMIT_MS, 'the line as it was typed')
    await quickInput.accept() // the question does not come twice
    await quickInput.row(/Run with bash -o pipefail/).waitFor()
    await quickInput.cancel()
  })

  /** Where this VS Code keeps the settings of its machine. */
  function machineSettings(): string {
    const folder = join(workbench.state.folder, 'user', 'Machine')
    mkdirSync(folder, { recursive: true })
    expect(readdirSync(join(workbench.state.folder, 'user'))).toContain('User')
    return join(folder, 'settings.json')
  }
})
