// Many short jobs through one job service: memory and open files stay as they are once it is warm, and the disk too.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { linkOf } from '../../src/run/process/pipes'
import { statePaths } from '../../src/service/base/paths'
import { childrenOf, median, memoryOf } from '../bench/harness'
import { collectGarbageAt, freePort } from '../support/inspector'
import { isAlive, type TempState } from '../support/tempState'
import { stateForEach } from '../support/testService'
import { until } from '../support/until'
import type { TestWindow, WindowOptions } from '../support/window'
import { workerCommand } from '../support/workers'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

afterEach(() => {
  delete process.env.HEADLESS_JOBS_INSPECT
})

const jobs = Number(process.env.HEADLESS_JOBS_SOAK_JOBS ?? 16_000)
const PARTS = 16
/** After so many parts, 10,000 of 16,000 jobs, V8 has compiled what it will and what is kept of memory has nearly the size that it keeps. */
const WARM_PARTS = 10
/** Of these many submitted at once, one half are processes of their own, the other jobs of warm workers. */
const AT_ONCE = 250
const MAX_GROWTH = 1.2
/** A connection, a file that is being written. */
const MAX_MORE_FILES = 5
/** A runner makes so many pipes at a time and keeps them, when more jobs than before meet in one moment. */
const MAX_MORE_PIPES = 12
/** Of the store, when the history is empty: what SQLite does not return, as too little. */
const MAX_EMPTY_BYTES = 4 * 1024 * 1024
const SAMPLES = 9

/** How many files a process has open, and how many of the pipes that runners make by name and remove the name of. */
function openedBy(pid: number): { files: number; pipes: number } {
  const folder = `/proc/${pid}/fd`
  const links = readdirSync(folder).map(fd => linkOf(`${folder}/${fd}`) ?? '')
  const pipes = links.filter(link => /headless-jobs-\w+\/\d+ \(deleted\)$/.test(link)).length
  return { files: links.length - pipes, pipes }
}

interface Held {
  memory: number
  files: number
  pipes: number
}

/**
 * Of the service and each of its runners, by pid: without garbage, which waits for long on a busy machine, and the median, since
 * memory is given back now and then.
 */
async function heldBy(service: number, port: number): Promise<Map<number, Held>> {
  const held = new Map<number, Held>()
  const pids = [service, ...childrenOf(service)]
  for (const i of pids.keys()) await collectGarbageAt(port + i)
  for (const pid of pids) {
    const samples: number[] = []
    for (let i = 0; i < SAMPLES; i++) {
      samples.push(memoryOf(pid, 'VmRSS'))
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    held.set(pid, { memory: median(samples), ...openedBy(pid) })
  }
  return held
}

async function run({ api }: TestWindow, count: number): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    const worker = {
      command: workerCommand('answers.mjs'),
      protocol: 'lines',
      keepAlive: true,
      stdin: { value: 'all' },
    } as const
    const specs = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, i) =>
      i % 2 ? worker : { command: ['true'] },
    )
    const results = await Promise.all(specs.map(spec => api.submit(spec).result))
    expect(results.filter(result => result.state !== 'succeeded')).toEqual([])
  }
}

function bytesOnDisk(): number {
  const { store, spool, arrays, log } = statePaths(state.folder)
  const inFolders = [spool, arrays].flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
  const all = [store, `${store}-wal`, log, `${log}.old`, ...inFolders].filter(existsSync)
  return all.reduce((sum, file) => sum + statSync(file).size, 0)
}

const show = (held: Map<number, Held>) =>
  [...held.values()]
    .map(({ memory, files, pipes }) => `${(memory / 2 ** 20).toFixed(1)} MB, ${files} files, ${pipes} pipes`)
    .join('; ')

it.runIf(process.platform === 'linux')('many short jobs leave nothing behind', async () => {
  const port = await freePort()
  process.env.HEADLESS_JOBS_INSPECT = String(port)
  const window = open()
  const { service } = window.client
  await window.configure({ historyDays: 0 })
  const { pid } = await service.status(null)
  let first = new Map<number, Held>()
  for (let part = 1; part <= PARTS; part++) {
    await run(window, Math.ceil(jobs / PARTS))
    // as the history is trimmed, which is once an hour
    await service.clear({ filter: { all: true }, unsaved: 'delete' })
    await until(() => bytesOnDisk() < MAX_EMPTY_BYTES, 20_000, 'a small store')
    if (part === WARM_PARTS) first = await heldBy(pid, port)
  }
  const last = await heldBy(pid, port)
  console.log(`${jobs} jobs: the service; its runners\n  warm:       ${show(first)}\n  at the end: ${show(last)}`)
  expect([...last.keys()]).toEqual([...first.keys()])
  // one runner may have had less to do than the other before
  const warmest = Math.max(...[...first].filter(([process]) => process !== pid).map(([, { memory }]) => memory))
  for (const [process, { memory }] of last) {
    const before = first.get(process) ?? { memory: 0, files: 0, pipes: 0 }
    expect(memory).toBeLessThan((process === pid ? before.memory : warmest) * MAX_GROWTH)
    // what has just ended is closed a moment later; what is left behind stays
    const most = { files: before.files + MAX_MORE_FILES, pipes: before.pipes + MAX_MORE_PIPES }
    const isWithin = () => {
      const { files, pipes } = openedBy(process)
      return files <= most.files && pipes <= most.pipes
    }
    await until(isWithin, 20_000, `at most ${most.files} files and ${most.pipes} pipes of ${process}`)
  }
})

it('a service that starts trims what is too old', async () => {
  const window = open()
  await window.configure({ historyDays: 0 })
  await run(window, AT_ONCE)
  const { pid } = await window.client.service.status(null)
  window.client.dispose()
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), 30_000, 'the end of the service')
  const later = open()
  await later.client.connect({ start: true })
  await until(async () => (await later.api.list({ limit: 1 })).jobs.length === 0, 20_000, 'an empty history')
  await until(() => bytesOnDisk() < MAX_EMPTY_BYTES, 20_000, 'a small store')
})
