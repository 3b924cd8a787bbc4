// What a runner reports of how its jobs go: the latest, and not all that nobody reads meanwhile.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import { MAX_PENDING_BYTES } from '../../../src/core/protocol/limits'
import type { FromRunner } from '../../../src/run/base/runnerProtocol'
import { Runs } from '../../../src/run/runner/runs'
import { until } from '../../support/until'

const LIMIT_MS = 20_000

let folder: string
let runs: Runs
let pending: number
let sent: FromRunner[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hj-'))
  pending = MAX_PENDING_BYTES
  sent = []
  runs = new Runs(
    message => sent.push(message),
    () => pending,
  )
  runs.onMessage({ type: 'environment', environment: 1, vars: { PATH: process.env.PATH ?? '' } })
})
afterEach(async () => {
  await runs.stopAll()
  rmSync(folder, { recursive: true, force: true })
})

function start(run: number, script: string): void {
  const limits = { maxOutputBytes: 1_000_000, graceMs: 300, niceness: 0, cores: 1 }
  const spec = { id: uuidv7(), name: 'job', command: ['sh', '-c', script], cwd: folder, environment: 1, ...limits }
  runs.onMessage({ type: 'start', run, spec: { ...spec, spoolFile: join(folder, String(run)) } })
}

const typesOf = (run: number) => sent.filter(message => message.run === run).map(({ type }) => type)

it.skipIf(process.platform === 'win32')(
  'waits while much of it has not been read, but for starts and ends',
  async () => {
    start(1, 'for i in 1 2 3 4 5; do echo $i; sleep 0.2; done')
    await until(() => typesOf(1).includes('ended'), LIMIT_MS, 'its end')
    expect(typesOf(1)).toEqual(['started', 'ended'])
    start(2, 'echo more; while ! test -e go; do sleep 0.05; done')
    await until(() => typesOf(2).includes('started'), LIMIT_MS, 'the start of the other')
    pending = 0
    const hasPrinted = (message: FromRunner) =>
      message.type === 'changed' && message.run === 2 && message.progress.stdoutBytes === 5
    await until(() => sent.some(hasPrinted), LIMIT_MS, 'how it goes')
    writeFileSync(join(folder, 'go'), '')
  },
)
