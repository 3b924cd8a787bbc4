// Jobs that have become another user's, as with sudo: no signal of the job service reaches them. Their outcome has a sentence
// with the pid, and the slot is free for others.
import { chmodSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { statePaths } from '../../../src/service/base/paths'
import { startOwnService } from '../../support/ownService'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'
import { failureOf, linesOf, untilGone } from '../../support/workers'

/** Nobody's, on every Linux. */
const UID = 65534
const canBecomeRoot = process.platform === 'linux' && process.getuid?.() === 0

let state: TempState
let open: (options?: WindowOptions) => TestWindow
let service: number
let window: TestWindow
let pids: string
stateForEach(given => ({ state, open } = given))

const user = ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups']
const startService = () => startOwnService(state, { wrapper: user, uid: UID })

beforeEach(async () => {
  if (!canBecomeRoot) return
  service = await startService()
  const program = join(state.folder, 'become-root')
  copyFileSync('/usr/bin/setpriv', program)
  chmodSync(program, 0o4755)
  pids = join(state.folder, 'pids')
  window = open()
  await window.configure({ concurrency: 1, killGraceSeconds: 0.2 })
})
afterEach(async () => {
  if (!canBecomeRoot) return
  for (const pid of linesOf(pids).map(Number)) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  await untilGone(...linesOf(pids).map(Number))
})

/** Words that run a line of a shell as root; it writes its pid first. */
const asRoot = (line: string) => [
  join(state.folder, 'become-root'),
  ...['--reuid=0', '--regid=0', '--clear-groups', 'sh', '-c', `echo $$ >> "$0"; ${line}`, pids],
]
const sleeps = () => asRoot('exec sleep 600')
const rootPid = () =>
  until(() => Number(linesOf(pids).at(-1) ?? 0) || undefined, 20_000, 'the pid of the process that is root')
const sentence = (pid: number) => `It could not be ended: process ${pid} belongs to root (sleep).`

/** Whether the next service can distinguish it from another process with its pid. */
function isNamedInStore(id: string): boolean {
  const store = new DatabaseSync(statePaths(state.folder).store, { readOnly: true })
  const row = store.prepare('SELECT facts FROM jobs WHERE id = ?').get(id)
  store.close()
  return String(row?.facts).includes('processStartTime')
}

describe.runIf(canBecomeRoot)('a job that has become root', () => {
  it('is cancelled with a sentence that names it, and its slot is free', async () => {
    const job = window.api.submit({ command: sleeps() })
    const pid = await rootPid()
    await job.cancel()
    const failure = failureOf(await job.result)
    expect(failure).toMatchObject({ state: 'cancelled', endedBy: 'user', message: sentence(pid), exitCode: null })
    expect(isAlive(pid)).toBe(true)
    expect((await window.api.list({})).jobs[0]).toMatchObject({ state: 'cancelled', notEnded: sentence(pid) })
    expect(await window.api.submit({ command: ['true'] }).result).toMatchObject({ state: 'succeeded' })
  })

  it('and is over its time limit fails with a sentence that it still runs, and is not run again beside it', async () => {
    const job = window.api.submit({ command: sleeps(), timeoutSeconds: 1, retries: 3 })
    const pid = await rootPid()
    const { state: end, message, kind } = failureOf(await job.result)
    expect({ end, kind }).toEqual({ end: 'failed', kind: 'timeout' })
    expect(message).toBe(`Ended because it ran longer than its time limit of 1 second. ${sentence(pid)}`)
    expect(linesOf(pids)).toHaveLength(1)
  })

  it('in a child that it leaves behind has its outcome all the same', async () => {
    const words = sleeps()
    const job = window.api.submit({ command: ['sh', '-c', '"$@" & echo done', 'sh', ...words], stdout: 'text' })
    const pid = await rootPid()
    expect(await job.result).toMatchObject({ state: 'succeeded', value: 'done\n' })
    expect((await window.api.list({})).jobs[0]).toMatchObject({ notEnded: sentence(pid) })
  })

  it('as a kept worker ends its job when that is cancelled', async () => {
    const worker = asRoot(`echo '{"hello":1}'; exec sleep 600`)
    const job = window.api.submit({ command: worker, protocol: 'lines', keepAlive: true, stdin: { value: 1 } })
    const pid = await rootPid()
    await until(() => job.info.state === 'running', 20_000, 'the job to run')
    await job.cancel()
    expect(failureOf(await job.result)).toMatchObject({ state: 'cancelled', message: sentence(pid) })
    expect(await window.api.submit({ command: ['true'] }).result).toMatchObject({ state: 'succeeded' })
  })

  it('as a worker of a window does not keep `dispose` waiting', async () => {
    const worker = window.api.startWorker({ command: asRoot(`echo '{"hello":1}'; exec sleep 600`) })
    await worker.ready
    await worker.dispose()
    expect(isAlive(await rootPid())).toBe(true)
  })

  it('does not hold the end of the job service', async () => {
    const job = window.api.submit({ command: sleeps() })
    const pid = await rootPid()
    process.kill(service, 'SIGTERM')
    await untilGone(service)
    await startService()
    const other = open()
    const { jobs } = await other.api.list({})
    expect(jobs).toMatchObject([{ id: job.id, state: 'cancelled', endedBy: 'shutdown', notEnded: sentence(pid) }])
  })

  it('when the job service has died is lost with the same sentence, and the others go on', async () => {
    const job = window.api.submit({ command: sleeps() })
    const next = window.api.submit({ command: ['true'] })
    const pid = await rootPid()
    await next.accepted
    await until(() => isNamedInStore(job.id), 20_000, 'the process to be known for certain')
    process.kill(service, 'SIGKILL')
    await untilGone(service)
    await startService()
    expect(failureOf(await job.result)).toMatchObject({
      state: 'lost',
      message: expect.stringContaining(sentence(pid)),
    })
    await window.client.service.pause({ paused: false })
    expect(await next.result).toMatchObject({ state: 'succeeded' })
  })
})

it.skipIf(canBecomeRoot)('a job that has become root cannot be made here: that takes root on Linux', () => undefined)
