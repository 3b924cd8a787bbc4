// What the scenarios share: a job service of their own, clocks, medians, and peers as programs.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { PublicApi } from '../../src/client/api/publicApi'
import { ServiceClient } from '../../src/client/connection/serviceClient'
import { type QueueConfigs, queueNames } from '../../src/core/jobs/queueConfig'
import { defaultSettings } from '../../src/core/protocol/settingsTable'
import { makeTempState } from '../support/tempState'

/** Figures of one contestant by name, such as `{ msPerJob: 1.9 }`. */
export type Figures = Record<string, number>

export interface ScenarioResult {
  ours: Figures
  peers: Record<string, Figures>
  /** Our cost over the peer's: below 1 is ahead. */
  ratios: Record<string, number>
  /** Peers that are not on this machine. */
  missing: string[]
}

export interface Scenario {
  name: string
  /** What is measured, in one line. */
  title: string
  run(): Promise<ScenarioResult>
}

/** A window that has not connected yet. */
export function openClient(stateFolder: string, bundle = resolve('dist/service.cjs')): ServiceClient {
  const client = new ServiceClient({ stateFolder, bundle, workspace: 'bench', window: 'bench', log: () => undefined })
  client.setEnvironment(process.env as Record<string, string>, [])
  return client
}

export async function openService(
  settings = {},
  { bundle = resolve('dist/service.cjs'), queues = {} }: { bundle?: string; queues?: QueueConfigs } = {},
) {
  const state = makeTempState()
  const client = openClient(state.folder, bundle)
  const host = {
    defaultCwd: () => state.folder,
    isTrusted: () => true,
    queues: () => queueNames(queues),
    log: (message: string) => console.error(message),
  }
  const publicApi = new PublicApi(client, host)
  await client.service.configure({
    source: 'bench',
    settings: { ...defaultSettings, concurrency: 2, killGraceSeconds: 1, queues, ...settings },
  })
  const { pid } = await client.service.status(null)
  return {
    folder: state.folder,
    client,
    api: publicApi.forOwner('bench.client'),
    /** As the palette submits: results stay in the history, no callback takes their value. */
    keeper: publicApi.forOwner('bench.keeper', { resultsInHistory: true }),
    pid,
    async close() {
      client.dispose()
      await state.remove()
    },
  }
}

/** A number of /proc/<pid>/status in bytes, such as `VmRSS` or `VmHWM`. */
export function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

/** The processes that a process has started and that are alive. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number)
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Milliseconds that a piece of work takes. */
export async function time(work: () => unknown): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

/** Whether a program answers to `--version`. */
export function isThere(program: string, ...args: string[]): boolean {
  return spawnSync(program, args.length > 0 ? args : ['--version'], { stdio: 'ignore' }).status === 0
}

/** Runs a program to its end; its stdout. Throws when it fails. */
export function runPeer(program: string, args: readonly string[], cwd = process.cwd()): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
    child.on('error', fail)
    child.on('close', code =>
      code === 0 ? done(text) : fail(new Error(`${program} ${args.join(' ')} ended with ${code}`)),
    )
  })
}

/** A peer written in Python: the module that it needs, and the arguments of its program. */
export interface PythonPeer {
  module: string
  args: readonly (string | number)[]
}

/**
 * The peers that run with the `python3` on the PATH.
 * @param script a program in peers/ that prints its figure
 */
export function pythonPeers(script: string, peers: Readonly<Record<string, PythonPeer>>) {
  const here: Record<string, () => Promise<number>> = {}
  const missing: string[] = []
  for (const [name, { module, args }] of Object.entries(peers)) {
    const words = [resolve('test/bench/peers', script), ...args.map(String)]
    if (isThere('python3', '-c', `import ${module}`)) here[name] = async () => Number(await runPeer('python3', words))
    else missing.push(name)
  }
  return { here, missing }
}

/** The figures of peers in a unit, and our cost over theirs. */
export function against(
  ours: number,
  peers: Readonly<Record<string, number>>,
  unit: string,
): Pick<ScenarioResult, 'peers' | 'ratios'> {
  const all = Object.entries(peers)
  return {
    peers: Object.fromEntries(all.map(([name, cost]) => [name, { [unit]: cost }])),
    ratios: Object.fromEntries(all.map(([name, cost]) => [name, ours / cost])),
  }
}

/**
 * Runs contestants in turn, A B A B …, so that a machine that slows down slows all of them.
 * @returns the median of each
 */
export async function inTurns(
  rounds: number,
  contestants: Record<string, () => Promise<number>>,
): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      times[name] ??= []
      times[name].push(await run())
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]))
}
