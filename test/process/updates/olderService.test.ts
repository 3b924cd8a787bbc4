// A window of this version meets a job service of an older one: it works with it, lets it drain, and takes over.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import { defaultSettings } from '../../../src/core/protocol/settingsTable'
import { statePaths } from '../../../src/service/base/paths'
import { bundleService, bundleWindow, type OtherVersion } from '../../support/otherVersion'
import { startOwnService } from '../../support/ownService'
import { connectRaw } from '../../support/rawConnection'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

const all = { all: true } as const
const file = (name: string) => join(state.folder, name)
const waitsFor = (name: string) => ['sh', '-c', 'until [ -e "$0" ]; do sleep 0.05; done; echo done', file(name)]

/** As versions before this one are: protocol 4 alone, without a request and a setting that came later. */
const older: OtherVersion = {
  protocols: [4, 4],
  knowsOneProtocol: true,
  withoutRequests: ['attempts'],
  withoutSettings: ['afterServiceCrash'],
}

async function startOlder(version: OtherVersion): Promise<number> {
  return startOwnService(state, { bundle: await bundleService(state.folder, version), version: '0.9.0' })
}

const statesOf = async ({ client }: TestWindow) => {
  const { jobs } = await client.service.list({ filter: all })
  return Object.fromEntries(jobs.map(({ name, state: now }) => [name, now]))
}

const takenOver = ({ client }: TestWindow, pid: number) =>
  until(async () => !isAlive(pid) && (await client.service.status(null)).version === '1.0.0', 30_000, 'a new service')

describe('a job service of an older version', () => {
  it('is seen, drained and replaced by that of a newer window, which keeps and runs what is queued', async () => {
    const pid = await startOlder(older)
    const openOlder = await bundleWindow(state.folder, older)
    const oldWindow = openOlder(state.folder, { version: '0.9.0', name: 'old', bundle: file('service.cjs') })
    try {
      await oldWindow.configure({ concurrency: 2 })
      const running = oldWindow.api.submit({ name: 'running', command: waitsFor('go'), stdout: 'text' })
      const endless = oldWindow.api.submit({ name: 'endless', command: waitsFor('never') })
      await until(() => endless.info.state === 'running', 20_000, 'two jobs that run')
      const queued = oldWindow.api.submit({ name: 'queued', command: ['echo', 'later'], stdout: 'text' })
      await until(() => queued.info.state === 'queued', 20_000, 'a job in the queue')

      const window = open({ name: 'new' })
      const { client } = window
      await until(async () => (await statesOf(window)).queued === 'queued', 20_000, 'all jobs')
      expect(await statesOf(window)).toEqual({ running: 'running', endless: 'running', queued: 'queued' })
      expect(await client.service.status(null)).toMatchObject({ pid, version: '0.9.0', draining: true })
      expect(await client.service.attempts({ id: running.id })).toEqual({ attempts: [] })

      const settings = { ...defaultSettings, concurrency: 2, niceness: 3, afterServiceCrash: 'continue' as const }
      await client.service.configure({ source: 'new', settings })
      expect((await client.service.status(null)).settings).not.toHaveProperty('afterServiceCrash')
      const id = uuidv7()
      const spec = { id, name: 'of a newer window', command: ['true'], cwd: state.folder, ofLater: 1 }
      await client.service.submit({ owner: 'o', environment: client.environmentHash, jobs: [spec] })

      expect(await client.service.cancel({ filter: { ids: [endless.id] } })).toEqual({ cancelled: 1 })
      expect((await endless.result).state).toBe('cancelled')
      await until(() => window.client.summary?.slotsTaken === 1, 20_000, 'a slot that is free')
      expect(await statesOf(window)).toMatchObject({ queued: 'queued', 'of a newer window': 'queued' })

      writeFileSync(file('go'), '')
      expect(await running.result).toMatchObject({ state: 'succeeded', value: 'done\n' })
      await takenOver(window, pid)
      expect(await queued.result).toMatchObject({ state: 'succeeded', value: 'later\n' })
      await until(async () => (await statesOf(window))['of a newer window'] === 'succeeded', 20_000, 'its job')
      expect(await statesOf(window)).toMatchObject({ running: 'succeeded', endless: 'cancelled', queued: 'succeeded' })
      const after = await client.service.status(null)
      expect(after).toMatchObject({ draining: false, settings: { niceness: 3, afterServiceCrash: 'continue' } })
      expect(queued.info.startedAt).toBeGreaterThanOrEqual(after.startedAt)
      expect(await client.service.getSpec({ id })).toMatchObject({ ofLater: 1 })
      expect(after.windows.toSorted()).toEqual(['new', 'old'])
    } finally {
      oldWindow.client.dispose()
    }
  })

  it('is not asked for what it does not know', async () => {
    const withoutRequests = ['place', 'configure', 'outline', 'drain'] as const
    await startOlder({ protocols: [3, 4], withoutRequests })
    const window = open()
    const { service } = window.client
    expect(await service.place({ id: 'j' })).toBeNull()
    expect(await service.configure({ source: 's', settings: defaultSettings })).toBeUndefined()
    await expect(service.outline({ filter: all })).rejects.toThrow(
      'The job service is of an older version (0.9.0), which cannot list jobs; try again when its running jobs have ended',
    )
    expect((await window.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
    expect(await service.status(null)).toMatchObject({ version: '0.9.0', draining: false })
  })
})

describe('a window of the version that is replaced', () => {
  /** The end of a service of its version, with a job in the queue: somebody has asked for it. */
  async function drained() {
    const pid = await startOlder({})
    const window = open({ version: '0.9.0' })
    await window.configure({ concurrency: 1 })
    const running = window.api.submit({ command: waitsFor('go') })
    await until(() => running.info.state === 'running', 20_000, 'a job that runs')
    const queued = window.api.submit({ command: ['true'] })
    await until(() => queued.info.state === 'queued', 20_000, 'a job in the queue')
    const { socket, connection, hello } = connectRaw(state.folder)
    await hello('newer')
    await connection.sendRequest('drain', null)
    socket.destroy()
    writeFileSync(file('go'), '')
    await until(() => !isAlive(pid), 30_000, 'the end of the older service')
    return { window, queued }
  }

  it('waits for the newer service, and does not start its own again', async () => {
    const { window, queued } = await drained()
    await startOwnService(state)
    expect((await queued.result).state).toBe('succeeded')
    expect((await window.client.service.status(null)).version).toBe('1.0.0')
  })

  it('starts its own when no newer one comes', async () => {
    const { window, queued } = await drained()
    expect((await queued.result).state).toBe('succeeded')
    expect((await window.client.service.status(null)).version).toBe('0.9.0')
  })
})

describe('a job service without a common protocol', () => {
  const refused = async (window: TestWindow, sentence: RegExp) => {
    await expect(window.client.connect({ start: false })).rejects.toThrow(sentence)
    expect(window.client.state).toBe('failed')
    expect(window.client.message).toMatch(sentence)
  }
  const logOf = () => readFileSync(statePaths(state.folder).log, 'utf8')

  it('is refused as too old, with what to do, until it is gone', async () => {
    const pid = await startOlder({ protocols: [2, 3] })
    const window = open({ name: 'too new' })
    const tooOld = /too old for this window \(it speaks protocol 2 to 3, this window \d to \d\): reload the windows/
    await refused(window, tooOld)
    await refused(window, tooOld) // as often as it tries
    expect(
      logOf().match(/Window "too new" \(version 1\.0\.0\) is refused: .+ too old .+: reload the windows/g),
    ).toHaveLength(1)
    process.kill(pid, 'SIGTERM')
    await until(() => window.client.state === 'none' && !window.client.message, 30_000, 'a window that needs none')
    expect((await window.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
  })

  it('is refused as too old also when it says nothing of that itself', async () => {
    await startOlder({ protocols: [3, 3], knowsOneProtocol: true })
    await refused(open(), /too old for this window \(it speaks protocol 3, this window \d to \d\): reload the windows/)
  })

  it('is refused as too new, with what to do', async () => {
    await startOlder({ protocols: [98, 99] })
    const tooNew =
      /too new for this window \(it speaks protocol 98 to 99, .+\): reload this window, or update the extension/
    await refused(open({ name: 'too old' }), tooNew)
    expect(logOf()).toMatch(/Window "too old" \(version 1\.0\.0\) is refused: .+: reload this window, or update/)
  })

  it('is waited for by a job that was submitted meanwhile', async () => {
    const pid = await startOlder({ protocols: [2, 3] })
    const window = open()
    const job = window.api.submit({ command: ['true'] })
    await until(() => window.client.message?.includes('too old'), 20_000, 'a window that says so')
    process.kill(pid, 'SIGTERM')
    expect((await job.result).state).toBe('succeeded')
  })
})
