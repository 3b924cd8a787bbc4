// Workers that keep to their protocol badly or not at all, and what they print: each ends its own job with a sentence, and
// the job service goes on.
import { isDeepStrictEqual } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { JobSpec, Progress } from '../../../src/api'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import { endWorkers, failureOf, valueIn, workerCommand, workersOf } from '../../support/workers'

let window: TestWindow

serviceForAll(given => ({ window } = given), { concurrency: 2, killGraceSeconds: 1 })

afterEach(() => endWorkers(window))

type Given = Partial<JobSpec<unknown>> & { command: readonly string[] }

const run = (value: unknown, spec: Given) =>
  window.api.submit({ protocol: 'lines', stdin: { value }, ...spec } as JobSpec<unknown>).result

describe.each([
  ['that runs once', false],
  ['that is kept alive', true],
] as const)('a worker %s', (_, keepAlive) => {
  it('and does not say hello in time is a failed start', async () => {
    const command = workerCommand('never-ready.sh')
    expect(failureOf(await run(1, { command, keepAlive, startTimeoutSeconds: 3 }))).toMatchObject({
      state: 'failed',
      kind: 'start',
      message: 'It did not say that it is ready within 3 seconds. It printed last: loading the atlas',
      endedBy: 'limit',
      stderr: 'loading the atlas\n',
    })
  })

  it('and does not exist is a failed start', async () => {
    expect(failureOf(await run(1, { command: ['no-such-worker'], keepAlive }))).toMatchObject({
      kind: 'start',
      message: expect.stringContaining('no-such-worker'),
    })
  })

  it('and speaks another version fails with the one that is understood', async () => {
    const command = workerCommand('prints-first.sh', '{"hello":2}')
    expect(failureOf(await run(1, { command, keepAlive }))).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('it speaks version 2, and only version 1 is understood here'),
    })
  })

  it('and answers before its hello fails with a sentence', async () => {
    const command = workerCommand('prints-first.sh', '{"id":1,"value":1}')
    expect(failureOf(await run(1, { command, keepAlive }))).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('it must say hello before anything else'),
    })
  })

  it.each(['lines', 'frames'] as const)('with the helper prints to the log, in %s', async protocol => {
    const command = workerCommand('prints.py')
    const result = await run({ n: 1 }, { command, keepAlive, protocol })
    expect(valueIn(result)).toEqual({ n: 1 })
    const lines = result.stderr.split('\n').sort()
    expect(lines).toEqual(['', 'by C code', 'by a child', 'logged', 'printed', 'to stderr', 'without an end'].sort())
  })

  it('in lines may print anything that is no message', async () => {
    const command = workerCommand('prints-lines.mjs')
    const result = await run({ n: 1 }, { command, keepAlive })
    expect(valueIn(result)).toEqual({ n: 1 })
    expect(result.stderr).toContain('plain text\n42\n{"epoch":3,"loss":0.25}\n[1,2]\n{"half of a message":\n')
  })

  it.each([
    ['text', /does not keep to the protocol "frames": no frame begins with "Loading the model\.\.\."; .*stderr/],
    ['half', /stdout ended in the middle of a frame, after 40 of 56 bytes/],
    ['huge', /a frame of 1099511627816 bytes is too long; the limit is 268435456 bytes/],
    ['head', /the head of a frame is not JSON/],
    ['stranger', /names the file 01234567-89ab-7def-8123-456789abcdef\.0f\.array, which is not one of this job/],
    ['path', /describes an array wrongly: .*\.\.\/\.\.\/etc\/passwd/],
  ])('in frames answers with what is none: %s', async (what, message) => {
    const command = workerCommand('breaks-frames.py', what)
    expect(failureOf(await run(1, { command, keepAlive, protocol: 'frames' }))).toMatchObject({
      state: 'failed',
      kind: 'protocol',
      message: expect.stringMatching(message),
    })
    expect(
      valueIn<{ value: unknown }>(await run(2, { command: workerCommand('echoes.py'), protocol: 'frames' })).value,
    ).toBe(2)
  })

  it('and never reads is ended by its limit, however much waits for it', async () => {
    const command = workerCommand('never-reads.sh')
    const large = 'x'.repeat(4 * 1024 * 1024)
    expect(failureOf(await run(large, { command, keepAlive, timeoutSeconds: 0.3 }))).toMatchObject({
      kind: 'timeout',
      endedBy: 'limit',
    })
    await until(() => window.client.summary?.slotsTaken === 0, 20_000, 'the free slot')
  })

  it('and never answers is ended by its limits, and the next job has another worker', async () => {
    const command = workerCommand('never-answers.sh')
    const [late, silent] = await Promise.all([
      run(1, { command, keepAlive, timeoutSeconds: 0.3 }),
      run(1, { command, keepAlive, noOutputTimeoutSeconds: 0.3 }),
    ])
    expect(failureOf(late)).toMatchObject({ state: 'failed', kind: 'timeout', endedBy: 'limit' })
    expect(failureOf(silent)).toMatchObject({ state: 'failed', kind: 'noOutputTimeout', endedBy: 'limit' })
    expect(failureOf(await run(1, { command, keepAlive, timeoutSeconds: 0.3 }))).toMatchObject({ kind: 'timeout' })
    await until(() => window.client.summary?.slotsTaken === 0, 20_000, 'the free slots')
    await until(
      () => !workersOf(window).some(worker => worker.command.includes(command[1] as string)),
      20_000,
      'no worker',
    )
  })

  it('announces progress that only rises, seldom, and the last one before the result', async () => {
    const reported: Progress[] = []
    const onProgress = (progress: Progress) => void reported.push(progress)
    const began = performance.now()
    const result = await run(3000, { command: workerCommand('progresses.py'), keepAlive, onProgress })
    const beforeResult = [...reported]
    expect(valueIn(result)).toBe(3000)
    expect(beforeResult.at(-1)).toEqual({ fraction: 1, message: 'done' })
    const fractions = reported.map(({ fraction = -1 }) => fraction)
    expect(fractions).toEqual([...new Set(fractions)].sort((a, b) => a - b))
    expect(reported.length).toBeLessThanOrEqual(2 + (25 * (performance.now() - began)) / 1000)
  })
})

describe('progress of a job without a protocol', () => {
  const isAnnounced = async (script: string, last: Progress) => {
    const reported: Progress[] = []
    const onProgress = (progress: Progress) => void reported.push(progress)
    const result = await window.api.submit({ command: ['sh', '-c', script], onProgress }).result
    expect(result.state).toBe('succeeded')
    await until(() => isDeepStrictEqual(reported.at(-1), last), 20_000, `the progress ${JSON.stringify(last)}`)
  }

  it('is found in lines on stderr', async () => {
    await isAnnounced('echo "PROGRESS 0.25 reading" >&2; echo "PROGRESS 0.5 smoothing" >&2', {
      fraction: 0.5,
      message: 'smoothing',
    })
  })

  it('is found in a bar on stderr', async () => {
    await isAnnounced(`printf '\\rvolumes:  10%%|#  | 1/10' >&2; printf '\\rvolumes:  42%%|## | 4/10' >&2`, {
      fraction: 0.42,
      message: 'volumes',
    })
  })

  it('is found in tags on stdout', async () => {
    await isAnnounced("echo '<filter-progress>0.42</filter-progress>'", { fraction: 0.42 })
  })
})

it('a batch adds up the progress of its jobs that run', async () => {
  const half = ['sh', '-c', 'echo "PROGRESS $0" >&2; sleep 60']
  const batch = window.api.submitBatch([{ command: [...half, '0.5'] }, { command: [...half, '0.25'] }])
  const sum = async () => (await window.client.service.getBatch({ id: batch.id }))?.progressOfRunning
  await until(async () => (await sum()) === 0.75, 20_000, 'the sum')
  const rows = await window.client.service.watchRows({ id: 'view', query: { from: 0, count: 1, expanded: [] } })
  expect(rows?.rows[0]).toMatchObject({ kind: 'batch', batch: { id: batch.id, progressOfRunning: 0.75 } })
  await window.client.service.watchRows({ id: 'view', query: null })
  await batch.cancel()
  expect((await sum()) ?? 0).toBe(0)
})
