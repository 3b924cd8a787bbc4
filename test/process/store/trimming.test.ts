// The history is trimmed by age, by count and by size: everything counts that is kept for a job, and the disk has it back.
import { readdirSync, statSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import type { MachineSettings } from '../../../src/core/protocol/settingsTable'
import { arrayFolders, readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 60_000
const MB = 1024 * 1024

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

let window: TestWindow
beforeEach(() => {
  window = open({ resultsInHistory: true })
})

/** A service trims at its start; resolves with a window when that has left so many jobs. */
async function trimmed(settings: Partial<MachineSettings>, left: number): Promise<TestWindow> {
  await window.configure(settings)
  window.client.dispose()
  const pid = readRecord(statePaths(state.folder))?.pid as number
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
  const later = open({ resultsInHistory: true })
  await later.client.connect({ start: true })
  await until(async () => (await namesIn(later)).length === left, LIMIT_MS, `${left} jobs that are left`)
  return later
}

async function namesIn({ api }: TestWindow): Promise<string[]> {
  return (await api.list({})).jobs.map(({ name }) => name)
}

function ownFiles(): string[] {
  return arrayFolders(statePaths(state.folder)).flatMap(folder => readdirSync(folder))
}

it('by count, the oldest first', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await window.api.submit({ command: ['true'], name }).result
  const later = await trimmed({ historyJobs: 2 }, 2)
  expect(await namesIn(later)).toEqual(['d', 'c'])
})

it('by size: inputs count', async () => {
  await window.api.submit({ command: ['true'], name: 'old', stdin: new Uint8Array(2 * MB) }).result
  await window.api.submit({ command: ['true'], name: 'new' }).result
  const later = await trimmed({ historyMegabytes: 1 }, 1)
  expect(await namesIn(later)).toEqual(['new'])
  expect(ownFiles()).toEqual([])
})

it('by size: arrays count, both those that were sent and those that came', async () => {
  const command = ['python3', '-c', 'import headless_jobs as h\nh.serve(lambda x: x)']
  const stdin = { value: new Float64Array(MB / 8) }
  await window.api.submit<unknown>({ command, name: 'old', protocol: 'frames', stdin }).result
  await window.api.submit({ command: ['true'], name: 'new' }).result
  await until(() => ownFiles().length > 0, LIMIT_MS, 'files of arrays')
  const later = await trimmed({ historyMegabytes: 1 }, 1)
  expect(await namesIn(later)).toEqual(['new'])
  await until(() => ownFiles().length === 0, LIMIT_MS, 'no files')
})

it('by size: what was replaced by a rerun counts with its place, and the store shrinks', async () => {
  const job = window.api.submit({ command: ['head', '-c', '60000', '/dev/urandom'], name: 'often' })
  await job.result
  for (let id = job.id, i = 0; i < 60; i++) {
    const [again] = await window.api.rerun({ ids: [id] })
    await again?.result
    id = again?.id ?? ''
  }
  await window.api.submit({ command: ['true'], name: 'new' }).result
  const later = await trimmed({ historyMegabytes: 1 }, 1)
  expect(await namesIn(later)).toEqual(['new'])
  const bytes = () => statSync(statePaths(state.folder).store).size
  await until(() => bytes() < 1.5 * MB, LIMIT_MS, 'a smaller file')
})

it('does not remove what fits', async () => {
  for (const name of ['a', 'b']) await window.api.submit({ command: ['true'], name }).result
  const later = await trimmed({ historyMegabytes: 1, historyJobs: 2 }, 2)
  expect(await namesIn(later)).toEqual(['b', 'a'])
})
