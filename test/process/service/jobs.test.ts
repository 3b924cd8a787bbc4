// Jobs through the API, a real job service and back into callbacks.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JobInfo, JobResult } from '../../../src/api'
import type { TempState } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import { openWindow, type TestWindow } from '../../support/window'

let state: TempState
let window: TestWindow

serviceForAll(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 20 })

const file = (name: string) => join(state.folder, name)

function value<T>(result: JobResult<T>): T {
  if (result.state !== 'succeeded') throw new Error(`${result.state}: ${result.error?.message}\n${result.stderr}`)
  return result.value
}

function failure(result: JobResult<unknown>) {
  if (result.state === 'succeeded') throw new Error('It succeeded.')
  return { state: result.state, kind: result.error?.kind, message: result.error?.message }
}

describe('the facts of a job', () => {
  it('that is cancelled at any moment name its process, if there was one', async () => {
    for (let ms = 0; ms < 24; ms += 3) {
      const job = window.api.submit({ command: ['sleep', '100'] })
      await job.accepted
      await new Promise(resolve => setTimeout(resolve, ms))
      await job.cancel()
      expect(job.info.state).toBe('cancelled')
      if (job.info.startedAt === undefined) continue
      expect(job.info.pid).toBeGreaterThan(0)
      expect(job.info.command[0]).toMatch(/\/sleep$/)
    }
  })

  it('that could not be started are its words as submitted', async () => {
    const job = window.api.submit({ command: ['sleep', '1'], wrapper: ['no-such-wrapper', '-x'] })
    expect(failure(await job.result)).toMatchObject({ state: 'failed', kind: 'start' })
    expect(job.info).toMatchObject({ command: ['no-such-wrapper', '-x', 'sleep', '1'] })
    expect(job.info.pid).toBeUndefined()
  })
})

describe('stdout becomes', () => {
  it('bytes whose offset is 0', async () => {
    const bytes = value(await window.api.submit({ command: ['cat'], stdin: new Float32Array([1.5, -2]) }).result)
    expect(bytes.byteOffset).toBe(0)
    expect([...new Float32Array(bytes.buffer)]).toEqual([1.5, -2])
  })

  it('text, what is not UTF-8 replaced', async () => {
    const job = window.api.submit({ command: ['cat'], stdin: new Uint8Array([0x61, 0xff, 0x62]), stdout: 'text' })
    expect(value(await job.result)).toBe('a\ufffdb')
  })

  it('JSON, and a parse failure names what was wrong though the process succeeded', async () => {
    expect(
      value(await window.api.submit({ command: ['cat'], stdin: { json: { n: [1, 'ü'] } }, stdout: 'json' }).result),
    ).toEqual({ n: [1, 'ü'] })
    const result = await window.api.submit({ command: ['echo', '{oops'], stdout: 'json' }).result
    expect(failure(result)).toMatchObject({ state: 'failed', kind: 'parse' })
    expect(result).toMatchObject({ exitCode: 0, signal: null, endedBy: 'self' })
  })

  it('what a function makes of it, also one that takes its time', async () => {
    const job = window.api.submit<number>({ command: ['cat'], stdin: 'abc', stdout: async bytes => bytes.length })
    expect(value(await job.result)).toBe(3)
    const thrown = await window.api.submit<number>({
      command: ['echo', 'x'],
      stdout: () => {
        throw new Error('no header')
      },
    }).result
    expect(failure(thrown)).toEqual({
      state: 'failed',
      kind: 'parse',
      message: 'Its stdout could not be turned into a value: no header',
    })
  })

  it('a file, given as its absolute path', async () => {
    const job = window.api.submit({ command: ['echo', 'hi'], stdout: { file: 'out.txt' }, cwd: state.folder })
    expect(value(await job.result)).toBe(file('out.txt'))
    expect(readFileSync(file('out.txt'), 'utf8')).toBe('hi\n')
  })

  it('whole, however large: 5 MB in and out through the spool folder', async () => {
    const bytes = new Uint8Array(5_000_000).map((_, i) => i * 7)
    const result = await window.api.submit({ command: ['cat'], stdin: bytes }).result
    expect(Buffer.compare(value(result), bytes)).toBe(0)
    expect(existsSync(result.stdoutFile as string)).toBe(true)
  })
})

describe('stdin', () => {
  it('is nothing by default, and a file relative to cwd', async () => {
    expect(value(await window.api.submit({ command: ['cat'], stdout: 'text' }).result)).toBe('')
    writeFileSync(file('input.txt'), 'from a file')
    const job = window.api.submit({ command: ['cat'], stdin: { file: 'input.txt' }, stdout: 'text', cwd: state.folder })
    expect(value(await job.result)).toBe('from a file')
  })

  it('is made by a function once, when the turn is near', async () => {
    let calls = 0
    const command = ['sh', '-c', 'cat; test -e tried || { touch tried; exit 1; }']
    const stdin = async () => `call ${++calls}`
    const job = window.api.submit({ command, stdin, stdout: 'text', retries: 1, cwd: state.folder })
    const result = await job.result
    expect(value(result)).toBe('call 1')
    expect(result.attempts).toBe(2)
    expect(calls).toBe(1)
  })

  it('function that throws ends the job before a process was started', async () => {
    const stdin = () => {
      throw new Error('volume 7 is missing')
    }
    const result = await window.api.submit({ command: ['cat'], stdin }).result
    expect(failure(result)).toEqual({
      state: 'failed',
      kind: 'prepareInput',
      message: 'The stdin function threw: volume 7 is missing',
    })
    expect(result.startedAt).toBeUndefined()
    expect(result.attempts).toBe(0)
  })

  it('function that returns something else fails its job with a sentence', async () => {
    const result = await window.api.submit({ command: ['cat'], stdin: () => 7 as unknown as string }).result
    expect(failure(result)).toMatchObject({
      kind: 'prepareInput',
      message: expect.stringContaining('must be a string'),
    })
  })
})

describe('a failure', () => {
  it('keeps all facts apart: exit 3 with a valid result on stdout', async () => {
    const result = await window.api.submit({
      command: ['sh', '-c', 'echo \'{"ok":1}\'; echo why >&2; exit 3'],
      stdout: 'json',
    }).result
    expect(failure(result)).toEqual({ state: 'failed', kind: 'exit', message: 'Exit code 3.' })
    expect(result).toMatchObject({ exitCode: 3, signal: null, endedBy: 'self', stderr: 'why\n', attempts: 1 })
  })

  it('of the start names what is missing and frees the slot', async () => {
    const jobs = Array.from({ length: 5 }, () => window.api.submit({ command: ['no-such-program-at-all'] }))
    for (const job of jobs)
      expect(failure(await job.result)).toMatchObject({
        kind: 'start',
        message: expect.stringContaining('no-such-program-at-all'),
      })
    const folder = await window.api.submit({ command: ['cat'], cwd: file('nowhere') }).result
    expect(failure(folder)).toMatchObject({ kind: 'start', message: expect.stringContaining(file('nowhere')) })
    expect(value(await window.api.submit({ command: ['echo', 'still here'], stdout: 'text' }).result)).toBe(
      'still here\n',
    )
  })

  it('is no failure for writing to stderr', async () => {
    const job = window.api.submit({ command: ['sh', '-c', 'echo careful >&2'] })
    const result = await job.result
    expect(result).toMatchObject({ state: 'succeeded', stderr: 'careful\n' })
    expect(job.info).toMatchObject({ stderrBytes: 8, lastErrorLine: 'careful' })
  })

  it('by a time limit is reported as such', async () => {
    const result = await window.api.submit({ command: ['sleep', '60'], timeoutSeconds: 0.2 }).result
    expect(failure(result)).toMatchObject({ state: 'failed', kind: 'timeout' })
    expect(result.endedBy).toBe('limit')
  })

  it('of a bad spec throws and queues nothing', async () => {
    expect(() => window.api.submit({ command: [] })).toThrow(TypeError)
    const specs = [{ command: ['true'] }, { command: ['true'], cores: -1 }]
    expect(() => window.api.submitBatch(specs)).toThrow('Job 1 of the batch: cores must be an integer of at least 1.')
  })
})

describe('a callback', () => {
  it('comes in order: stdout function, onResult, result, batch iteration, onCompleted', async () => {
    const order: string[] = []
    const batch = window.api.submitBatch<string>(
      [
        {
          command: ['echo', 'x'],
          stdout: () => {
            order.push('stdout')
            return 'x'
          },
          onResult: () => void order.push('onResult'),
        },
      ],
      { onResult: () => void order.push('batch onResult'), onCompleted: () => void order.push('onCompleted') },
    )
    void batch.jobs[0]?.result.then(() => order.push('result'))
    for await (const result of batch) order.push(`iteration ${result.state}`)
    await until(() => order.length === 6, 20_000, 'all callbacks')
    expect(order).toEqual(['stdout', 'onResult', 'batch onResult', 'result', 'iteration succeeded', 'onCompleted'])
  })

  it('that throws is logged and changes nothing else', async () => {
    const job = window.api.submit({
      command: ['echo', 'x'],
      onResult: () => {
        throw new Error('oops in onResult')
      },
    })
    expect((await job.result).state).toBe('succeeded')
    expect(window.logged.join('\n')).toContain('oops in onResult')
  })

  it('gets live output, every byte once and in order', async () => {
    const script =
      'for i in 1 2 3; do echo line $i; until test -e "$0-$i"; do sleep 0.02; done; done; head -c 300000 /dev/zero'
    let text = Buffer.alloc(0)
    const chunks: number[] = []
    const job = window.api.submit({
      command: ['sh', '-c', script, file('live')],
      onStdout: chunk => {
        chunks.push(chunk.length)
        writeFileSync(file(`live-${chunks.length}`), '') // the next line comes after this one has been reported
        text = Buffer.concat([text, chunk])
      },
    })
    const whole = value(await job.result)
    expect(Buffer.compare(text, whole)).toBe(0)
    expect(whole.length).toBe(3 * 7 + 300_000)
    expect(chunks.length).toBeGreaterThan(3)
  })

  it('of changes receives the states a job goes through', async () => {
    const seen = new Set<string>()
    const all: JobInfo[] = []
    const listener = window.api.onDidChangeJobs(infos => all.push(...infos))
    const job = window.api.submit({ command: ['sh', '-c', 'until test -e "$0"; do sleep 0.02; done', file('seen')] })
    job.onDidChange(info => {
      seen.add(info.state)
      if (info.state === 'running') writeFileSync(file('seen'), '') // a state that is short may not be reported
    })
    await job.result
    await until(() => all.some(info => info.id === job.id && info.state === 'succeeded'), 20_000, 'the last change')
    listener.dispose()
    expect([...seen].filter(state => state !== 'starting')).toEqual(['running', 'succeeded'])
  })
})

describe('a cancel', () => {
  it('of a running job resolves when its process is gone', async () => {
    const job = window.api.submit({ command: ['sleep', '300'] })
    const pid = await until(() => job.info.pid, 20_000, 'the process')
    await job.cancel('no longer needed')
    expect(() => process.kill(pid, 0)).toThrow()
    expect(await job.result).toMatchObject({
      state: 'cancelled',
      endedBy: 'user',
      cancelReason: 'no longer needed',
      signal: 'SIGTERM',
    })
  })

  it('of a queued job starts no process', async () => {
    const blockers = [1, 2].map(() => window.api.submit({ command: ['sleep', '300'] }))
    const job = window.api.submit({ command: ['touch', file('started')] })
    await job.accepted
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled', endedBy: 'user', attempts: 0 })
    await Promise.all(blockers.map(blocker => blocker.cancel()))
    expect(existsSync(file('started'))).toBe(false)
  })

  it('by a filter returns how many, and refuses one that names nothing', async () => {
    await expect(window.api.cancel({})).rejects.toThrow(TypeError)
    const batch = window.api.submitBatch(Array.from({ length: 20 }, () => ({ command: ['sleep', '300'] })))
    await Promise.all(batch.jobs.map(job => job.accepted))
    expect(await window.api.cancel({ batchId: batch.id })).toBe(20)
    expect((await batch.completed).counts).toMatchObject({ cancelled: 20, succeeded: 0 })
  })
})

describe('an untrusted workspace', () => {
  it('starts nothing, and reports what to do', async () => {
    const untrusted = openWindow(state.folder, { isTrusted: false })
    const job = untrusted.api.submit({ command: ['touch', file('untrusted')] })
    expect(failure(await job.result)).toMatchObject({
      state: 'failed',
      kind: 'start',
      message: expect.stringContaining('not trusted'),
    })
    await expect(job.accepted).rejects.toThrow('not trusted')
    expect(existsSync(file('untrusted'))).toBe(false)
    untrusted.client.dispose()
  })
})

describe('what comes later', () => {
  it('throws a clear error', () => {
    expect(() => window.api.submit({ command: ['true'], dependsOn: ['x'] })).toThrow(
      /not supported by this version yet/,
    )
  })
})
