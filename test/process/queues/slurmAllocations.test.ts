// Queues on a real Slurm, in allocations: taken when there is work, given back when there is none, and what becomes of the jobs in
// them when something ends that they need.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import type { SlurmQueueConfig } from '../../../src/core/jobs/queueConfig'
import { hasSlurm, startSlurm, type TestSlurm } from '../../support/slurm'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import { queueOf, type TestWindow, type WindowOptions } from '../../support/window'

const LIMIT_MS = 60_000
const node = process.execPath

describe.runIf(hasSlurm)('allocations of Slurm', () => {
  let slurm: TestSlurm
  let state: TempState
  let open: (options?: WindowOptions) => TestWindow
  beforeAll(async () => {
    slurm = await startSlurm()
    process.env.SLURM_CONF = slurm.config
  })
  afterAll(() => slurm?.remove())
  stateForEach(given => ({ state, open } = given))

  const file = (name: string) => join(state.folder, name)

  async function windowWith(more: Partial<SlurmQueueConfig> = {}): Promise<TestWindow> {
    const window = open({ queues: { q: { kind: 'slurm', node, slots: 2, ...more } } })
    await window.configure({ concurrency: 2, killGraceSeconds: 1 })
    return window
  }

  const submit = ({ api }: TestWindow, line: string, more: Partial<JobSpec<unknown>> = {}) =>
    api.submit({ command: ['sh', '-c', line], cwd: state.folder, queue: 'q', ...more } as JobSpec<string>)

  it('one is taken for a job and given back when idle', async () => {
    const window = await windowWith({ allocations: { idleSeconds: 1 } })
    const job = submit(window, 'cat; echo $SLURM_JOB_ID', { stdin: 'hello\n', stdout: 'text' })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: expect.stringMatching(/^hello\n\d+\n$/) })
    await until(() => slurm.jobs().length === 0, LIMIT_MS, 'a cluster without jobs')
  })
})
