// The demonstrations through a real job service: what they count, and that they look at the values that come back.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { bundleTypeScript } from '../../../scripts/lib/bundles.mjs'
import { mostAtOnce, runDemo } from '../../../src/client/api/demo'
import type { QueueConfig } from '../../../src/core/jobs/queueConfig'
import { hasSlurm, startSlurm } from '../../support/slurm'
import type { TempState } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

const examples = resolve('examples')
const SLOTS = 2

let state: TempState
let window: TestWindow

serviceForAll(given => ({ state, window } = given), { concurrency: SLOTS })

/** A folder with the examples, and with a file beside them that Python finds first. */
function examplesWith(file: string, content: string): string {
  const folder = join(state.folder, file.replace('.', '-'))
  mkdirSync(folder)
  cpSync(examples, folder, { recursive: true })
  writeFileSync(join(folder, file), content)
  return folder
}

/**
 * What the warm workers of a script have done. They are followed from the beginning: on a slow machine one is idle for so long
 * after its part that it has been ended before the whole is over.
 */
function followWorkers(script: string) {
  const served = new Map<string, number>()
  const names = new Set<string>()
  let most = 0
  window.client.onDidChangeSummary(({ workers = [] }) => {
    const kept = workers.filter(({ command }) => command.includes(script))
    most = Math.max(most, kept.length)
    for (const worker of kept) {
      served.set(worker.id, worker.served)
      names.add(worker.name)
    }
  })
  const sum = () => [...served.values()].reduce((all, one) => all + one, 0)
  return { sum, names, most: () => most }
}

/** With the sentences about what went wrong. */
async function run(scripts: string) {
  const problems: string[] = []
  const report = await runDemo(window.api, {
    scripts,
    python: 'python3',
    onProgress: (_done, _total, result, problem) => {
      if (problem) problems.push(`${result.name}: ${problem}`)
    },
  })
  return { report, problems }
}

const whole = { jobs: 55, succeeded: 55, failed: 0, callbacks: 55, batches: 2 }

describe('the demonstrations', () => {
  it.each([
    ['with what Python there is', () => examples],
    ['without numpy', () => examplesWith('numpy.py', 'raise ImportError("not here")\n')],
  ])('run 55 jobs in two batches, %s', async (_, scripts) => {
    const folder = scripts()
    const noise = followWorkers(join(folder, 'noise.py'))
    const { report, problems } = await run(folder)
    expect(problems).toEqual([])
    expect(report).toMatchObject(whole)
    expect(report.maxRunning).toBeGreaterThanOrEqual(1)
    expect(report.maxRunning).toBeLessThanOrEqual(SLOTS)
    await until(() => noise.sum() === 50, 20_000, 'processes that have done 50 jobs')
    expect(noise.most()).toBeLessThanOrEqual(SLOTS)
    expect([...noise.names]).toEqual(['python3 noise.py'])
  })

  it('count a job as failed when its values are wrong', async () => {
    const far =
      'from headless_jobs import serve\nserve(lambda v: {"vertices": v["vertices"] if v["seed"] else [1.5]})\n'
    const { report, problems } = await run(examplesWith('noise.py', far))
    expect(report).toMatchObject({ ...whole, succeeded: 5, failed: 50 })
    expect(problems).toContain('Sphere 1: What came back is not as many vertices.')
    expect(problems).toContain('Sphere 2: No vertex has moved.')
  })
})

describe('npm run demo -- --queue', () => {
  const node = process.execPath

  /** What its last line says. */
  async function demoOn(config: QueueConfig, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
    const settings = join(state.folder, `${config.kind}.json`)
    writeFileSync(settings, `{ "headlessJobs.queues": ${JSON.stringify({ there: config })}, } // as VS Code has it`)
    const words = [await bundleTypeScript('scripts/demo/main.ts'), '--json', '--queue', 'there', '--settings', settings]
    const { stdout } = await promisify(execFile)(node, words, { env: { ...process.env, ...env } })
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  }

  it('runs them where a command leads', async () => {
    expect(await demoOn({ kind: 'command', launch: ['env'], slots: SLOTS, node })).toMatchObject(whole)
  })

  it.runIf(hasSlurm).each([
    ['in allocations', { slots: SLOTS, allocations: { max: 2 } }],
    ['as its own jobs', { mode: 'jobs', folder: '/shared' }],
  ] as const)('runs them on a Slurm cluster, %s, and leaves nothing there', async (_, mode) => {
    const slurm = await startSlurm()
    try {
      const folder = 'folder' in mode && { folder: slurm.folder }
      const config = { kind: 'slurm', node, ...mode, ...folder } as const
      const env = { SLURM_CONF: slurm.config, HEADLESS_JOBS_SLURM_SECONDS: '0.3' }
      expect(await demoOn(config, env)).toMatchObject(whole)
      await until(() => slurm.jobs().length === 0, 30_000, 'a cluster without jobs')
    } finally {
      await slurm.remove()
    }
  })
})

describe('the most at once', () => {
  const took = (startedAt: number, endedAt: number) =>
    ({ startedAt, endedAt }) as Parameters<typeof mostAtOnce>[0][number]

  it('is counted by the times of the results', () => {
    expect(mostAtOnce([took(0, 5), took(1, 4), took(5, 9), took(4, 6)])).toBe(2)
  })

  it('holds for jobs that begin and end within one millisecond', () => {
    expect(mostAtOnce([took(3, 3), took(3, 3), took(3, 4)])).toBe(1)
    expect(mostAtOnce([took(0, 9), took(3, 3), took(9, 9)])).toBe(2)
  })
})
