// Workers as another extension uses them, in a real VS Code with a real job service. Runs in the extension host.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { HeadlessJobsApi, JobResult, JobSpec, NdArray, Progress, WorkerError, WorkerExit } from '../../src/api'
import { isAlive } from '../support/tempState'
import { until } from '../support/until'
import { activateConsumer } from './consumer'

/** With numpy and without: what it gets is a buffer with a shape. */
const script = `import array, os
from headless_jobs import log, progress, send, serve

def double(value):
    numbers = memoryview(value["numbers"])
    progress(0.5, "half way")
    log("doubling")
    send({"shape": list(numbers.shape)})
    doubled = array.array("f", [2 * number for number in numbers.cast("B").cast("f")])
    return {"numbers": memoryview(doubled).cast("B").cast("f", numbers.shape), "pid": os.getpid()}

serve(double)
`

interface Answer {
  numbers: NdArray<Float32Array>
  pid: number
}

const folder = mkdtempSync(join(tmpdir(), 'headless-jobs-workers-'))
const command = ['python3', join(folder, 'double.py')]

let api: HeadlessJobsApi

before(async () => {
  api = (await activateConsumer()).api
  writeFileSync(join(folder, 'double.py'), script)
})

after(() => rmSync(folder, { recursive: true, force: true }))

/** Counts from 0, in rows. */
function table(rows: number, columns: number): NdArray<Float32Array> {
  const numbers = Float32Array.from({ length: rows * columns }, (_, i) => i)
  return Object.assign(numbers, { shape: [rows, columns] })
}

function answerOf(result: JobResult<unknown>): Answer {
  assert.equal(result.state, 'succeeded', JSON.stringify(result))
  return (result as JobResult<unknown> & { value: Answer }).value
}

function assertDoubled({ numbers }: Answer, original: NdArray<Float32Array>): void {
  assert.ok(numbers instanceof Float32Array)
  assert.deepEqual(numbers.shape, original.shape)
  const wrong = numbers.findIndex((number, i) => number !== 2 * (original[i] as number))
  assert.equal(wrong, -1)
}

describe('a job with values of another extension', () => {
  it('gets a typed array and gives one with its shape', async () => {
    const numbers = table(2, 3)
    const result = await api.submit({ command, protocol: 'frames', stdin: { value: { numbers } } }).result
    assertDoubled(answerOf(result), numbers)
    assert.match(result.stderr, /doubling/)
  })

  it('gets and gives an array that is too large for a pipe', async () => {
    const numbers = table(300, 1000)
    const result = await api.submit({ command, protocol: 'frames', stdin: () => ({ value: { numbers } }) }).result
    assertDoubled(answerOf(result), numbers)
  })

  it('shares a process that is kept alive, until Stop Warm Workers', async () => {
    const spec: JobSpec<unknown> = {
      command,
      protocol: 'frames',
      keepAlive: { max: 1 },
      stdin: { value: { numbers: table(1, 2) } },
    }
    const { results } = await api.submitBatch([spec, spec, spec]).completed
    const pids = results.map(result => answerOf(result).pid)
    const [pid = 0] = pids
    assert.deepEqual(pids, [pid, pid, pid])
    assert.ok(isAlive(pid))
    assert.ok((await vscode.commands.executeCommand<number>('headlessJobs.stopWorkers')) >= 1)
    await until(() => !isAlive(pid), 10_000, 'the end of the process')
  })

  it('is refused when values and bytes are mixed up', () => {
    assert.throws(() => api.submit({ command, stdin: { value: 1 } }), /stdin can be \{ value \} only with a protocol/)
    assert.throws(() => api.submit({ command, keepAlive: true }), /keepAlive needs a protocol/)
  })
})

describe('a worker of another extension', () => {
  it('answers requests with arrays and progress, sends messages, and ends when it is disposed of', async () => {
    const worker = api.startWorker({ command, protocol: 'frames' })
    const messages: unknown[] = []
    const exits: WorkerExit[] = []
    worker.onMessage(message => void messages.push(message))
    worker.onDidExit(exit => void exits.push(exit))
    await worker.ready
    const progress: Progress[] = []
    const numbers = table(3, 4)
    const answer = (await worker.request({ numbers }, { onProgress: p => void progress.push(p) })) as Answer
    assertDoubled(answer, numbers)
    assert.deepEqual(progress.at(-1), { fraction: 0.5, message: 'half way' })
    await until(() => messages.length === 1, 20_000, 'the message')
    assert.deepEqual(messages, [{ shape: [3, 4] }])
    await worker.dispose()
    assert.equal(isAlive(answer.pid), false)
    assert.deepEqual(
      exits.map(({ exitCode, error }) => ({ exitCode, error })),
      [{ exitCode: 0, error: undefined }],
    )
  })

  it('reports what its handler raises, and keeps running', async () => {
    const worker = api.startWorker({ command, protocol: 'frames' })
    const failure: WorkerError = await worker.request({}).then(
      () => assert.fail('It was answered.'),
      error => error,
    )
    assert.equal(failure.kind, 'handler')
    assert.match(failure.message, /numbers/)
    assert.match(failure.traceback ?? '', /double\.py/)
    assertDoubled((await worker.request({ numbers: table(1, 1) })) as Answer, table(1, 1))
    await worker.dispose()
  })
})

describe('progress', () => {
  it('of a program that prints it comes to onProgress, and only rises', async () => {
    const seen: Progress[] = []
    const line = 'echo "PROGRESS 0.25 reading" >&2; echo "PROGRESS 0.2" >&2; echo "PROGRESS 0.75 writing" >&2'
    const job = api.submit({ command: ['sh', '-c', line], onProgress: progress => void seen.push(progress) })
    assert.equal((await job.result).state, 'succeeded')
    await until(() => seen.at(-1)?.fraction === 0.75, 20_000, 'the last progress')
    assert.equal(seen.at(-1)?.message, 'writing')
    const fractions = seen.map(({ fraction = 0 }) => fraction)
    assert.deepEqual(fractions, fractions.toSorted())
  })
})
