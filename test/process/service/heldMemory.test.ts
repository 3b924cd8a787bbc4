// What a window holds of jobs that it has submitted: not what they read, and not what they wrote unless it is collected.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { Job, JobResult } from '../../../src/api'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

const MB = 1024 * 1024
const JOBS = 120

let state: TempState
let window: TestWindow

serviceForEach(given => ({ state, window } = given), {})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heldBytes(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Passes once what was held is gone; a task that is still under way may hold the last of it for a moment. */
async function expectHeld(before: number, limit: number): Promise<void> {
  await until(() => heldBytes() - before < limit, 20_000, `less than ${limit} bytes`)
}

const megabyte = { command: ['head', '-c', String(MB), '/dev/zero'] }

it('no results where they are not collected, after callbacks and iteration have had them', async () => {
  const before = heldBytes()
  let bytes = 0
  const count = (result: JobResult<Uint8Array>) => {
    if (result.state === 'succeeded') bytes += result.value.length
  }
  const specs = Array.from({ length: JOBS }, () => megabyte)
  const batch = window.api.submitBatch<Uint8Array>(specs, { collect: false, onResult: count })
  for await (const result of batch) count(result)
  expect(bytes).toBe(2 * JOBS * MB)
  await expectHeld(before, (JOBS / 4) * MB)
  expect((await batch.completed).results).toEqual([])
  // whoever requests it later gets it all the same, from the history
  const [first] = batch.jobs
  expect(await first?.result).toMatchObject({ state: 'succeeded', exitCode: 0 })
  const again = await first?.result
  expect(again?.state === 'succeeded' && again.value.length).toBe(MB)
  await expectHeld(before, (JOBS / 4) * MB)
  await window.client.service.clear({ filter: { batchId: batch.id }, unsaved: 'delete' })
  expect(await batch.jobs[1]?.result).toMatchObject({
    state: 'failed',
    error: { kind: 'lost', message: expect.stringContaining('it is not in the history any more') },
  })
})

it('no results of single jobs whose handles nobody holds, also with callbacks', async () => {
  const before = heldBytes()
  let bytes = 0
  let left = JOBS
  const done = Promise.withResolvers<void>()
  for (let i = 0; i < JOBS; i++) {
    window.api.submit<Uint8Array>({
      ...megabyte,
      onResult: result => {
        if (result.state === 'succeeded') bytes += result.value.length
        if (--left === 0) done.resolve()
      },
    })
  }
  await done.promise
  expect(bytes).toBe(JOBS * MB)
  await expectHeld(before, (JOBS / 4) * MB)
})

it('nothing of what jobs read, once the job service has it', async () => {
  const before = heldBytes()
  await window.client.service.pause({ paused: true })
  const submit = (i: number) => {
    const text = String.fromCharCode(97 + (i % 26)).repeat(MB)
    const stdin = i % 2 ? text : Buffer.from(text)
    return window.api.submit({ command: ['wc', '-c'], stdin, stdout: 'text', onResult: () => undefined })
  }
  const jobs: Job<string>[] = Array.from({ length: JOBS }, (_, i) => submit(i) as Job<string>)
  await Promise.all(jobs.map(job => job.accepted))
  await expectHeld(before, (JOBS / 4) * MB)
  await window.client.service.pause({ paused: false })
  for (const job of jobs) expect(await job.result).toMatchObject({ state: 'succeeded', value: `${MB}\n` })
})

it('callbacks all the same, when jobs run again whose results were let go of', async () => {
  const script = 'test -e ran && echo again && exit; touch ran; exit 1'
  const results: string[] = []
  const spec = { command: ['sh', '-c', script], cwd: state.folder, stdout: (bytes: Uint8Array) => `${bytes}`.length }
  const job = window.api.submit<number>({
    ...spec,
    stdin: 'read it',
    env: { LETTER: 'a' },
    onResult: result => {
      results.push(result.state === 'succeeded' ? `value ${result.value}` : result.state)
    },
  })
  await job.result
  const [again] = await window.api.rerun({ ids: [job.id] })
  expect((await again?.result)?.state).toBe('succeeded')
  expect(results).toEqual(['failed', expect.stringMatching(/^value \d+$/)])
  expect(await job.result).toMatchObject({ state: 'failed' })
  expect(await window.api.getJob(again?.id as string)).toBe(again)
})
