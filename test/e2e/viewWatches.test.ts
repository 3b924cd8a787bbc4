// A window that has submitted nothing itself, as after a reload: it sees that the job service dies or stands still,
// reports it in the view and the status bar, and shows the truth when it is back.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { isAlive } from '../support/tempState'
import { until } from '../support/until'
import { findings } from './accessibility'
import { extensionHosts } from './extensionHosts'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

const LIMIT_MS = 60_000

let workbench: Workbench
let view: JobsView
let isOpen = false

beforeEach(async () => {
  if (isOpen) await workbench.reset()
  else await open()
  view = await JobsView.openEmpty(workbench)
  await submitBatch()
})
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  await workbench?.screenshot(`failed-viewWatches-${task.name.slice(0, 20)}`)
  isOpen = false
  await workbench?.close()
})
afterAll(async () => {
  if (isOpen) await workbench.close()
})

async function open(): Promise<void> {
  const files = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`data/${i}.txt`, `${i}\n`]))
  workbench = await openWorkbench({
    files: { 'slow.sh': '#!/bin/sh\nsleep 300\n', ...files },
    settings: { 'headlessJobs.concurrency': 2, 'headlessJobs.killGraceSeconds': 1 },
  })
  isOpen = true
}

async function submitBatch(): Promise<void> {
  const { quickInput } = workbench
  await workbench.command('Headless Jobs: Run Command on Files…')
  await quickInput.waitForTitle('Run Command on Files')
  await quickInput.enter('./slow.sh')
  await quickInput.pick(/On stdin/)
  await quickInput.waitForMessage(/pattern, such as|Files, as a pattern/)
  await quickInput.type('data/*.txt')
  await quickInput.waitForMessage(/^6 files: /)
  await quickInput.accept()
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.accept()
  await quickInput.waitForMessage(/How many at once/)
  await quickInput.accept()
  await quickInput.waitForMessage(/Name of the batch/)
  await quickInput.accept()
  await quickInput.pick(/Run All/)
  await view.row('slow.sh: data/*.txt').waitForDescription(/2 running, 4 queued/)
}

async function reload(): Promise<void> {
  await workbench.reload()
  view = await JobsView.open(workbench)
  await view.row('slow.sh: data/*.txt').waitForDescription(/2 running, 4 queued/)
}

async function servicePid(): Promise<number> {
  return until(() => workbench.state.servicePids()[0], UI_LIMIT_MS, 'the job service')
}

const banner = () => view.page.locator('.banner')
const shows = (text: RegExp) => banner().filter({ hasText: text }).waitFor({ timeout: LIMIT_MS })
const statusBar = (text: RegExp) =>
  until(async () => text.test(await workbench.statusBarLabel('headlessJobs.status')), LIMIT_MS, `${text} below`)
const spins = () =>
  view.page
    .locator('.codicon-modifier-spin')
    .evaluateAll(all => all.filter(element => getComputedStyle(element).animationName !== 'none').length)

/** Keeps every sentence that a banner shows from now on, however short. */
async function recordBanners(): Promise<() => Promise<string[]>> {
  const frame = await view.frame()
  await frame.evaluate(() => {
    const kept: string[] = []
    const look = () => {
      for (const banner of document.querySelectorAll('.banner .text')) kept.push(banner.textContent ?? '')
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
    Object.assign(window, { keptBanners: kept })
  })
  return () => frame.evaluate(() => (window as unknown as { keptBanners: string[] }).keptBanners)
}

async function showsTheTruth(): Promise<void> {
  await shows(/ended unexpectedly while 2 jobs ran; resume to start the 4 queued jobs/)
  await view.row('slow.sh: data/*.txt').waitForDescription(/^(?!.*running).*4 queued/)
  await statusBar(/paused, 4 queued/)
  await until(async () => (await view.count('running')) === 0, UI_LIMIT_MS, 'a view in which nothing runs')
}

test('after a reload a killed service is noticed, reported, and started again', async () => {
  await reload()
  const pid = await servicePid()
  const banners = await recordBanners()
  process.kill(pid, 'SIGKILL')
  await showsTheTruth()
  expect((await banners()).join('\n')).toContain('The job service has ended unexpectedly. It is being started again.')
  await workbench.screenshot('watch-recovered')
  expect(await servicePid()).not.toBe(pid)
  await view.row('slow.sh: data/*.txt').expand()
  await until(async () => (await view.count('lost')) === 2, UI_LIMIT_MS, 'two lost jobs')
  await banner().getByRole('button', { name: 'Resume' }).click()
  await view.row('slow.sh: data/*.txt').waitForDescription(/2 running, 2 queued/)
})

test('a service that stands still is reported as such, nothing spins, and all goes on when it does', async () => {
  await reload()
  const pid = await servicePid()
  process.kill(pid, 'SIGSTOP')
  try {
    await shows(/does not answer: it stands still or is very busy.* What is shown is what it said last/)
    await statusBar(/does not answer/)
    expect(await spins()).toBe(0)
    await workbench.chooseTheme('Dark High Contrast')
    await workbench.screenshot('watch-silent')
    expect(await findings(await view.frame())).toEqual([])
    await workbench.chooseTheme('Dark Modern')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await banner().waitFor({ state: 'detached', timeout: LIMIT_MS })
  await statusBar(/2 running, 4 queued/)
  await until(async () => (await spins()) > 0, UI_LIMIT_MS, 'a row that spins again')
})

test('a window whose extension host was killed together with the service finds out by itself', async () => {
  const pids = [await servicePid(), ...extensionHosts(workbench.state)]
  expect(pids.length).toBeGreaterThan(1)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await until(() => pids.every(pid => !isAlive(pid)), UI_LIMIT_MS, 'their end')
  await workbench.reload()
  view = await JobsView.open(workbench)
  await showsTheTruth()
})

test('a window that submitted and one that watches both say so', async () => {
  const other = await workbench.openSecondWindow()
  const otherView = await JobsView.open(other)
  await otherView.row('slow.sh: data/*.txt').waitForDescription(/2 running, 4 queued/)
  process.kill(await servicePid(), 'SIGKILL')
  await showsTheTruth()
  await otherView.row('slow.sh: data/*.txt').waitForDescription(/4 queued/)
  const text = otherView.page.locator('.banner').filter({ hasText: /while 2 jobs ran; resume to start the 4 queued/ })
  await text.waitFor({ timeout: LIMIT_MS })
  expect(workbench.state.servicePids().length).toBe(1)
  await other.closeWindow()
})
