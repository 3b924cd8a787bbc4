// What there is of a queue elsewhere that the settings do not name any more, or name for another place.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import type { QueueConfigs } from '../../../src/core/jobs/queueConfig'
import { processesWith, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'
import { workerCommand, workersOf } from '../../support/workers'

const LIMIT_MS = 60_000

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const placeOf = (name: string): QueueConfigs => ({
  q: { kind: 'command', launch: ['env', `PLACE=${state.folder}/${name}`], node: process.execPath, slots: 2 },
})
const processesIn = (name: string) => processesWith(`PLACE=${state.folder}/${name}`)

it.runIf(process.platform === 'linux').each(['gone', 'elsewhere'])(
  'no worker waits for jobs where its queue was: %s',
  async now => {
    const window = open({ queues: placeOf('first') })
    await window.configure({ concurrency: 2 })
    const worker: JobSpec<unknown> = {
      command: workerCommand('waits.py', 'begun', 'go'),
      ...{ protocol: 'frames', queue: 'q', keepAlive: { idleSeconds: 3600 }, cwd: state.folder },
    }
    const idle = window.api.submit({ ...worker, stdin: { value: 'first' } })
    expect(await idle.result).toMatchObject({ state: 'succeeded' })
    const busy = window.api.submit({ ...worker, cores: 2, stdin: { value: 'wait' } })
    await until(() => busy.info.state === 'running', LIMIT_MS, 'a worker with a job')
    await window.configure({ concurrency: 2, queues: now === 'gone' ? {} : placeOf('second') })
    await until(() => workersOf(window).length === 1, LIMIT_MS, 'the end of the worker without a job')
    writeFileSync(join(state.folder, 'go'), '')
    expect(await busy.result).toMatchObject({ state: 'succeeded', attempts: 1 })
    await until(() => processesIn('first').length === 0, LIMIT_MS, 'the end of all that was there')
    if (now === 'gone') return
    const next = window.api.submit({ ...worker, stdin: { value: 'next' } })
    expect(await next.result).toMatchObject({ state: 'succeeded' })
    expect(processesIn('second').length).toBeGreaterThan(0)
  },
)
