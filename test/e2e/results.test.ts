// Results for the handlers of an extension, whatever becomes of its window while jobs run: each comes, and comes once. The
// extension is activated by nobody but the one that has a result for it.
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import type { JobInfo } from '../../src/api'
import { connectAs } from '../../src/client/connection/handshake'
import { send } from '../../src/client/connection/serviceConnection'
import { PROTOCOL_VERSION } from '../../src/core/handshake/hello'
import type { ServiceStatus } from '../../src/core/protocol/facts'
import type { ServiceMethod } from '../../src/core/protocol/protocol'
import { readRecord, stateFolder, statePaths } from '../../src/service/base/paths'
import { isAlive } from '../support/tempState'
import { root } from '../support/tools'
import { until } from '../support/until'
import { extensionHosts } from './extensionHosts'
import { installNextVersion, notes } from './keeper'
import { openWorkbench, type Workbench } from './workbench'

const LIMIT_MS = 60_000
/** Jobs of the extension, two at once. */
const JOBS = 6

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const NEXT = version.replace(/\d+$/, last => String(Number(last) + 1))

let workbench: Workbench
/** Whether the window is as good as new for the next test, once it is reset. */
let isUsable = false

beforeEach(async () => {
  process.env.HEADLESS_JOBS_IDLE_SECONDS = '1' // of the service: it ends when a window is closed and nothing runs
  if (isUsable) await makeFresh()
  else workbench = await openWorkbench({ keeper: true, settings: { 'headlessJobs.concurrency': 2 } })
  isUsable = true
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') {
    isUsable = false
    await workbench?.screenshot(`failed-results-${task.name.slice(0, 20)}`)
  }
  if (!isUsable) await workbench?.close()
})
afterAll(async () => {
  delete process.env.HEADLESS_JOBS_IDLE_SECONDS
  if (isUsable) await workbench.close()
})

/** No job, no note, and a window in which nobody has activated Keeper. */
async function makeFresh(): Promise<void> {
  await workbench.reset()
  await workbench.reload()
  await hostsAreGone()
  for (const name of readdirSync(workbench.workspace)) rmSync(join(workbench.workspace, name))
}

/** What a host has handled and not yet answered for when its window goes comes again: nothing is to end in that moment. */
async function hostsAreGone(): Promise<void> {
  const hosts = notes(workbench.workspace, 'activations').map(({ pid }) => pid)
  await until(() => !hosts.some(isAlive), LIMIT_MS, 'the end of the extension hosts in which Keeper was active')
}

const kept = () => notes(workbench.workspace, 'results')
const activations = () => notes(workbench.workspace, 'activations').length
const end = (...numbers: number[]) =>
  workbench.writeFiles(Object.fromEntries(numbers.map(number => [`go-${number}`, ''])))

/** As a window elsewhere sees it that starts no service, whatever it finds; `undefined` when there is none. */
async function ask(method: ServiceMethod, params: unknown): Promise<unknown> {
  const record = readRecord(statePaths(stateFolder('', workbench.state.env)))
  const protocols = { protocol: PROTOCOL_VERSION, minProtocol: PROTOCOL_VERSION }
  const hello = { ...protocols, version: '0.0.0', session: randomUUID(), workspace: '/elsewhere', window: 'observer' }
  const listener = { onEvents: () => undefined, log: () => undefined }
  const connection = record && (await connectAs(record, hello, listener))
  if (!connection) return undefined
  try {
    return await send(connection, method, params, LIMIT_MS)
  } finally {
    connection.rpc.dispose()
    connection.socket.destroy()
  }
}

const status = async () => (await ask('status', null)) as ServiceStatus | undefined

/** The jobs, in their order. */
async function jobs(): Promise<JobInfo[]> {
  const found = ((await ask('list', { filter: { all: true } })) as { jobs: JobInfo[] } | undefined)?.jobs ?? []
  return found.toSorted((a, b) => a.name.localeCompare(b.name))
}

const count = async (isCounted: (job: JobInfo) => boolean) => (await jobs()).filter(isCounted).length
const areDelivered = (jobsOf: number) =>
  until(async () => (await count(({ delivery }) => delivery === 'delivered')) === jobsOf, LIMIT_MS, `${jobsOf} results`)
const areRunning = (jobsOf: number) =>
  until(async () => (await count(({ state }) => state === 'running')) === jobsOf, LIMIT_MS, `${jobsOf} running jobs`)

/** The first one has been taken, two run, the others are queued. */
async function submitted(): Promise<void> {
  await workbench.command('Keeper: Submit')
  await until(() => notes(workbench.workspace, 'submitted').length === 1, LIMIT_MS, 'the jobs')
  end(0)
  await areDelivered(1)
  await areRunning(2)
  expect(activations()).toBe(1)
}

/** All others end; each result was handled once, that of the batch too, and nothing is to come. */
async function eachOnce(): Promise<void> {
  end(...Array(JOBS).keys())
  await areDelivered(JOBS)
  await until(() => kept().some(({ counts }) => counts), LIMIT_MS, 'the result of the batch')
  const [submission] = notes(workbench.workspace, 'submitted')
  const expected = (submission?.jobs ?? []).map((id, n) => ({
    id,
    state: 'succeeded',
    value: n % 2 === 0 ? { n } : `{ "n": ${n} }\n`,
    context: { n },
  }))
  expect(expected).toHaveLength(JOBS)
  const byNumber = () => kept().toSorted((a, b) => (a.context.n ?? JOBS) - (b.context.n ?? JOBS))
  const all = [...expected, { counts: expect.objectContaining({ succeeded: JOBS }), context: { batch: true } }]
  expect(byNumber()).toEqual(all)
  // What comes behind a result that was to come again comes behind it.
  await workbench.reload()
  await workbench.command('Keeper: Submit')
  await until(() => notes(workbench.workspace, 'submitted').length === 2, LIMIT_MS, 'more jobs')
  await areDelivered(2 * JOBS)
  const isOfFirst = (id: string | undefined) => submission?.jobs.includes(id ?? '')
  expect(kept().filter(({ id }) => isOfFirst(id))).toHaveLength(JOBS)
  expect(kept().filter(({ counts }) => counts).length).toBeLessThanOrEqual(2)
  expect((await jobs()).map(({ attempts, state }) => `${state} ${attempts}`)).toEqual(
    Array(2 * JOBS).fill('succeeded 1'),
  )
}

test('a page that is reloaded while jobs run', async () => {
  await submitted()
  const reloaded = workbench.reload()
  await hostsAreGone()
  end(1)
  await reloaded
  await areDelivered(2)
  end(2)
  await areDelivered(3)
  await workbench.reload()
  await eachOnce()
})

test('an extension host that is killed while jobs run', async () => {
  await submitted()
  const hosts = extensionHosts(workbench.state)
  expect(hosts.length).toBeGreaterThan(0)
  for (const pid of hosts) process.kill(pid, 'SIGKILL')
  await until(() => hosts.every(pid => !isAlive(pid)), LIMIT_MS, 'its end')
  end(1, 2)
  await until(() => activations() === 2, LIMIT_MS, 'the extension in the host that VS Code starts by itself')
  await areDelivered(3)
  await eachOnce()
})

test('a window that is closed while jobs run, and opened when they have ended and the service too', async () => {
  await submitted()
  await workbench.closeWindow()
  await until(async () => (await status())?.windows.length === 1, LIMIT_MS, 'no window but that which looks')
  end(...Array(JOBS).keys())
  await until(() => workbench.state.servicePids().length === 0, LIMIT_MS, 'the end of the service')
  expect(kept()).toHaveLength(1)
  await workbench.open()
  await until(() => activations() === 2, LIMIT_MS, 'the extension in the new window')
  await eachOnce()
})

test('two windows on the same folder, of which one is closed', async () => {
  const other = await workbench.openSecondWindow()
  await submitted()
  end(1)
  await areDelivered(2)
  await other.reload()
  end(2)
  await areDelivered(3)
  await workbench.closeWindow() // that which has submitted
  await hostsAreGone()
  end(3, 4)
  await areDelivered(5)
  expect(activations()).toBe(2)
  await workbench.open()
  await eachOnce()
  await other.closeWindow()
})

test('an update while jobs run: what runs ends in the old service, what is queued runs in the new one', async () => {
  await submitted()
  const old = await status()
  expect(old).toMatchObject({ version, draining: false })
  isUsable = false // for others: it has the next version from now on
  await installNextVersion(workbench.state, NEXT)
  await workbench.reload()
  const drained = await until(async () => (await status())?.draining && status(), LIMIT_MS, 'a service that is to end')
  expect(drained).toMatchObject({ pid: old?.pid, version })
  end(1)
  await areDelivered(2)
  expect(await count(({ state }) => state === 'queued')).toBe(JOBS - 3)
  end(2)
  const isNew = async () => {
    const now = await status()
    return now?.version === NEXT && now
  }
  const { startedAt } = await until(isNew, LIMIT_MS, 'the new service')
  expect(isAlive(old?.pid ?? 0)).toBe(false)
  await eachOnce()
  const startedBy = (job: JobInfo) => ((job.startedAt ?? 0) < startedAt ? 'old' : 'new')
  const { jobs: ids = [] } = notes(workbench.workspace, 'submitted')[0] ?? {}
  const first = (await jobs()).filter(({ id }) => ids.includes(id))
  expect(first.map(startedBy)).toEqual(['old', 'old', 'old', 'new', 'new', 'new'])
})
