// Queues on a real Slurm whose jobs are jobs of Slurm: what becomes of them whoever ends, and what Slurm is asked.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Job, JobSpec } from '../../../src/api'
import type { QueueConfigs, SlurmQueueConfig } from '../../../src/core/jobs/queueConfig'
import { hasSlurm, startSlurm, type TestSlurm } from '../../support/slurm'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 60_000
const node = process.execPath

describe.runIf(hasSlurm)('jobs of Slurm', () => {
  let slurm: TestSlurm
  let state: TempState
  let open: (options?: WindowOptions) => TestWindow
  beforeAll(async () => {
    slurm = await startSlurm()
    process.env.SLURM_CONF = slurm.config
  })
  afterAll(() => slurm?.remove())
  stateForEach(given => ({ state, open } = given))
  afterEach(async () => {
    for (const line of slurm.jobs()) slurm.run('scancel', line.split(' ')[0] ?? '')
    await untilNoneIsLeft()
    slurm.resumeNode()
  })

  const file = (name: string) => join(state.folder, name)

  async function windowWith(more: Partial<SlurmQueueConfig> = {}, others: QueueConfigs = {}): Promise<TestWindow> {
    const window = open({
      queues: { q: { kind: 'slurm', mode: 'jobs', node, folder: slurm.folder, ...more }, ...others },
    })
    await window.configure({ concurrency: 2, killGraceSeconds: 1 })
    return window
  }

  const submit = ({ api }: TestWindow, line: string, more: Partial<JobSpec<unknown>> = {}) =>
    api.submit({ command: ['sh', '-c', line], cwd: state.folder, queue: 'q', ...more } as JobSpec<string>)

  const untilNoneIsLeft = () => until(() => slurm.jobs().length === 0, LIMIT_MS, 'a cluster without jobs')

  it('have their streams and variables, and the number that Slurm gives them', async () => {
    const window = await windowWith()
    const job = submit(window, 'cat; echo $SLURM_JOB_ID', { stdin: 'hello\n', stdout: 'text' })
    const result = await job.result
    const id = /^hello\n(\d+)\n$/.exec(result.state === 'succeeded' ? result.value : '')?.[1]
    expect(job.info).toMatchObject({ state: 'succeeded', slurm: { id } })
  })
})
