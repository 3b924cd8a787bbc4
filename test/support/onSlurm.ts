// What tests of queues on a real Slurm share: one cluster for a file, a state folder for each test, jobs that wait for a file.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { Job, JobSpec } from '../../src/api'
import type { QueueConfigs, SlurmQueueConfig } from '../../src/core/jobs/queueConfig'
import { startSlurm, type TestSlurm } from './slurm'
import type { TempState } from './tempState'
import { stateForEach } from './testService'
import { until } from './until'
import { queueOf, type TestWindow, type WindowOptions } from './window'

export const SLURM_LIMIT_MS = 60_000
export const node = process.execPath

export interface OnSlurm {
  slurm: TestSlurm
  state: TempState
  open(options?: WindowOptions): TestWindow
  /** With the queue `q`. */
  windowWith(more?: Partial<SlurmQueueConfig>, others?: QueueConfigs): Promise<TestWindow>
  /** To the queue `q`, in the state folder. */
  submit(window: TestWindow, line: string, more?: Partial<JobSpec<unknown>>): Job<string>
  /** A path in the state folder. */
  file(name: string): string
  /** For which `waits()` waits. */
  go(name?: string): void
  untilNoneIsLeft(): Promise<unknown>
}

/** A queue of which each job is a job of Slurm. */
export const jobsMode = ({ folder }: TestSlurm) => ({ mode: 'jobs', folder }) as const
/** A line of the shell. */
export const waits = (name = 'go') => `while ! test -e ${name}; do sleep 0.05; done`
export const untilRunning = (job: Job<unknown>) =>
  until(() => job.info.state === 'running', SLURM_LIMIT_MS, 'a job that runs')
export const problemOf = (window: TestWindow) => until(() => queueOf(window, 'q')?.problem, SLURM_LIMIT_MS, 'a problem')

export async function nextService(window: TestWindow, end: () => unknown): Promise<void> {
  await end()
  await until(() => window.client.state !== 'connected', SLURM_LIMIT_MS, 'the end of the service')
  await until(() => window.client.state === 'connected', SLURM_LIMIT_MS, 'the next service')
}

/**
 * @param queue what the queue `q` is by default
 * @param more lines of slurm.conf
 */
export function onSlurm(
  keep: (given: OnSlurm) => unknown,
  queue: (slurm: TestSlurm) => Partial<SlurmQueueConfig>,
  more: Readonly<Record<string, string>> = {},
): void {
  let slurm: TestSlurm
  let given: Pick<OnSlurm, 'state' | 'open'>
  const untilNoneIsLeft = () => until(() => slurm.jobs().length === 0, SLURM_LIMIT_MS, 'a cluster without jobs')
  const file = (name: string) => join(given.state.folder, name)
  beforeAll(async () => {
    slurm = await startSlurm(more)
    process.env.SLURM_CONF = slurm.config
  })
  afterAll(() => slurm?.remove())
  stateForEach(each => {
    given = each
  })
  beforeEach(() => {
    keep({
      ...given,
      slurm,
      async windowWith(config = {}, others = {}) {
        const window = given.open({ queues: { q: { kind: 'slurm', node, ...queue(slurm), ...config }, ...others } })
        await window.configure({ concurrency: 2, killGraceSeconds: 1 })
        return window
      },
      submit: ({ api }, line, spec = {}) =>
        api.submit({ command: ['sh', '-c', line], cwd: given.state.folder, queue: 'q', ...spec } as JobSpec<string>),
      file,
      go: (name = 'go') => writeFileSync(file(name), ''),
      untilNoneIsLeft,
    })
  })
  afterEach(async () => {
    for (const line of slurm.jobs()) slurm.run('scancel', line.split(' ')[0] ?? '')
    await untilNoneIsLeft()
    slurm.resumeNode()
  })
}
