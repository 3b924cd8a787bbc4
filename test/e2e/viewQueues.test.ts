// The queues in the view, in the palette and in the questions: by mouse and by keyboard.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { QueueInfo } from '../../src/core/protocol/facts'
import { canBeBare, makeBarePlace } from '../support/barePlace'
import { hasSshd, startSshd, type TestSshd } from '../support/sshd'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { findings } from './accessibility'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { runOnFiles } from './runOnFiles'
import { openWorkbench, type Workbench } from './workbench'

/** The Node of the tests: another machine has one on its PATH. */
const node = process.execPath

const queues: QueueInfo[] = [
  { name: 'local', kind: 'local', used: 2, running: 2, queued: 3 },
  { name: 'gpu', kind: 'local', slots: 1, used: 1, running: 1, queued: 12 },
  { name: 'the slow disk', kind: 'local', slots: 2, used: 0, running: 0, queued: 4, paused: true },
  { name: 'gone', used: 0, running: 0, queued: 2 },
  {
    ...{ name: 'lab', kind: 'ssh', slots: 8, used: 0, running: 0, queued: 5 },
    ...{ problem: 'lab3 cannot be reached (Connection refused).', since: 1, nextTryAt: 2 },
  },
]

describe('the page', () => {
  let view: ViewPage
  beforeEach(async () => {
    view = await ViewPage.open()
    await view.sendState({ queues })
  })
  afterEach(() => view?.close())

  const list = () => view.page.getByRole('tree', { name: 'Queues' })
  const rows = () => list().getByRole('treeitem')
  const line = () => view.page.getByRole('button', { name: '5 queues, 1 paused' })
  const pauses = async () => (await view.sent()).filter(({ type }) => type === 'pauseQueue')

  test('has one line for them, which unfolds into a row for each and stays unfolded', async () => {
    await line().click()
    await expect.poll(() => rows().locator('.name').allTextContents()).toEqual(queues.map(({ name }) => name))
    expect(await rows().locator('.description').allTextContents()).toEqual([
      '2 running, 3 queued',
      '1 running, 12 queued',
      'paused, 4 queued',
      'not in the settings, 2 queued',
      'cannot be reached, 5 queued',
    ])
    expect(await rows().locator('.end').allTextContents()).toEqual(['2', '1/1', '0/2', '0', '0/8'])
    expect(await rows().nth(2).getAttribute('aria-label')).toBe(
      'the slow disk, queue, paused, 4 queued, 0 of 2 slots in use',
    )
    expect(await rows().nth(4).getAttribute('aria-label')).toContain('lab3 cannot be reached (Connection refused).')
    expect(await findings(view.page.mainFrame())).toEqual([])
    await view.page.screenshot({ path: '.vscode-test/screenshots/queues-page.png' })
    await view.reload()
    await view.sendState({ queues })
    await rows().first().waitFor()
  })

  test('pauses and resumes one with its button, and with the space bar', async () => {
    await line().click()
    await rows().nth(1).hover()
    await rows().nth(1).getByRole('button', { name: 'Pause This Queue' }).click()
    await rows().nth(2).hover()
    await rows().nth(2).getByRole('button', { name: 'Resume This Queue' }).click()
    expect(await rows().nth(3).getByRole('button').count()).toBe(0)
    await rows().nth(4).hover()
    await rows().nth(4).getByRole('button', { name: 'Try to Reach It Now' }).click()
    await list().focus()
    await view.page.keyboard.press('End')
    await view.page.keyboard.press('ArrowUp')
    await view.page.keyboard.press(' ') // one that is not in the settings
    await view.page.keyboard.press('Home')
    await view.page.keyboard.press(' ')
    await until(async () => (await pauses()).length === 3, UI_LIMIT_MS, 'three requests')
    expect(await pauses()).toEqual([
      { type: 'pauseQueue', queue: 'gpu', paused: true },
      { type: 'pauseQueue', queue: 'the slow disk', paused: false },
      { type: 'pauseQueue', queue: 'local', paused: true },
    ])
    expect((await view.sent()).filter(({ type }) => type === 'connectQueue')).toEqual([
      { type: 'connectQueue', queue: 'lab' },
    ])
  })

  test('shows the jobs of one with Enter, and with a double click', async () => {
    await line().click()
    await list().focus()
    await view.page.keyboard.press('ArrowDown')
    await view.page.keyboard.press('Enter')
    const filter = view.page.getByRole('combobox', { name: 'Find jobs' })
    await until(async () => (await filter.inputValue()) === 'queue:gpu', UI_LIMIT_MS, 'the jobs of gpu')
    await rows().nth(2).dblclick()
    await until(async () => (await filter.inputValue()) === 'queue:"the slow disk"', UI_LIMIT_MS, 'its jobs')
  })

  test('has none while there is only the local one', async () => {
    await view.sendState({})
    await line().waitFor({ state: 'detached' })
  })
})

describe('the window', () => {
  let workbench: Workbench
  let view: JobsView
  let sshd: TestSshd | undefined
  let bare: string | undefined
  beforeAll(async () => {
    if (hasSshd) sshd = await startSshd()
    if (canBeBare) bare = mkdtempSync(join(tmpdir(), 'hj-bare-'))
    const elsewhere = sshd && { lab: { kind: 'ssh', host: 'lab', config: sshd.config, slots: 2, files: 'copy', node } }
    workbench = await openWorkbench({
      files: { 'a.txt': 'a\n', 'b.txt': 'b\n', 'count.sh': 'wc -c < "$1"; pwd\n' },
      settings: {
        'headlessJobs.queues': {
          gpu: { kind: 'local', slots: 1 },
          ...elsewhere,
          ...(bare && { bare: { kind: 'command', launch: makeBarePlace(bare) } }),
        },
        'headlessJobs.notifications': 'never',
      },
    })
  })
  afterAll(async () => {
    await workbench?.close()
    await sshd?.remove()
    if (bare) rmSync(bare, { recursive: true })
  })
  beforeEach(async () => {
    await workbench.reset()
    view = await JobsView.openEmpty(workbench)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewQueues-${task.name.slice(0, 20)}`)
  })

  const section = () => view.page.getByRole('region', { name: 'Queues' })
  const row = (name: string) => section().getByRole('treeitem').filter({ hasText: name })
  /** An earlier test may have unfolded it. */
  const unfold = async () => {
    await section().waitFor({ timeout: UI_LIMIT_MS })
    if ((await section().getByRole('treeitem').count()) > 0) return
    await section()
      .getByRole('button', { name: /queues/ })
      .click({ timeout: UI_LIMIT_MS })
  }
  const describes = (name: string, pattern: RegExp) =>
    until(async () => pattern.test((await row(name).textContent()) ?? ''), UI_LIMIT_MS, `${name} as ${pattern}`)

  test('before there is a job, those of the settings are there', async () => {
    await unfold()
    await describes('gpu', /0\/\d/)
    await workbench.screenshot('queues-before-jobs')
    await row('gpu').click()
    await workbench.page.keyboard.press(' ')
    await describes('gpu', /paused/)
    await workbench.page.keyboard.press(' ')
    await until(async () => !((await row('gpu').textContent()) ?? '').includes('paused'), UI_LIMIT_MS, 'no pause')
  })

  test('a job is submitted to a queue, which is paused, and resumed from the palette', async () => {
    const { quickInput, page } = workbench
    await workbench.command('Headless Jobs: Submit Job…')
    await quickInput.waitForTitle('Submit Job')
    await quickInput.enter('sleep 600')
    await quickInput.pick('Nothing')
    await quickInput.waitForMessage(/Save stdout as/)
    await quickInput.enter('')
    await quickInput.pick('gpu')
    await quickInput.waitForMessage(/Name of the job/)
    await quickInput.enter('first')
    await view.row('first').waitFor('running')
    expect(await view.row('first').tooltip()).toMatch(/^Queue: gpu$/m)
    await unfold()
    await describes('gpu', /1 running/)
    await row('gpu').click()
    await page.keyboard.press(' ')
    await describes('gpu', /paused, 1 running/)
    await workbench.screenshot('queues-window')
    await workbench.command('Headless Jobs: Queues…')
    await quickInput.waitForTitle('Queues')
    await quickInput.pick('gpu')
    await quickInput.waitForTitle('gpu')
    await quickInput.pick('Resume This Queue')
    await until(async () => !((await row('gpu').textContent()) ?? '').includes('paused'), UI_LIMIT_MS, 'no pause')
  })

  test('files are run in a queue', async () => {
    await runOnFiles(workbench, { command: 'cat', files: 2, queue: 'gpu', name: 'both' })
    await view.row('both').waitFor('succeeded')
    await view.row('both').expand()
    expect(await view.row('a.txt').tooltip()).toMatch(/^Queue: gpu$/m)
  })

  test('the slots of a queue are set from the palette, and are in the settings', async () => {
    const { quickInput } = workbench
    await workbench.command('Headless Jobs: Queues…')
    await quickInput.waitForTitle('Queues')
    await quickInput.pick('gpu')
    await quickInput.pick('Set Slots…')
    await quickInput.waitForTitle('Slots of gpu')
    await quickInput.enter('3')
    await unfold()
    await describes('gpu', /0\/3/)
  })

  test.runIf(canBeBare)('Node.js is copied after a question to where there is none', async () => {
    const { dialog, quickInput } = workbench
    const begin = async () => {
      await workbench.command('Headless Jobs: Test Queue…')
      await quickInput.waitForTitle('Test Queue')
      await quickInput.pick('bare')
    }
    await begin()
    await until(() => dialog.isOpen(), UI_LIMIT_MS, 'a question')
    await workbench.screenshot('queues-copy-node')
    await dialog.press('Copy')
    await quickInput.waitForTitle(/Test of bare on .+: all of it works/)
    await quickInput.cancel()
  })

  test.runIf(hasSshd)(
    'files are run on a host, which is tested before, and said when it cannot be reached',
    async () => {
      const { quickInput } = workbench
      await workbench.command('Headless Jobs: Test Queue…')
      await quickInput.waitForTitle('Test Queue')
      await quickInput.pick('lab')
      await quickInput.waitForTitle(/Test of lab on .+: all of it works/)
      expect(await quickInput.items()).toHaveLength(4)
      await workbench.screenshot('queues-tested')
      await quickInput.cancel()
      await runOnFiles(workbench, { command: 'sh count.sh', files: 2, queue: 'lab', name: 'on the host' })
      await view.row('on the host').waitFor('succeeded')
      await view.row('on the host').expand()
      expect(await view.row('a.txt').tooltip()).toMatch(/^Host: /m)
      await sshd?.stop()
      sshd?.cut()
      await workbench.command('Headless Jobs: Test Queue…')
      await quickInput.waitForTitle('Test Queue')
      await quickInput.pick('lab')
      await quickInput.waitForTitle('Test of lab: it does not work yet')
      await quickInput.cancel()
      await unfold()
      await describes('lab', /cannot be reached/)
      await workbench.screenshot('queues-unreachable')
      await sshd?.start()
      await row('lab').hover()
      await row('lab').getByRole('button', { name: 'Try to Reach It Now' }).click()
      await until(
        async () => !((await row('lab').textContent()) ?? '').includes('reached'),
        UI_LIMIT_MS,
        'a queue again',
      )
    },
  )
})
