// The API as another extension uses it, in a real VS Code with a real job service. Runs in the extension host.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { HeadlessJobsApi, JobInfo, JobResult } from '../../src/api'
import { isAlive } from '../support/tempState'
import { until } from '../support/until'
import { activateConsumer, CONSUMER_ID } from './consumer'

const folder = mkdtempSync(join(tmpdir(), 'headless-jobs-api-'))

let api: HeadlessJobsApi

after(() => rmSync(folder, { recursive: true, force: true }))
before(async () => {
  api = (await activateConsumer()).api
})

function value<T>(result: JobResult<T>): T {
  assert.equal(result.state, 'succeeded', JSON.stringify(result))
  return (result as JobResult<T> & { value: T }).value
}

describe('a job of another extension', () => {
  it('gives text, bytes, JSON, a file or what a function makes of them', async () => {
    const text = api.submit({ command: ['cat'], stdin: 'für alle', stdout: 'text' })
    const bytes = api.submit({ command: ['cat'], stdin: new Uint8Array([1, 2, 3]) })
    const json = api.submit({ command: ['cat'], stdin: { json: [1, { a: null }] }, stdout: 'json' })
    const numbers = new Float32Array([1.5, -2, 0.25])
    const floats = api.submit<Float32Array>({
      command: ['cat'],
      stdin: () => numbers,
      stdout: stdout => new Float32Array(stdout.buffer),
    })
    assert.equal(value(await text.result), 'für alle')
    assert.deepEqual([...value(await bytes.result)], [1, 2, 3])
    assert.deepEqual(value(await json.result), [1, { a: null }])
    assert.deepEqual(value(await floats.result), numbers)
    const file = join(folder, 'out.txt')
    const filed = api.submit({ command: ['echo', 'hi'], stdout: { file } })
    assert.equal(value(await filed.result), file)
    assert.equal(readFileSync(file, 'utf8'), 'hi\n')
  })

  it('runs in the first workspace folder, in the environment of the window without what is VS Code’s own', async () => {
    const script =
      'pwd; echo "$HEADLESS_JOB_NAME"; env | grep -E "^(VSCODE_|ELECTRON_|NODE_OPTIONS)" | grep -vE "^VSCODE_ENV_" || true'
    const job = api.submit({ command: ['sh', '-c', script], stdout: 'text', name: 'where am I' })
    const opened = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath
    assert.ok(opened, 'the tests run with a folder open')
    assert.equal(value(await job.result), `${opened}\nwhere am I\n`)
  })

  it('runs outside the extension host, and does not hold it', async () => {
    const job = api.submit({ command: ['sh', '-c', 'echo $PPID'], stdout: 'text' })
    const parent = Number(value(await job.result))
    assert.notEqual(parent, process.pid)
    assert.match(readFileSync(`/proc/${parent}/cmdline`, 'utf8'), /bundles\/[0-9a-f]+\/runner\.cjs/)
  })

  it('reports how it failed in facts and a sentence', async () => {
    const result = await api.submit({ command: ['sh', '-c', 'echo the reason >&2; exit 3'] }).result
    assert.equal(result.state, 'failed')
    assert.deepEqual(result.state === 'failed' && result.error, { kind: 'exit', message: 'Exit code 3.' })
    assert.equal(result.exitCode, 3)
    assert.equal(result.stderr, 'the reason\n')
    const missing = await api.submit({ command: ['no-such-program'] }).result
    assert.equal(missing.state === 'failed' && missing.error?.kind, 'start')
  })

  it('throws on a bad spec before anything is queued', () => {
    assert.throws(() => api.submit({ command: [] }), { name: 'TypeError', message: /command must be an array/ })
    assert.throws(() => api.submit({ command: ['x'], queue: 'gpu' }), /names a queue that there is not/)
  })

  it('is cancelled with all its processes', async () => {
    const marker = join(folder, 'cancel')
    const job = api.submit({ command: ['sh', '-c', `(sleep 300 & echo $! > ${marker}; wait)`] })
    const grandchild = await until(
      () => existsSync(marker) && Number(readFileSync(marker, 'utf8')),
      10_000,
      'the grandchild',
    )
    await job.cancel('enough')
    assert.equal(isAlive(grandchild), false)
    const result = await job.result
    assert.equal(result.state, 'cancelled')
    assert.equal(result.cancelReason, 'enough')
  })

  it('is found again by its id, and listed under its extension alone', async () => {
    const job = api.submit({ command: ['echo', 'x'], stdout: 'text' })
    await job.result
    const found = await api.getJob(job.id)
    assert.equal(found && value(await found.result), 'x\n')
    const { jobs } = await api.list({ limit: 5 })
    assert.ok(jobs.length > 0 && jobs.every(info => info.owner === CONSUMER_ID))
  })

  it('announces its changes', async () => {
    const seen: JobInfo[] = []
    const listener = api.onDidChangeJobs(infos => seen.push(...infos))
    const reported = join(folder, 'reported')
    const job = api.submit({ command: ['sh', '-c', 'until test -e "$0"; do sleep 0.02; done', reported] })
    await until(
      () => seen.some(info => info.id === job.id && info.state === 'running'),
      20_000,
      'the job to be reported',
    )
    writeFileSync(reported, '')
    await job.result
    await until(() => seen.some(info => info.id === job.id && info.state === 'succeeded'), 20_000, 'the last change')
    listener.dispose()
  })
})

describe('a batch of another extension', () => {
  it('calls back for each job and once when complete, failures among them', async () => {
    const results: string[] = []
    let completed = 0
    const specs = Array.from({ length: 12 }, (_, i) => ({
      command: ['sh', '-c', `exit ${i % 3 === 0 ? 1 : 0}`],
      name: `${i}`,
    }))
    const batch = api.submitBatch(specs, {
      name: 'a dozen',
      onResult: result => void results.push(result.name),
      onCompleted: () => void completed++,
    })
    const { counts, results: inOrder } = await batch.completed
    assert.equal(counts.succeeded, 8)
    assert.equal(counts.failed, 4)
    assert.deepEqual(
      inOrder.map(({ name }) => name),
      specs.map(({ name }) => name),
    )
    assert.equal(results.length, 12)
    await until(() => completed === 1, 20_000, 'onCompleted')
  })

  it('can be rerun where it failed, in a second round', async () => {
    const marker = join(folder, 'mended')
    const rounds: number[] = []
    const batch = api.submitBatch([{ command: ['test', '-e', marker] }], {
      onCompleted: ({ round }) => void rounds.push(round),
    })
    assert.equal((await batch.completed).counts.failed, 1)
    writeFileSync(marker, '')
    const [again] = await api.rerun({ batchId: batch.id, states: ['failed'] })
    assert.equal((await again?.result)?.state, 'succeeded')
    await until(() => rounds.length === 2, 20_000, 'the second round')
    assert.deepEqual(rounds, [1, 2])
  })
})

describe('commands', () => {
  it('are all there, and submit takes a spec and gives the id', async () => {
    const commands = new Set(await vscode.commands.getCommands(true))
    const extension = vscode.extensions.getExtension('headless-jobs.headless-jobs')
    const contributed: { command: string }[] = extension?.packageJSON.contributes.commands
    assert.deepEqual(
      contributed.filter(({ command }) => !commands.has(command)),
      [],
    )
    const id = await vscode.commands.executeCommand<string>('headlessJobs.submit', {
      command: ['echo', 'from a command'],
    })
    assert.match(id, /^[0-9a-f-]{36}$/)
  })

  it('change the limit of the machine at once, and the setting with it', async () => {
    const running = async () => (await api.list({ states: ['running'] })).jobs.length
    await vscode.commands.executeCommand('headlessJobs.setConcurrency', { concurrency: 1 })
    assert.equal(vscode.workspace.getConfiguration('headlessJobs').get('concurrency'), 1)
    const batch = api.submitBatch(Array.from({ length: 3 }, () => ({ command: ['sleep', '300'] })))
    await until(async () => (await running()) === 1, 10_000, 'one running job')
    await vscode.commands.executeCommand('headlessJobs.setConcurrency', { concurrency: 3 })
    await until(async () => (await running()) === 3, 10_000, 'three running jobs')
    await batch.cancel()
    await vscode.commands.executeCommand('headlessJobs.setConcurrency', { concurrency: 0 })
  })
})
