import { describe, expect, it } from 'vitest'
import type { NdArray, TypedArray } from '../../../src/api'
import {
  arrayBytes,
  bytesOfArray,
  dtypeOf,
  isTypedArray,
  separateArrays,
  shapeOf,
  toNdArray,
} from '../../../src/core/values/arrays'

const DTYPES = {
  int8: Int8Array.of(-128, 127),
  uint8: Uint8Array.of(0, 255),
  int16: Int16Array.of(-32768, 32767),
  uint16: Uint16Array.of(0, 65535),
  int32: Int32Array.of(-1, 2 ** 31 - 1),
  uint32: Uint32Array.of(0, 2 ** 32 - 1),
  int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
  uint64: BigUint64Array.of(0n, 2n ** 64n - 1n),
  float32: Float32Array.of(-0, Number.NaN),
  float64: Float64Array.of(1e-300, Number.NEGATIVE_INFINITY),
} as const satisfies Record<string, TypedArray>

/** As after `JSON.parse(JSON.stringify(…))` of what is left when the arrays are out. */
function sent(value: unknown): unknown {
  return JSON.parse(JSON.stringify({ value: separateArrays(value).value })).value
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify({ value })).value
}

describe('number types', () => {
  it.each(Object.entries(DTYPES))('%s is named, and its numbers come back from their bytes', (dtype, array) => {
    expect(dtypeOf(array)).toBe(dtype)
    const entry = { dtype: dtype as keyof typeof DTYPES, shape: [2, 1] }
    expect(arrayBytes(entry)).toBe(array.byteLength)
    const back = toNdArray(entry, bytesOfArray(array))
    expect(back.constructor).toBe(array.constructor)
    expect(back.shape).toEqual([2, 1])
    expect([...back]).toEqual([...array])
  })

  it('a Buffer and a clamped array are bytes', () => {
    expect(dtypeOf(Buffer.from('a'))).toBe('uint8')
    expect(dtypeOf(new Uint8ClampedArray(1) as unknown as TypedArray)).toBe('uint8')
  })

  it('other views are not arrays of numbers', () => {
    expect(isTypedArray(new DataView(new ArrayBuffer(8)))).toBe(false)
    expect(isTypedArray([1, 2])).toBe(false)
    expect(isTypedArray(new ArrayBuffer(8))).toBe(false)
    expect(isTypedArray(new Int16Array(1))).toBe(true)
  })

  it('bytes that are not aligned are copied, those of a Buffer too', () => {
    const buffer = Buffer.from(new Uint8Array([9, ...bytesOfArray(Float64Array.of(1.5, -2))]))
    for (const bytes of [buffer.subarray(1), new Uint8Array(buffer).subarray(1)]) {
      const array = toNdArray({ dtype: 'float64', shape: [2] }, bytes)
      expect([...array]).toEqual([1.5, -2])
      expect(array.buffer).not.toBe(bytes.buffer)
    }
  })

  it('bytes that are aligned are not copied', () => {
    const bytes = new Uint8Array(24)
    expect(toNdArray({ dtype: 'float64', shape: [2] }, bytes.subarray(8)).buffer).toBe(bytes.buffer)
  })
})

describe('the shape', () => {
  it('is one axis when there is none', () => {
    expect(shapeOf(new Int8Array(5))).toEqual([5])
    expect(shapeOf(new Int8Array(0))).toEqual([0])
  })

  it.each([
    ['no axis, one number', 1, []],
    ['three axes', 24, [2, 3, 4]],
    ['an empty axis', 0, [3, 0, 2]],
  ])('%s', (_, length, shape) => {
    expect(shapeOf(Object.assign(new Float32Array(length), { shape }))).toEqual(shape)
  })

  it.each([
    ['of another size', 6, [2, 2]],
    ['with an axis of a fraction', 3, [1.5, 2]],
    ['with negative axes', 6, [-2, -3]],
    ['that is no list', 6, { 0: 6 }],
    ['that is a number', 6, 6],
  ])('%s is refused', (_, length, shape) => {
    expect(() => shapeOf(Object.assign(new Float32Array(length), { shape }))).toThrow(TypeError)
  })
})

describe('taking arrays out of a value', () => {
  it('leaves null and returns where they were', () => {
    const volume = Object.assign(new Float32Array(6), { shape: [2, 3] })
    const mask = new Uint8Array(2)
    const value = { volume, list: [1, { mask }], name: 'x' }
    const { value: rest, arrays } = separateArrays(value)
    expect(rest).toEqual({ volume: null, list: [1, { mask: null }], name: 'x' })
    expect(arrays).toEqual([
      { path: ['volume'], dtype: 'float32', shape: [2, 3], array: volume },
      { path: ['list', 1, 'mask'], dtype: 'uint8', shape: [2], array: mask },
    ])
    expect(arrays[0]?.array).toBe(volume)
    expect(value, 'the value of the caller is left as it is').toEqual({ volume, list: [1, { mask }], name: 'x' })
  })

  it('an array may be all of the value', () => {
    const array = new Int32Array(3)
    expect(separateArrays(array)).toEqual({ value: null, arrays: [{ path: [], dtype: 'int32', shape: [3], array }] })
  })

  it('the same array twice is two arrays', () => {
    const array = new Int8Array(1)
    expect(separateArrays([array, array]).arrays.map(({ path }) => path)).toEqual([[0], [1]])
  })

  it('does not copy what has no arrays', () => {
    const untouched = { deep: [{ a: 0.5, b: -0 }, 'x', null] }
    const value = { untouched, array: new Int8Array(1) }
    expect(separateArrays(untouched).value).toBe(untouched)
    expect((separateArrays(value).value as typeof value).untouched).toBe(untouched)
  })

  it('keys that could confuse are keys like others', () => {
    const array = new Int8Array(1)
    const value = Object.fromEntries<unknown>([
      ['0', { constructor: array }],
      ['__proto__', { x: array }],
      ['arrays', []],
      ['toJSON', 1],
      ['a.b', 0],
      ['', 0],
    ])
    const { value: rest, arrays } = separateArrays(value)
    expect(JSON.stringify(rest)).toBe(
      '{"0":{"constructor":null},"__proto__":{"x":null},"arrays":[],"toJSON":1,"a.b":0,"":0}',
    )
    expect(arrays.map(({ path }) => path)).toEqual([
      ['0', 'constructor'],
      ['__proto__', 'x'],
    ])
    expect(Object.getPrototypeOf(rest)).toBe(Object.prototype)
  })

  it.each<[string, unknown]>([
    ['negative zero', -0],
    ['unicode', { für: '🦊 \u2028 \ud800' }],
    ['undefined and functions in an object', { a: undefined, b: () => 1, c: Symbol('x'), d: 1 }],
    ['undefined and functions in a list', [undefined, () => 1, Symbol('x'), 1]],
    // biome-ignore lint/suspicious/noSparseArray: that is the case
    ['a list with holes', [1, , 3]],
    ['a date', { at: new Date(0) }],
    [
      'an instance of a class',
      new (class Point {
        x = 1
        #y = 2
        get y() {
          return this.#y
        }
      })(),
    ],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    [
      'toJSON of an object, with its key',
      { a: { toJSON: (key: string) => `at ${key}` }, b: [{ toJSON: (key: string) => key }] },
    ],
    ['toJSON that gives nothing', { a: { toJSON: () => undefined } }],
    ['toJSON that gives a list', { toJSON: () => [1, { a: undefined }] }],
    ['boxed values', [Object('text'), Object(1), Object(true)]],
    ['an error', new Error('x')],
    ['a URL', new URL('http://localhost/')],
  ])('%s is as JSON has it', (_, value) => {
    expect(sent(value)).toEqual(plain(value))
    expect(sent([value, new Int8Array(1)])).toEqual(plain([value, null]))
  })

  it('a value that JSON leaves out is null', () => {
    for (const value of [undefined, () => 1, Symbol('x')])
      expect(separateArrays(value)).toEqual({ value: null, arrays: [] })
  })

  it('arrays in what toJSON gives are found', () => {
    const array = new Int8Array(1)
    const { value, arrays } = separateArrays({ image: { toJSON: () => ({ pixels: array }) } })
    expect(value).toEqual({ image: { pixels: null } })
    expect(arrays.map(({ path }) => path)).toEqual([['image', 'pixels']])
  })

  it.each<[string, ArrayBufferView | ArrayBufferLike]>([
    ['a Buffer, though it has toJSON', Buffer.from('abc')],
    ['an ArrayBuffer', new TextEncoder().encode('abc').buffer],
    ['a SharedArrayBuffer', bytesShared('abc').buffer],
    ['a view of a SharedArrayBuffer', bytesShared('abc')],
    ['a clamped array', Uint8ClampedArray.from(Buffer.from('abc'))],
  ])('%s is an array of bytes', (_, bytes) => {
    const { value, arrays } = separateArrays({ bytes })
    expect(value).toEqual({ bytes: null })
    const [{ dtype, shape, array } = {} as (typeof arrays)[number]] = arrays
    expect({ dtype, shape }).toEqual({ dtype: 'uint8', shape: [3] })
    expect(Buffer.from(bytesOfArray(array)).toString()).toBe('abc')
  })

  const cyclic: Record<string, unknown> = {}
  cyclic.self = { me: cyclic }
  const deep = JSON.parse(`${'['.repeat(600)}${']'.repeat(600)}`)
  it.each<[string, unknown, string]>([
    [
      'NaN',
      { a: [1, Number.NaN] },
      'value.a[1] is NaN, which JSON does not have; send null, or an array of numbers with the protocol frames',
    ],
    [
      'infinity',
      -Infinity,
      'value is -Infinity, which JSON does not have; send null, or an array of numbers with the protocol frames',
    ],
    [
      'BigInt',
      { a: [1, { big: 1n }] },
      'value.a[1].big is a BigInt, which JSON does not have; send a number or a string',
    ],
    ['BigInt as the value', 1n, 'value is a BigInt, which JSON does not have; send a number or a string'],
    [
      'BigInt from toJSON',
      { a: { toJSON: () => 1n } },
      'value.a is a BigInt, which JSON does not have; send a number or a string',
    ],
    [
      'DataView',
      [new DataView(new ArrayBuffer(1))],
      'value[0] is a DataView, which cannot be sent; send another typed array',
    ],
    [
      'Float16Array',
      { half: float16() },
      'value.half is a Float16Array, which cannot be sent; send another typed array',
    ],
    ['Map', { 'a-b': new Map() }, 'value["a-b"] is a Map, which JSON does not have; send Object.fromEntries(map)'],
    ['Set', new Set(), 'value is a Set, which JSON does not have; send [...set]'],
    ['Promise', { p: Promise.resolve(1) }, 'value.p is a Promise, which JSON does not have; await it first'],
    [
      'wrong shape',
      { a: Object.assign(new Int8Array(3), { shape: [2] }) },
      'value.a has 3 numbers, which cannot have the shape [2]',
    ],
    ['cycle', cyclic, 'value.self.me.self.me.self.me.self.me… goes more than 500 levels deep, or contains itself'],
    ['too deep', deep, 'value[0][0][0][0][0][0][0][0]… goes more than 500 levels deep, or contains itself'],
  ])('refuses and names the place: %s', (_, value, message) => {
    expect(() => separateArrays(value)).toThrow(new TypeError(message))
  })

  it('a value of many levels is sent', () => {
    const value = JSON.parse(`${'['.repeat(400)}${']'.repeat(400)}`)
    expect(separateArrays(value).value).toBe(value)
  })

  it('an array that came back can be sent on', () => {
    const array: NdArray = toNdArray({ dtype: 'int16', shape: [2, 2] }, new Uint8Array(8))
    expect(separateArrays(array).arrays).toMatchObject([{ path: [], dtype: 'int16', shape: [2, 2] }])
  })
})

function bytesShared(text: string): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(text.length))
  bytes.set(Buffer.from(text))
  return bytes
}

/** Not every Node has them. */
function float16(): ArrayBufferView {
  return Object.defineProperty(new Uint16Array(1), Symbol.toStringTag, { value: 'Float16Array' })
}
