// A job whose runner or job service is killed while it writes a file: nothing of it stays beside the file, here or elsewhere.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Job, JobState } from '../../../src/api'
import type { CommandQueueConfig } from '../../../src/core/jobs/queueConfig'
import { killService, parentOf, processesWith, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 60_000

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const file = (name: string) => join(state.folder, name)
const parts = () => readdirSync(state.folder).filter(name => /\bpart\b/.test(name))
const elsewhere: CommandQueueConfig = { kind: 'command', launch: ['env'], node: process.execPath, slots: 2 }

/** Both streams go into files that are there already, and it goes on. */
async function writing(window: TestWindow, queue: string, before = ''): Promise<Job<string>> {
  writeFileSync(file('out.txt'), 'old')
  const job = window.api.submit({
    ...{
      command: ['sh', '-c', `${before}echo half; echo half >&2; while :; do sleep 1; done`],
      cwd: state.folder,
      queue,
    },
    ...{ stdout: { file: 'out.txt' }, stderr: { file: 'err.txt' } },
  } as const)
  const hasWritten = () => job.info.state === 'running' && parts().filter(name => statSync(file(name)).size > 0)
  await until(() => hasWritten() && parts().length === 2, LIMIT_MS, 'two files that are being written')
  return job
}

async function expectNothingLeft(job: Job<string>, state: JobState = 'lost'): Promise<void> {
  expect(await job.result).toMatchObject({ state })
  await until(() => parts().length === 0, LIMIT_MS, 'no part of a file')
  expect(readFileSync(file('out.txt'), 'utf8')).toBe('old')
}

it.runIf(process.platform === 'linux').each(['local', 'q'])(
  'a runner that is killed leaves no half of a file, in the queue %s',
  async queue => {
    const window = open({ queues: { q: elsewhere } })
    await window.configure({ concurrency: 2 })
    const job = await writing(window, queue)
    const [pid] = processesWith(`HEADLESS_JOB_ID=${job.id}`)
    process.kill(parentOf(pid as number), 'SIGKILL')
    await expectNothingLeft(job)
  },
)

it.runIf(process.platform === 'linux')('nor one that is killed while it ends a job', async () => {
  const window = open()
  await window.configure({ concurrency: 2, killGraceSeconds: 3 })
  const job = await writing(window, 'local', 'trap "" TERM; ')
  const cancelled = job.cancel()
  await until(() => job.info.state === 'stopping', LIMIT_MS, 'a job that does not end by itself')
  const [pid] = processesWith(`HEADLESS_JOB_ID=${job.id}`)
  process.kill(parentOf(pid as number), 'SIGKILL')
  await cancelled
  await expectNothingLeft(job, 'cancelled')
})

it.skipIf(process.platform === 'win32')('nor does a job service that is killed', async () => {
  const window = open()
  await window.configure({ concurrency: 2 })
  const job = await writing(window, 'local')
  killService(state.folder)
  await expectNothingLeft(job)
})
