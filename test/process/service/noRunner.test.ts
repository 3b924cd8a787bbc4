// While no runner can be started, or one stands still, jobs wait; a cancel does not wait for ever.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import { statePaths } from '../../../src/service/base/paths'
import type { TempState } from '../../support/tempState'
import { isAlive, parentOf } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import { linesOf, untilGone, workerCommand } from '../../support/workers'

let state: TempState
let window: TestWindow
serviceForEach(given => ({ state, window } = given), { concurrency: 2 })

function limitOpenFiles(pid: number, count: number): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`])
}

function runnersOf(service: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter(pid => {
    try {
      return parentOf(pid) === service && isAlive(pid)
    } catch {
      return false // it has just ended
    }
  })
}

function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).filter(fd => readlinkSync(join(folder, fd)).startsWith('socket:')).length
}

it.runIf(process.platform === 'linux').each([
  ['a process of its own', () => ({ command: ['touch', join(state.folder, 'begun')] })],
  [
    'a kept worker',
    () => ({
      command: workerCommand('waits.py', join(state.folder, 'begun'), join(state.folder, 'go')),
      protocol: 'frames',
      keepAlive: true,
      stdin: { value: 1 },
    }),
  ],
] as const)('a job for %s that waits for a runner is cancelled at once, and never begins', async (_, spec) => {
  const [service] = state.servicePids() as [number]
  limitOpenFiles(service, 10)
  const runners = runnersOf(service)
  const left = socketsOf(service) - runners.length
  for (const pid of runners) process.kill(pid, 'SIGKILL')
  await until(() => socketsOf(service) === left, 20_000, 'a service that knows that its runners are gone')
  const job = window.api.submit(spec() as JobSpec<unknown>)
  const log = () => readFileSync(statePaths(state.folder).log, 'utf8')
  await until(() => log().includes('A runner could not be started'), 30_000, 'the shortage')
  await job.cancel()
  expect(await job.result).toMatchObject({ state: 'cancelled', endedBy: 'user' })
  await until(() => window.client.summary?.slotsTaken === 0, 20_000, 'the free slot')
  limitOpenFiles(service, 1024)
  expect(await window.api.submit({ command: ['true'] }).result).toMatchObject({ state: 'succeeded' })
  const begun = join(state.folder, 'begun')
  expect([existsSync(begun), linesOf(begun)]).toEqual([false, []])
})

it.runIf(process.platform === 'linux').each([
  ['that has a process of its own', { command: ['sleep', '600'] }],
  [
    'of a kept worker',
    { command: workerCommand('never-answers.sh'), protocol: 'lines', keepAlive: true, stdin: { value: 1 } },
  ],
] as const)('a job %s is cancelled although its runner stands still', async (_, spec) => {
  const job = window.api.submit(spec as JobSpec<unknown>)
  const pid = await until(() => job.info.state === 'running' && job.info.pid, 20_000, 'the pid')
  process.kill(parentOf(pid), 'SIGSTOP')
  await job.cancel()
  expect(await job.result).toMatchObject({ state: 'cancelled', endedBy: 'user' })
  await untilGone(pid)
  expect(await window.api.submit({ command: ['true'] }).result).toMatchObject({ state: 'succeeded' })
})
