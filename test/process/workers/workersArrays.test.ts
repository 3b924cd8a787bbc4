// Typed arrays to workers and back: in frames and in files, in memory and on disk, and that the files go.
import { existsSync, readdirSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NdArray, TypedArray } from '../../../src/api'
import { statePaths } from '../../../src/service/base/paths'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import { openWindow, type TestWindow } from '../../support/window'
import { arrayFilesOf, failureOf, valueIn, workerCommand, workersOf } from '../../support/workers'

let state: TempState
let window: TestWindow

serviceForEach(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 1 })

const MiB = 1024 * 1024
const frames = { command: workerCommand('arrays.py'), protocol: 'frames' as const }

interface Answer<T> {
  same: T
  /** What the worker has seen: for an array its format and shape. */
  seen: unknown
}

const submit = (value: unknown, keepAlive = true) => window.api.submit({ ...frames, keepAlive, stdin: { value } })
const roundTrip = async <T>(value: T, keepAlive = true) => valueIn<Answer<T>>(await submit(value, keepAlive).result)
const shaped = <A extends TypedArray>(array: A, shape: number[]): NdArray<A> => Object.assign(array, { shape })
const numbers = (length: number) => new Float64Array(length).map((_, i) => i / 3)

const file = (name: string) => join(state.folder, name)
const memory = () => arrayFilesOf(state.folder).memory
const spool = () => arrayFilesOf(state.folder).spool
const isEqual = (a: TypedArray, b: TypedArray) =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0

describe('an array', () => {
  it('of every type of numbers comes back as it was', async () => {
    const arrays = {
      b: new Int8Array([-128, 0, 127]),
      B: new Uint8Array([0, 128, 255]),
      h: new Int16Array([-32768, 0, 32767]),
      H: new Uint16Array([0, 1, 65535]),
      i: new Int32Array([-(2 ** 31), 0, 2 ** 31 - 1]),
      I: new Uint32Array([0, 1, 2 ** 32 - 1]),
      q: new BigInt64Array([-(2n ** 63n), 0n, 2n ** 63n - 1n]),
      Q: new BigUint64Array([0n, 1n, 2n ** 64n - 1n]),
      f: new Float32Array([1.5, Number.NaN, Number.NEGATIVE_INFINITY]),
      d: new Float64Array([Math.PI, -0, Number.POSITIVE_INFINITY]),
    }
    const formats = Object.keys(arrays)
    for (const keepAlive of [false, true]) {
      const { same, seen } = await roundTrip(arrays, keepAlive)
      expect(seen).toEqual(Object.fromEntries(formats.map(format => [format, [format, [3]]])))
      for (const array of Object.values(arrays)) Object.assign(array, { shape: [3] })
      expect(same).toStrictEqual(arrays)
    }
  })

  it('keeps its shape, wherever in the value it is', async () => {
    const value = {
      name: 'ü',
      volumes: [shaped(numbers(24), [2, 3, 4]), { mask: shaped(new Uint8Array(4), [1, 4]) }],
      scalar: shaped(new Float32Array([7]), []),
      empty: shaped(new Int16Array(0), [0]),
    }
    const { same, seen } = await roundTrip(value)
    expect(seen).toEqual({
      name: 'ü',
      volumes: [['d', [2, 3, 4]], { mask: ['B', [1, 4]] }],
      scalar: ['f', []],
      empty: ['h', [0]],
    })
    expect(same).toStrictEqual(value)
  })

  it('that is small travels without a file', async () => {
    const array = numbers(MiB / 8)
    const job = submit(array)
    expect(isEqual(valueIn<Answer<Float64Array>>(await job.result).same, array)).toBe(true)
    expect([...memory(), ...spool()].filter(name => name.endsWith('.array'))).toEqual([])
    expect(spool()).toEqual(expect.arrayContaining([`${job.id}.in`, `${job.id}.out`])) // the messages were large
  })

  it('that is large travels as a file both ways, and moves from the memory to the spool folder', async () => {
    const large = shaped(numbers(MiB), [1024, 1024])
    const job = submit({ large, small: shaped(new Uint8Array([1, 2]), [2]) })
    const { same } = valueIn<Answer<{ large: NdArray<Float64Array>; small: Uint8Array }>>(await job.result)
    expect(isEqual(same.large, large)).toBe(true)
    expect(same.large.shape).toEqual([1024, 1024])
    expect([...same.small]).toEqual([1, 2])
    await until(() => memory().length === 0, 20_000, 'an empty memory folder')
    await until(
      () => spool().filter(name => name.endsWith('.array')).length === 2,
      20_000,
      'the two files in the spool folder',
    )
    expect(spool().every(name => name.startsWith(job.id))).toBe(true)
  })

  it('is there for a window that comes later, and is gone when the job is cleared', async () => {
    const array = numbers(MiB)
    const job = submit(array)
    await job.result
    const later = openWindow(state.folder, { name: 'later' })
    const found = await (await later.api.getJob(job.id))?.result
    expect(isEqual(valueIn<Answer<Float64Array>>(found as never).same, array)).toBe(true)
    await later.client.service.clear({ filter: { all: true }, unsaved: 'delete' })
    later.client.dispose()
    expect([...memory(), ...spool()]).toEqual([])
  })

  it('of a job that is run again is read again', async () => {
    const array = numbers(MiB)
    const job = submit(array)
    await job.result
    const [again] = await window.api.rerun({ ids: [job.id] })
    expect(isEqual(valueIn<Answer<Float64Array>>((await again?.result) as never).same, array)).toBe(true)
  })
})

describe('a request', () => {
  it('with large arrays both ways leaves no file', async () => {
    const worker = window.api.startWorker(frames)
    const array = numbers(MiB)
    const answers = await Promise.all([1, 2, 3].map(() => worker.request([array, 'x'.repeat(100_000)])))
    for (const { same } of answers as Answer<[Float64Array, string]>[]) {
      expect(isEqual(same[0], array)).toBe(true)
      expect(same[1].length).toBe(100_000)
    }
    await until(() => memory().length + spool().length === 0, 20_000, 'empty folders')
    await worker.dispose()
  })

  it('that was aborted leaves no file when its late answer comes', async () => {
    const worker = window.api.startWorker({ ...frames, command: workerCommand('answers-late.py', file('go')) })
    await worker.ready
    const controller = new AbortController()
    const request = worker.request(null, { signal: controller.signal })
    await until(() => workersOf(window)[0]?.state === 'busy', 20_000, 'the request')
    controller.abort()
    await expect(request).rejects.toMatchObject({ kind: 'aborted' })
    writeFileSync(file('go'), '')
    expect(await worker.request('done')).toEqual('done')
    await until(() => memory().length + spool().length === 0, 20_000, 'empty folders')
    await worker.dispose()
  })

  it('that fails, and a window that goes, leave no file', async () => {
    const other = openWindow(state.folder, { name: 'other' })
    const worker = other.api.startWorker({ command: workerCommand('leaves-file.py'), protocol: 'frames' })
    await expect(worker.request(numbers(MiB))).rejects.toMatchObject({ kind: 'exit' })
    await until(() => memory().length + spool().length === 0, 20_000, 'empty folders after the failure')
    const silent = other.api.startWorker({ command: workerCommand('never-answers.sh') })
    const request = silent.request('x'.repeat(100_000)).catch(() => 'rejected')
    await until(
      () => workersOf(other).some(({ id, state: s }) => id === silent.id && s === 'busy'),
      20_000,
      'the request',
    )
    expect(spool().length).toBe(1)
    other.client.dispose()
    expect(await request).toBe('rejected')
    await until(() => spool().length === 0, 20_000, 'an empty spool folder after the window')
  })
})

describe('an answer', () => {
  it.each(['lines', 'frames'] as const)('that is large comes through a file, in %s', async protocol => {
    const text = 'ü'.repeat(1_000_000)
    const job = window.api.submit({ ...frames, protocol, stdin: { value: text }, keepAlive: true })
    expect(valueIn<Answer<string>>(await job.result).same).toBe(text)
  })
})

describe('the file of an array', () => {
  it.each([false, true])('goes when its worker has died before it answered; kept alive: %s', async keepAlive => {
    const command = workerCommand('leaves-file.py')
    const result = await window.api.submit({ command, protocol: 'frames', keepAlive }).result
    expect(failureOf(result)).toMatchObject({ state: 'failed', kind: 'exit', exitCode: 3 })
    await until(() => memory().length + spool().length === 0, 20_000, 'empty folders')
  })

  it('goes when its job was cancelled before it came', async () => {
    const command = workerCommand('stops-with-array.py', file('begun'))
    const job = window.api.submit({ command, protocol: 'frames', keepAlive: true })
    await until(() => existsSync(file('begun')), 20_000, 'the job')
    await job.cancel()
    expect((await job.result).state).toBe('cancelled')
    await until(() => memory().length + spool().length === 0, 20_000, 'empty folders')
  })

  it('is on disk when the memory has no room', async () => {
    const { arrays } = statePaths(state.folder)
    await window.client.service.status(null)
    rmdirSync(arrays)
    symlinkSync('/proc/sys', arrays) // a file system on which no byte is free
    try {
      const array = numbers(MiB)
      const job = submit(array)
      expect(isEqual(valueIn<Answer<Float64Array>>(await job.result).same, array)).toBe(true)
      expect(readdirSync(arrays).some(name => name.startsWith(job.id))).toBe(false)
      expect(spool().filter(name => name.startsWith(job.id) && name.endsWith('.array')).length).toBe(2)
    } finally {
      unlinkSync(arrays)
    }
  })
})
