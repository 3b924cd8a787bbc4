// What must not take down more than itself: answers, errors, messages and logs that are too large, processes that leave at
// the wrong moment, many that wait; through the API and a real job service.
import { execFileSync } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import { usableCores } from '../../../src/run/base/machine'
import { statePaths } from '../../../src/service/base/paths'
import { makeLaggingFile } from '../../support/laggingFile'
import { isAlive, parentOf, type TempState } from '../../support/tempState'
import { serviceForAll, serviceForEach } from '../../support/testService'
import { standStill, until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import {
  arrayFilesOf,
  endWorkers,
  failureOf,
  linesOf,
  untilGone,
  valueIn,
  workerCommand,
  workersOf,
} from '../../support/workers'

let state: TempState
let window: TestWindow
let test = 0

serviceForAll(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 1 })

beforeEach(() => {
  test++
})

afterEach(() => endWorkers(window))

/** A worker script of this test. */
function python(body: string): string[] {
  const script = join(state.folder, `${test}.py`)
  writeFileSync(script, body)
  return ['python3', script, join(state.folder, `${test}.txt`)]
}
const written = () => linesOf(join(state.folder, `${test}.txt`))

const kept = (command: string[], value: unknown, more: Partial<JobSpec<unknown>> = {}): JobSpec<unknown> => ({
  command,
  protocol: 'lines',
  keepAlive: true,
  stdin: { value },
  ...more,
})
const run = async (spec: JobSpec<unknown>) => window.api.submit(spec).result

const echo = `
from headless_jobs import serve
serve(lambda value: value)
`

describe('a large answer', () => {
  it('counts when its process ends right after it, and the job is run once', async () => {
    const command = python(`
import json, sys
open(sys.argv[1], "a").write("begun\\n")
print('{"hello":1}', flush=True)
id = json.loads(sys.stdin.readline())["id"]
print(json.dumps({"id": id, "value": "x" * 5_000_000}), flush=True)
`)
    expect(valueIn<string>(await run(kept(command, 1)))).toHaveLength(5_000_000)
    expect(written()).toEqual(['begun'])
  })
})

describe('too much text', () => {
  it('in a log ends the job by its limit, and the next one is served', async () => {
    await window.configure({ concurrency: 2, killGraceSeconds: 1, maxOutputMegabytes: 1 })
    const command = python(`
from headless_jobs import serve
def handler(value):
    for _ in range(value):
        print("x" * 99_999)
    return "done"
serve(handler)
`)
    expect(failureOf(await run(kept(command, 30)))).toMatchObject({ kind: 'outputLimit' })
    expect(valueIn(await run(kept(command, 1)))).toBe('done')
  })

  it.runIf(process.platform === 'linux')('in a log is not read while the disk lags, and arrives whole', async () => {
    const command = python(`
import os
from headless_jobs import serve
def handler(value):
    for _ in range(value):
        os.write(2, b"x" * 999_999 + b"\\n")
    return "done"
serve(handler)
`)
    const job = window.api.submit(kept(command, 100, { noOutputTimeoutSeconds: 2 })) // it is not silent
    const log = makeLaggingFile(join(statePaths(state.folder).spool, `${job.id}.err`))
    await until(() => (job.info.stderrBytes > 500_000 ? job.info.stderrBytes : undefined), 30_000, 'the log')
    await window.api.submit({ command: ['sleep', '2.5'] }).result
    expect(job.info.stderrBytes).toBeLessThan(10_000_000)
    const bytes = log.drain()
    expect(valueIn(await job.result)).toBe('done')
    expect(await bytes).toBe(100_000_000)
  })

  it.runIf(process.platform === 'linux')('whose end lies unread when the answer comes arrives whole', async () => {
    const command = python(`
import os
from headless_jobs import serve
def handler(value):
    os.write(2, b"x" * value)
    return "done"
serve(handler)
`)
    // what is held back when the disk takes nothing, and some of what fits into buffers and pipes besides
    for (let bytes = 1_100_000; bytes <= 1_350_000; bytes += 50_000) {
      const job = window.api.submit(kept(command, bytes))
      const log = makeLaggingFile(join(statePaths(state.folder).spool, `${job.id}.err`))
      await until(() => (job.info.stderrBytes > 1_000_000 ? job.info.stderrBytes : undefined), 30_000, 'the log')
      await window.api.submit({ command: ['sleep', '0.1'] }).result
      const drained = log.drain()
      expect(valueIn(await job.result)).toBe('done')
      expect(await drained).toBe(bytes)
    }
  })

  it('in an error is cut, stays in the log whole, and touches no other job', async () => {
    const command = python(`
from headless_jobs import JobError, serve
def handler(value):
    raise JobError("x" * value)
serve(handler)
`)
    const other = window.api.submit({ command: ['sleep', '1'] })
    const failure = failureOf(await run(kept(command, 20_000_000)))
    expect(failure.kind).toBe('handler')
    expect(failure.message?.length).toBeLessThan(10_000)
    expect((await other.result).state).toBe('succeeded')
  })

  it('in the log of a worker for requests is cut to its end, and says how much was left out', async () => {
    const worker = window.api.startWorker({
      command: python(`
import os
from headless_jobs import serve
def handler(value):
    for _ in range(value):
        os.write(2, b"x" * 999_999 + b"\\n")
    os.write(2, b"the last line\\n")
    return "done"
serve(handler)
`),
    })
    let log = ''
    worker.onLog(text => {
      log += text
    })
    expect(await worker.request(100)).toBe('done')
    await until(() => log.endsWith('the last line\n'), 20_000, 'the end of the log')
    let leftOut = 0 // none, when all takes turns on one core
    const text = log.replace(/\[([\d,]+) bytes left out[^\]]*\]\n/g, (_, bytes: string) => {
      leftOut += Number(bytes.replaceAll(',', ''))
      return ''
    })
    expect(text.length + leftOut).toBe(100 * 1_000_000 + 'the last line\n'.length)
    await worker.dispose()
  })

  it('in messages that a window does not take ends the worker, and no other', async () => {
    const command = python(`
from headless_jobs import send, serve
def handler(value):
    while True:
        send("x" * 50_000)
serve(handler)
`)
    const worker = window.api.startWorker({ command })
    const other = window.api.startWorker({ command: workerCommand('echoes.py') })
    await Promise.all([worker.ready, other.ready])
    const pid = await until(() => workersOf(window).find(({ id }) => id === worker.id)?.pid, 20_000, 'its pid')
    const flood = worker.request(1).then(
      answer => answer,
      (error: Error) => error,
    )
    const begun = performance.now()
    await other.request('the flood has begun')
    // this window is busy, as one may be
    while (isAlive(pid) && performance.now() - begun < 30_000) standStill(20)
    expect(await flood).toMatchObject({ kind: 'protocol', message: expect.stringContaining('faster than') })
    expect(await other.request(2)).toMatchObject({ value: 2 })
    await other.dispose()
  })

  it('in a message goes through a file', async () => {
    const worker = window.api.startWorker({
      command: python(`
from headless_jobs import send, serve
def handler(value):
    send("x" * value)
    return "sent"
serve(handler)
`),
    })
    const messages: unknown[] = []
    worker.onMessage(message => messages.push(message))
    expect(await worker.request(5_000_000)).toBe('sent')
    await until(() => messages.length > 0, 20_000, 'the message')
    expect(messages).toEqual(['x'.repeat(5_000_000)])
    await until(() => arrayFilesOf(state.folder).spool.every(name => !name.endsWith('.message')), 20_000, 'no file')
    await worker.dispose()
  })
})

it('many large requests that waited for a slot are all answered', async () => {
  const letGo = await takeSlots(window, 2)
  const worker = window.api.startWorker({ command: python(echo) })
  const text = 'x'.repeat(60_000)
  const requests = Array.from({ length: 1200 }, (_, i) => worker.request(`${i}${text}`))
  const ended = letGo()
  const answers = await Promise.all(requests)
  expect(answers.every((answer, i) => answer === `${i}${text}`)).toBe(true)
  await ended
  await worker.dispose()
})

describe('a pool', () => {
  it('replaces a process that grows too large, also while jobs keep coming', async () => {
    const command = python(`
import os, time
from headless_jobs import serve
held = []
def handler(value):
    held.append(bytearray(os.urandom(1024)) * 1024)
    time.sleep(0.004)
    return os.getpid()
serve(handler)
`)
    const specs = Array.from({ length: 300 }, (_, i) => kept(command, i, { keepAlive: { max: 1, maxMemoryMB: 60 } }))
    const { results } = await window.api.submitBatch(specs).completed
    expect(new Set(results.map(result => valueIn(result))).size).toBeGreaterThan(1)
  })

  it('whose processes leave well in the middle of their jobs is stopped', async () => {
    const command = python(`
import os, sys
from headless_jobs import serve
def handler(value):
    open(sys.argv[1], "a").write("begun\\n")
    os._exit(0)
serve(handler)
`)
    const { results } = await window.api.submitBatch(Array.from({ length: 40 }, (_, i) => kept(command, i))).completed
    expect(results.filter(result => failureOf(result).kind === 'start').length).toBeGreaterThan(20)
    expect(written().length).toBeLessThan(15)
  })

  it('with a long line behind one worker lets it through in order', async () => {
    const command = python(echo)
    const specs = Array.from({ length: 3000 }, (_, i) => kept(command, i, { keepAlive: { max: 1 } }))
    const values: unknown[] = []
    for await (const result of window.api.submitBatch(specs)) values.push(valueIn(result))
    expect(values).toEqual(specs.map((_, i) => i))
  })

  it('goes on with another runner when its own has died', async () => {
    const command = python(echo)
    valueIn(await run(kept(command, 1)))
    await until(() => workersOf(window)[0]?.state === 'idle', 20_000, 'an idle worker')
    process.kill(parentOf(workersOf(window)[0]?.pid as number), 'SIGKILL')
    await until(() => workersOf(window).length === 0, 20_000, 'the loss to be known')
    expect(valueIn(await run(kept(command, 2)))).toBe(2)
  })
})

it('a process that leaves children behind when it ends takes no further job', async () => {
  const command = python(`
import json, os, subprocess, sys
print('{"hello":1}', flush=True)
for line in sys.stdin:
    id = json.loads(line)["id"]
    open(sys.argv[1], "a").write("begun\\n")
    streams = {name: subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
    subprocess.Popen(["sleep", "600"], **streams)
    print(json.dumps({"id": id, "value": os.getpid()}), flush=True)
    sys.exit()
`)
  const pids: number[] = []
  for (let i = 0; i < 3; i++) {
    const pid = valueIn<number>(await run(kept(command, i)))
    pids.push(pid)
    await untilGone(pid) // whether it will leave cannot be seen before
  }
  expect(new Set(pids).size).toBe(3)
  expect(written()).toHaveLength(3)
})

it.runIf(process.platform === 'linux')(
  'a job that comes when its process has ended unnoticed is given to another one',
  async () => {
    const command = python(`
import json, os, sys, time
print('{"hello":1}', flush=True)
print(json.dumps({"id": json.loads(sys.stdin.readline())["id"], "value": os.getpid()}), flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
`)
    const pid = valueIn<number>(await run(kept(command, 1)))
    const runner = parentOf(pid)
    process.kill(runner, 'SIGSTOP')
    try {
      writeFileSync(join(state.folder, `${test}.txt`), '')
      await untilGone(pid)
      const next = window.api.submit(kept(command, 2))
      await until(() => next.info.state !== 'queued', 30_000, 'a job that is given to its worker')
      process.kill(runner, 'SIGCONT')
      expect(valueIn<number>(await next.result)).not.toBe(pid)
    } finally {
      process.kill(runner, 'SIGCONT')
    }
  },
)

describe('the job service', () => {
  let own: TempState
  let other: TestWindow

  serviceForEach(given => ({ state: own, window: other } = given), { concurrency: 2, killGraceSeconds: 1 })

  it('ends in good order while a request runs and another waits for a slot', async () => {
    await other.configure({ concurrency: 1, killGraceSeconds: 1 })
    const command = python(`
import time
from headless_jobs import serve
serve(time.sleep)
`)
    const workers = [1, 2].map(() => other.api.startWorker({ command }))
    await Promise.all(workers.map(worker => worker.ready))
    const pids = await until(() => pidsOf(other, 2), 20_000, 'both pids')
    const requests = workers.map(worker => worker.request(600).catch((error: Error) => error))
    await until(() => other.client.summary?.slotsTaken === 1, 20_000, 'the request to run')
    const [service] = own.servicePids() as [number]
    process.kill(service, 'SIGTERM')
    for (const error of await Promise.all(requests)) expect(error).toMatchObject({ name: 'WorkerError' })
    await untilGone(service, ...pids)
  })

  it.runIf(process.platform === 'linux' && usableCores().cores > 1)(
    'keeps what it meant for a runner that could not be started, until one can',
    async () => {
      const letGo = await takeSlots(other, 1)
      const log = () => readFileSync(statePaths(own.folder).log, 'utf8')
      const [service] = own.servicePids() as [number]
      limitOpenFiles(service, readdirSync(`/proc/${service}/fd`).length)
      const job = other.api.submit(kept(python(echo), 'patience'))
      await until(() => log().includes('A runner could not be started'), 30_000, 'the shortage')
      limitOpenFiles(service, 1024)
      expect(valueIn(await job.result)).toBe('patience')
      await letGo()
    },
  )
})

function pidsOf(of: TestWindow, count: number): number[] | undefined {
  const pids = workersOf(of).flatMap(({ pid }) => pid ?? [])
  return pids.length === count ? pids : undefined
}

it('inputs of cancelled jobs leave the memory', async () => {
  const letGo = await takeSlots(window, 2)
  const value = new Float64Array(300_000)
  const jobs = [1, 2, 3].map(() => window.api.submit(kept(python(echo), value, { protocol: 'frames' })))
  await Promise.all(jobs.map(job => job.accepted))
  await Promise.all(jobs.map(job => job.cancel()))
  await until(() => arrayFilesOf(state.folder).memory.length === 0, 20_000, 'an empty folder in memory')
  await letGo()
})

/** Resolves with what ends the jobs that hold them, when they do. */
async function takeSlots(of: TestWindow, count: number): Promise<() => Promise<unknown>> {
  const go = join(state.folder, `${test}.go`)
  const command = ['sh', '-c', 'while [ ! -e "$0" ]; do sleep 0.05; done', go]
  const jobs = Array.from({ length: count }, () => of.api.submit({ command }))
  await until(() => of.client.summary?.slotsTaken === count, 20_000, 'the slots to be taken')
  return () => {
    appendFileSync(go, '')
    return Promise.all(jobs.map(job => job.result))
  }
}

function limitOpenFiles(pid: number, count: number): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`])
}
