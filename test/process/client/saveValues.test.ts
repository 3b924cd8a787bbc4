// What becomes of the values of jobs with a protocol outside of their windows: results saved as JSON with files of numpy's,
// results shown, inputs written for a shell; through the API and a real job service.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JobSpec, TypedArray } from '../../../src/api'
import { arrayBytesOf, inputPieces, resultText } from '../../../src/client/values/plainValues'
import { bytesOfArray } from '../../../src/core/values/arrays'
import { statePaths } from '../../../src/service/base/paths'
import type { TempState } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import { valueIn, workerCommand } from '../../support/workers'

let state: TempState
let window: TestWindow
let test = 0

serviceForAll(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 1 }, { resultsInHistory: true })

/** Gives back what it is given, under `same`. */
const command = workerCommand('arrays.py')

/** A job that has succeeded. */
async function done(value: unknown, spec: Partial<JobSpec<unknown>> = {}): Promise<string> {
  const job = window.api.submit({
    command,
    protocol: 'frames',
    name: 'job',
    stdin: { value },
    ...spec,
  } as JobSpec<unknown>)
  valueIn(await job.result)
  return job.id
}

const newFolder = () => join(state.folder, `saved-${++test}`)

async function save(folder: string, ...ids: string[]): Promise<string[]> {
  const { files } = await window.client.service.save({ filter: { ids }, folder })
  return files.map(file => file.slice(folder.length + 1))
}

const readJson = (folder: string, name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))

/** What the header of a .npy file states about its numbers; they are those of `array`, byte for byte. */
function headerOfNpy(folder: string, name: string, array: TypedArray): string {
  const bytes = readFileSync(join(folder, name))
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00')
  const start = 10 + bytes.readUInt16LE(8)
  expect(bytes.subarray(start).equals(bytesOfArray(array))).toBe(true)
  return bytes.subarray(10, start).toString().trimEnd()
}

async function answerOf(id: string): Promise<Buffer> {
  const { base64, file } = await window.client.service.output({ id, stream: 'stdout', offset: 0, length: 1024 * 1024 })
  return file === undefined ? Buffer.from(base64, 'base64') : readFileSync(file)
}

const volume = Object.assign(
  new Float32Array(300 * 1000).map((_, i) => i / 3),
  { shape: [300, 1000] },
)
const mask = Object.assign(new Uint8Array([1, 0, 1, 1, 0, 0]), { shape: [2, 3] })
/** Small enough to lie in the frame, but the frame with it is a file. */
const middle = new Float64Array(50_000).map((_, i) => -i)

describe('a saved result', () => {
  it('of lines is its JSON', async () => {
    const folder = newFolder()
    const value = { n: [1, 'ü'] }
    const large = 'x'.repeat(200_000)
    const ids = [
      await done(value, { protocol: 'lines', command: workerCommand('echoes.py'), name: 'small' }),
      await done(large, { protocol: 'lines', command: workerCommand('echoes.py'), name: 'large' }),
    ]
    expect(await save(folder, ...ids)).toEqual(['small.json', 'large.json'])
    expect(readJson(folder, 'small.json')).toMatchObject({ value })
    expect(readJson(folder, 'large.json')).toMatchObject({ value: large })
  })

  it.each([
    ['a process of its own', false],
    ['a kept-alive worker', true],
  ])('of frames from %s is JSON that names a file of numpy for each array', async (_, keepAlive) => {
    const folder = newFolder()
    const id = await done({ volume, parts: [mask, { middle }], n: 1 }, { name: 'smooth a.nii', keepAlive })
    expect(await save(folder, id)).toEqual(['smooth_a.nii.json'])
    expect(readJson(folder, 'smooth_a.nii.json')).toMatchObject({
      same: {
        volume: { npy: 'smooth_a.nii.same.volume.npy' },
        parts: [{ npy: 'smooth_a.nii.same.parts.0.npy' }, { middle: { npy: 'smooth_a.nii.same.parts.1.middle.npy' } }],
        n: 1,
      },
    })
    const header = (place: string, array: TypedArray) => headerOfNpy(folder, `smooth_a.nii.same.${place}.npy`, array)
    expect(header('volume', volume)).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (300, 1000), }")
    expect(header('parts.0', mask)).toBe("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }")
    expect(header('parts.1.middle', middle)).toBe("{'descr': '<f8', 'fortran_order': False, 'shape': (50000,), }")
    expect(await window.client.service.clear({ filter: { ids: [id] }, unsaved: 'keep' })).toMatchObject({ cleared: 1 })
    expect(header('volume', volume)).toMatch(/300, 1000/)
  })

  it('has files of small and empty arrays, too', async () => {
    const folder = newFolder()
    const none = new Float64Array()
    await save(folder, await done({ mask, none }))
    expect(headerOfNpy(folder, 'job.same.mask.npy', mask)).toMatch(/\(2, 3\)/)
    expect(headerOfNpy(folder, 'job.same.none.npy', none)).toMatch(/\(0,\)/)
  })

  it('never replaces a file: all of its files get the next number', async () => {
    const folder = newFolder()
    await save(folder, await done({ volume }))
    const before = readdirSync(folder)
    rmSync(join(folder, 'job.json'))
    writeFileSync(join(folder, 'job.same.volume.npy'), 'old')
    expect(await save(folder, await done({ volume }))).toEqual(['job-2.json'])
    expect(readJson(folder, 'job-2.json')).toMatchObject({ same: { volume: { npy: 'job-2.same.volume.npy' } } })
    expect(readFileSync(join(folder, 'job.same.volume.npy'), 'utf8')).toBe('old')
    expect(before.sort()).toEqual(['job.json', 'job.same.volume.npy'])
    expect(readdirSync(folder).sort()).toEqual(['job-2.json', 'job-2.same.volume.npy', 'job.same.volume.npy'])
  })

  it('has no file under its name before that is whole', async () => {
    const folder = newFolder()
    const large = new Float64Array(4_000_000)
    const id = await done({ large })
    mkdirSync(folder)
    const sizes: Record<string, Set<number>> = {}
    const look = () => {
      for (const name of readdirSync(folder)) {
        const about = statSync(join(folder, name), { throwIfNoEntry: false })
        if (about) sizes[name] = new Set([...(sizes[name] ?? []), about.size])
      }
    }
    const watcher = watch(folder, look)
    await save(folder, id)
    watcher.close()
    look()
    const { 'job.json': main, 'job.same.large.npy': array, ...parts } = sizes
    expect(Object.keys(parts).filter(name => !name.endsWith('.part'))).toEqual([])
    expect([array?.size, main?.size]).toEqual([1, 1])
    expect(statSync(join(folder, 'job.same.large.npy')).size).toBeGreaterThan(large.byteLength)
    expect(readdirSync(folder).sort()).toEqual(['job.json', 'job.same.large.npy'])
  })

  it('takes no number of which a part is there', async () => {
    const folder = newFolder()
    mkdirSync(folder)
    writeFileSync(join(folder, 'job.same.npy.part'), 'of one that was killed')
    expect(await save(folder, await done(mask))).toEqual(['job-2.json'])
    expect(readdirSync(folder).sort()).toEqual(['job-2.json', 'job-2.same.npy', 'job.same.npy.part'])
  })

  it('whose array has gone is not saved by halves, and the user is shown which', async () => {
    const folder = newFolder()
    const id = await done({ mask, volume }, { name: 'poor' })
    const { arrays, spool } = statePaths(state.folder)
    const isKept = (name: string) => name.startsWith(id) && name.endsWith('.array') && !name.includes('.in')
    await until(() => readdirSync(spool).some(isKept) && !readdirSync(arrays).some(isKept), 20_000, 'its files on disk')
    for (const name of readdirSync(spool).filter(isKept)) rmSync(join(spool, name))
    await expect(save(folder, id)).rejects.toThrow('The result of “poor” could not be saved: ENOENT')
    expect(readdirSync(folder)).toEqual([])
    expect(await window.client.service.clear({ filter: { ids: [id] }, unsaved: 'keep' })).toMatchObject({ unsaved: 1 })
  })
})

describe('a shown result', () => {
  it('has the first numbers of a large array, wherever that lies', async () => {
    const id = await done({ volume, middle, mask })
    const document = JSON.parse(await resultText(await answerOf(id), 'frames', window.client.folders)) as {
      same: unknown
    }
    expect(document.same).toMatchObject({
      volume: { dtype: 'float32', shape: [300, 1000], firstValues: { length: 100, 3: 1 }, valuesLeftOut: 299_900 },
      middle: { dtype: 'float64', shape: [50_000], firstValues: { length: 100, 99: -99 }, valuesLeftOut: 49_900 },
      mask: { dtype: 'uint8', shape: [2, 3], values: [[1, 0, 1], [1, 0, 0]] }, // biome-ignore format: as it is nested
    })
  })
})

describe('an input for a shell', () => {
  it('has its arrays as lists, also those that are files', async () => {
    const id = await done({ volume, mask, n: 1 })
    const stdin = (await window.client.service.getSpec({ id }))?.stdin
    if (!stdin || !('base64' in stdin)) throw new Error('The frame is not inside of the spec.')
    const frame = Buffer.from(stdin.base64, 'base64')
    expect(arrayBytesOf(frame)).toBe(volume.byteLength + 6)
    const pieces = [...(await inputPieces(frame, window.client.folders))]
    const value = JSON.parse(pieces.join('')) as { volume: number[][] }
    expect(value).toMatchObject({ mask: [[1, 0, 1], [1, 0, 0]], n: 1 }) // biome-ignore format: as it is nested
    expect(value.volume).toHaveLength(300)
    expect(Buffer.from(new Float32Array(value.volume.flat()).buffer).equals(bytesOfArray(volume))).toBe(true)
  })
})
