// A job service and runners with few file descriptors: slower, never wrong.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { statePaths } from '../../../src/service/base/paths'
import { startOwnService, withOpenFiles } from '../../support/ownService'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import type { TestWindow, WindowOptions } from '../../support/window'
import { workerCommand } from '../../support/workers'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const JOBS = 60

async function windowWith(files: number): Promise<TestWindow> {
  await startOwnService(state, { wrapper: withOpenFiles(files) })
  const window = open()
  await window.configure({ concurrency: JOBS })
  return window
}

const numbers = Array.from({ length: JOBS }, (_, i) => i)
const log = () => readFileSync(statePaths(state.folder).log, 'utf8')

it.skipIf(process.platform === 'win32')('with 64, sixty jobs with small stdin all have their results', async () => {
  const window = await windowWith(64)
  const { completed } = window.api.submitBatch<string>(
    numbers.map(n => ({ command: ['cat'], stdin: `number ${n}`, stdout: 'text' })),
  )
  const { results } = await completed
  expect(results.map(result => (result.state === 'succeeded' ? result.value : result.error))).toEqual(
    numbers.map(n => `number ${n}`),
  )
})

it.skipIf(process.platform === 'win32')('with 64, sixty jobs that read and write files all have theirs', async () => {
  const window = await windowWith(64)
  for (const n of numbers) writeFileSync(join(state.folder, `${n}.out`), 'old', { mode: 0o600 })
  const { completed } = window.api.submitBatch(
    numbers.map(n => ({
      command: ['sh', '-c', 'cat; echo to stderr >&2'],
      stdin: { file: '/etc/hostname' },
      stdout: { file: join(state.folder, `${n}.out`) },
      stderr: { file: join(state.folder, `${n}.err`) },
    })),
  )
  const { counts } = await completed
  expect(counts).toMatchObject({ succeeded: JOBS })
  const expected = `${readFileSync('/etc/hostname', 'utf8')}to stderr\n`
  const written = numbers.map(n => ['out', 'err'].map(end => readFileSync(join(state.folder, `${n}.${end}`), 'utf8')))
  expect(written.map(texts => texts.join(''))).toEqual(numbers.map(() => expected))
  for (const n of numbers) expect(statSync(join(state.folder, `${n}.out`)).mode & 0o777).toBe(0o600)
})

it.skipIf(process.platform === 'win32').each([64, 100])(
  'with %d, jobs that are watched for a while lose no runner',
  async files => {
    const window = await windowWith(files)
    const { completed } = window.api.submitBatch(
      numbers.map(() => ({ command: ['sh', '-c', 'sleep 3 & wait; cat'], stdin: 'x' })),
    )
    expect((await completed).counts).toMatchObject({ succeeded: JOBS })
    expect(log()).not.toMatch(/Unexpected|EMFILE/)
  },
)

it.skipIf(process.platform === 'win32')('with 64, a kept worker serves among other jobs', async () => {
  const window = await windowWith(64)
  const others = window.api.submitBatch(numbers.map(() => ({ command: ['sleep', '1'] })))
  const value = 'x'.repeat(300_000) // its answer goes through a file
  const served = window.api.submitBatch<unknown>(
    numbers.slice(0, 20).map(() => ({
      command: workerCommand('echoes.py'),
      protocol: 'lines' as const,
      keepAlive: { max: 2 },
      stdin: { value },
    })),
  )
  expect((await served.completed).counts).toMatchObject({ succeeded: 20 })
  expect((await others.completed).counts).toMatchObject({ succeeded: JOBS })
})
