// A window of an older version meets the job service of this one.
import { expect, it } from 'vitest'
import { defaultSettings } from '../../../src/core/protocol/settingsTable'
import { type LeftWork, readLeftWork, writeLeftWork } from '../../../src/service/base/leftWork'
import { statePaths } from '../../../src/service/base/paths'
import { bundleService, bundleWindow, type OtherVersion } from '../../support/otherVersion'
import { startOwnService } from '../../support/ownService'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'
import { workerCommand } from '../../support/workers'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
let others: TestWindow[] = []

stateForEach(given => {
  others = []
  ;({ state, open } = given)
})

async function openOlder(version: OtherVersion): Promise<TestWindow> {
  const openIt = await bundleWindow(state.folder, version)
  const window = openIt(state.folder, { version: '0.9.0', name: 'old' })
  others.push(window)
  return window
}

const dispose = () => {
  for (const { client } of others) client.dispose()
}

it('works, and leaves alone the settings that it does not know', async () => {
  const window = open({ name: 'new' })
  const settings = { ...defaultSettings, concurrency: 2, afterServiceCrash: 'continue' as const }
  await window.client.service.configure({ source: 'new', settings })
  const { pid } = await window.client.service.status(null)
  const older = await openOlder({ protocols: [4, 4], knowsOneProtocol: true, withoutSettings: ['afterServiceCrash'] })
  try {
    await older.configure({ concurrency: 3 })
    expect(await older.api.submit({ command: ['echo', 'a'], stdout: 'text' }).result).toMatchObject({ value: 'a\n' })
    const status = await window.client.service.status(null)
    expect(status).toMatchObject({ pid, draining: false, settingsFrom: 'old' })
    expect(status.settings).toEqual({ ...settings, concurrency: 3 })
    expect(status.windows.toSorted()).toEqual(['new', 'old'])
  } finally {
    dispose()
  }
})

it('ignores events that it does not know', async () => {
  await startOwnService(state, { bundle: await bundleService(state.folder, { protocols: [4, 9], sendsMore: true }) })
  const window = open()
  const worker = window.api.startWorker({ command: workerCommand('echoes.py') })
  await worker.ready
  expect(await worker.request('a')).toMatchObject({ value: 'a' })
  await worker.dispose()
})

it('says what to do when it is too old', async () => {
  const window = open({ name: 'new' })
  await window.client.connect({ start: true })
  const older = await openOlder({ protocols: [2, 3] })
  try {
    const sentence =
      /too new for this window \(it speaks protocol \d to \d, this window 2 to 3\): reload this window, or update/
    await expect(older.client.connect({ start: false })).rejects.toThrow(sentence)
    expect(older.client.message).toMatch(sentence)
    expect((await window.client.service.status(null)).windows).toEqual(['new'])
  } finally {
    dispose()
  }
})

it('that is opened just when the service makes way starts none of its own, unless no newer one comes', async () => {
  const window = open({ name: 'asks' })
  await window.configure({})
  await window.client.service.pause({ paused: true })
  await window.api.submit({ command: ['true'] }).accepted
  const { pid } = await window.client.service.status(null)
  await window.client.service.drain(null)
  window.client.dispose() // it does not start the next one, as the window of a newer version would
  await until(() => !isAlive(pid), 30_000, 'the end of the service')
  const fresh = open({ name: 'fresh' })
  expect(await fresh.client.connect({ start: false })).toBe(false)
  const { left: file } = statePaths(state.folder)
  const left = readLeftWork(file) as LeftWork
  expect(left).toMatchObject({ queued: 1, reservedUntil: expect.any(Number) })
  writeLeftWork(file, { ...left, reservedUntil: 1 })
  expect(await fresh.client.connect({ start: false })).toBe(true)
})
