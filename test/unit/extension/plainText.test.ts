// The text that people and shells get of values: arrays in words or as lists, and JSON in readable lines.
import { describe, expect, it } from 'vitest'
import type { TypedArray } from '../../../src/api'
import { jsonPieces, shownArray, shownCount } from '../../../src/client/values/arrayText'
import { resultText } from '../../../src/client/values/plainValues'
import { prettyJson } from '../../../src/client/values/prettyJson'
import { type DType, dtypeOf } from '../../../src/core/values/arrays'
import { encodeFrame } from '../../../src/core/values/frames'
import { outputName } from '../../../src/extension/text/outputModel'

const shaped = (array: TypedArray, ...shape: number[]) => Object.assign(array, { shape })
const shown = (array: TypedArray, ...shape: number[]) =>
  shownArray({ dtype: dtypeOf(array) as DType, shape }, array.subarray(0, shownCount({ shape })))
const json = (value: unknown) => [...jsonPieces(value)].join('')

describe('an array is shown', () => {
  it('whole when it is small', () => {
    expect(shown(new Int16Array([1, 2, 3, 4, 5, 6]), 2, 3)).toEqual({
      dtype: 'int16',
      shape: [2, 3],
      values: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    })
    expect(shown(new Float64Array([0.5]))).toEqual({ dtype: 'float64', shape: [], values: 0.5 })
    expect(shown(new Float64Array(), 0)).toEqual({ dtype: 'float64', shape: [0], values: [] })
    expect(shown(new Float64Array(), 2, 0)).toEqual({ dtype: 'float64', shape: [2, 0], values: [[], []] })
    expect(shown(new Uint8Array(100), 100)).toHaveProperty('values')
  })

  it('by its first numbers when it is large, and with how many are left out', () => {
    const array = new Float32Array(1200).map((_, i) => i)
    expect(shown(array, 20, 20, 3)).toEqual({
      dtype: 'float32',
      shape: [20, 20, 3],
      firstValues: Array.from({ length: 100 }, (_, i) => i),
      valuesLeftOut: 1100,
    })
  })

  it('with numbers that JSON and people can read', () => {
    expect(shown(new Float32Array([0.1, 1 / 3, 16777216, 1e-7]), 4)).toMatchObject({
      values: [0.1, 0.33333334, 16777216, 1e-7],
    })
    expect(shown(new Float64Array([Number.NaN, Number.NEGATIVE_INFINITY, 0.1]), 3)).toMatchObject({
      values: ['NaN', '-Infinity', 0.1],
    })
    expect(shown(new BigInt64Array([-5n, 2n ** 60n]), 2)).toMatchObject({ values: [-5, '1152921504606846976'] })
  })
})

describe('a value as JSON for a shell', () => {
  it('has arrays as nested lists', () => {
    const value = { a: [1, null, 'ü"'], b: shaped(new Uint8Array([1, 2, 3, 4]), 2, 2), c: {}, d: true }
    expect(JSON.parse(json(value))).toEqual({ ...value, b: [[1, 2], [3, 4]] }) // biome-ignore format: as it is nested
    expect(json(shaped(new Int8Array([7])))).toBe('7')
    expect(json(shaped(new Int8Array(), 0))).toBe('[]')
    expect(json(shaped(new Int8Array(), 2, 0))).toBe('[[],[]]')
  })

  it('has numbers of their type, as Python reads them', () => {
    expect(json(shaped(new Float32Array([1, 0.1, 1e30, Number.NaN, Number.POSITIVE_INFINITY]), 5))).toBe(
      '[1.0,0.1,1e+30,NaN,Infinity]',
    )
    expect(json(shaped(new BigUint64Array([2n ** 64n - 1n]), 1))).toBe('[18446744073709551615]')
  })

  it('gives back every float32', () => {
    const bits = new Uint32Array(20_000).map((_, i) => Math.imul(i, 2654435761))
    const array = new Float32Array(bits.buffer).map(n => (Number.isFinite(n) ? n : 0))
    expect(new Float32Array(JSON.parse(json(shaped(array, array.length))))).toEqual(new Float32Array(array))
  })

  it('comes in pieces of bearable length', () => {
    const pieces = [...jsonPieces({ v: shaped(new Float64Array(50_000).map(Math.random), 50_000) })]
    expect(pieces.length).toBeGreaterThan(5)
    expect(Math.max(...pieces.map(piece => piece.length))).toBeLessThan(200_000)
    expect(JSON.parse(pieces.join('')).v).toHaveLength(50_000)
  })
})

describe('readable JSON', () => {
  it('is the same value', () => {
    const value = {
      a: [],
      b: {},
      c: [
        [1, 2],
        ['x', null],
      ],
      d: [{ e: 'ü\n' }],
      f: Array.from({ length: 99 }, (_, i) => i),
    }
    const text = prettyJson(value)
    expect(JSON.parse(text)).toEqual(value)
    expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
  })

  it('has a line for each member and list, and short lists on one line', () => {
    expect(prettyJson({ name: 'x', shape: [2, 3], rows: [[1], [2]], none: {} })).toBe(
      [
        '{',
        '  "name": "x",',
        '  "shape": [2, 3],',
        '  "rows": [',
        '    [1],',
        '    [2]',
        '  ],',
        '  "none": {}',
        '}',
      ].join('\n'),
    )
  })

  it('fills the lines of a long list', () => {
    const lines = prettyJson(Array.from({ length: 100 }, (_, i) => i)).split('\n')
    expect(lines.length).toBeLessThan(10)
    expect(lines[1]).toMatch(/^ {2}0, 1, 2, .*,$/)
  })
})

describe('the document of a result', () => {
  const folders = { spool: '/nowhere', arrays: '/nowhere' }

  it('of lines is the value', async () => {
    expect(await resultText(Buffer.from('{"n":[1,"ü"]}'), 'lines', folders)).toBe('{\n  "n": [1, "ü"]\n}\n')
  })

  it('of frames has arrays in words', async () => {
    const numbers = new Uint8Array(new Float32Array(200).fill(0.1).buffer)
    const arrays = [
      { path: ['value', 'small'], dtype: 'uint8', shape: [2] },
      { path: ['value', 'large', 0], dtype: 'float32', shape: [200] },
    ] as const
    const frame = encodeFrame(1, { value: { small: null, large: [null], n: 1 } }, arrays, [
      new Uint8Array([1, 2]),
      numbers,
    ])
    expect(JSON.parse(await resultText(frame, 'frames', folders))).toEqual({
      small: { dtype: 'uint8', shape: [2], values: [1, 2] },
      large: [{ dtype: 'float32', shape: [200], firstValues: Array(100).fill(0.1), valuesLeftOut: 100 }],
      n: 1,
    })
  })

  it('is named as JSON', () => {
    expect(outputName('smooth.py', 'value')).toBe('smooth.py.json')
  })
})
