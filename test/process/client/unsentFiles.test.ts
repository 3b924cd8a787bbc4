// A window writes what is large for a job into files before it sends the job: they are there for the service that gets it.
import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 30_000
const LARGE = 'x'.repeat(200_000)

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const spool = () => readdirSync(statePaths(state.folder).spool)
const servicePid = () => readRecord(statePaths(state.folder))?.pid as number

it('a job that the service had not got when it was killed has its input in the next one', async () => {
  const window = open()
  await window.client.connect({ start: true })
  const pid = servicePid()
  process.kill(pid, 'SIGSTOP') // it is sent, and not read
  const job = window.api.submit({ command: ['wc', '-c'], stdin: LARGE, stdout: 'text' })
  await until(() => spool().includes(`${job.id}.in`), LIMIT_MS, 'the file of the input')
  process.kill(pid, 'SIGKILL')
  expect(await job.result).toMatchObject({ state: 'succeeded', value: `${LARGE.length}\n` })
})

it('a job that is refused before it is sent leaves no input', async () => {
  const window = open()
  await window.client.connect({ start: true })
  const job = window.api.submit({ command: ['wc', 'x'.repeat(5_000_000)], stdin: LARGE })
  expect(await job.result).toMatchObject({ state: 'failed', error: { kind: 'start' } })
  expect(spool()).toEqual([])
})

it('what nobody sends any more is removed when a service starts', async () => {
  const first = open()
  await first.client.connect({ start: true })
  first.client.dispose()
  const [old, young] = [`${uuidv7()}.in`, `${uuidv7()}.in`]
  for (const name of [old, young]) writeFileSync(join(statePaths(state.folder).spool, name), 'input')
  utimesSync(join(statePaths(state.folder).spool, old), new Date(), new Date(Date.now() - 2 * 60 * 60 * 1000))
  const pid = servicePid()
  process.kill(pid, 'SIGKILL')
  await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
  await open().client.connect({ start: true })
  await until(() => !spool().includes(old), LIMIT_MS, 'the file to go')
  expect(spool()).toEqual([young])
})
