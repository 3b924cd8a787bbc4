import { afterEach, describe, expect, it, vi } from 'vitest'
import type { TypedArray } from '../../../src/api'
import { bytesOfArray, separateArrays, toNdArray } from '../../../src/core/values/arrays'
import {
  type ArrayEntry,
  decodeFrame,
  encodeFrame,
  FRAME_HEADER_BYTES,
  type Frame,
  FrameError,
  FrameReader,
  isArrayFileName,
  join,
  MAX_FRAME_BYTES,
  placeArray,
  withFrameId,
} from '../../../src/core/values/frames'

const JOB = '01234567-89ab-cdef-0123-456789abcdef'

/** A frame with the arrays of the value in it. */
function frameOf(value: unknown, id = 1) {
  const { value: rest, arrays } = separateArrays(value)
  const entries = arrays.map(({ path, dtype, shape }) => ({ path: ['value', ...path], dtype, shape }))
  const inline = arrays.map(({ array }) => bytesOfArray(array))
  return encodeFrame(id, { value: rest }, entries, inline)
}

function valueIn(frame: Uint8Array): unknown {
  const { head, arrays, inline } = decodeFrame(frame)
  for (const [i, entry] of arrays.entries()) placeArray(head, entry.path, toNdArray(entry, inline[i] as Uint8Array))
  return head.value
}

/** A frame whose parts fit together as badly as wanted. */
function rawFrame(head: string, { body = 0, headLength = head.length, bodyLength = BigInt(body) } = {}): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + head.length + body)
  const view = new DataView(frame.buffer)
  frame.set(Buffer.from('HJF1'))
  view.setUint32(4, 7, true)
  view.setUint32(8, headLength, true)
  view.setBigUint64(16, bodyLength, true)
  frame.set(Buffer.from(head, 'latin1'), FRAME_HEADER_BYTES)
  return frame
}

function describing(entry: unknown): string {
  return JSON.stringify({ value: null, arrays: [entry] })
}

function reading(limit = MAX_FRAME_BYTES) {
  const frames: Frame[] = []
  return { frames, reader: new FrameReader(limit, frame => frames.push(frame)) }
}

function readAll(chunks: readonly Uint8Array[]): Frame[] {
  const { frames, reader } = reading()
  for (const chunk of chunks) reader.push(chunk)
  reader.end()
  return frames
}

const shaped = <A extends TypedArray>(array: A, ...shape: number[]) => Object.assign(array, { shape })

describe('a frame in one piece', () => {
  it('has the bytes that the format defines', () => {
    const frame = encodeFrame(
      258,
      { value: null },
      [{ path: ['value'], dtype: 'int8', shape: [3] }],
      [Uint8Array.of(1, 2, 3)],
    )
    const head = '{"value":null,"arrays":[{"path":["value"],"dtype":"int8","shape":[3]}]}'
    const buffer = Buffer.from(frame)
    expect(buffer.toString('latin1', 0, 4)).toBe('HJF1')
    expect([4, 8, 12, 16, 20].map(at => buffer.readUInt32LE(at))).toEqual([258, 72, 0, 8, 0])
    expect(buffer.toString('latin1', 24, 24 + 72)).toBe(head.padEnd(72))
    expect([...frame.subarray(24 + 72)]).toEqual([1, 2, 3, 0, 0, 0, 0, 0])
  })

  it.each<[string, unknown]>([
    ['no arrays', { a: [1, 'ü🦊', null], arrays: [{ path: 'mine' }] }],
    [
      'all number types',
      [
        new Int8Array(3),
        new Uint8Array(5),
        new Int16Array(1),
        new Uint16Array(2),
        new Int32Array(3),
        new Uint32Array(1),
        BigInt64Array.of(-1n),
        BigUint64Array.of(1n),
        Float32Array.of(0.5, -0),
        Float64Array.of(Number.NaN, 1e300),
      ].map(array => shaped(array, array.length)),
    ],
    ['no axis', shaped(Float64Array.of(42))],
    ['an empty array', shaped(new Float32Array(0), 0)],
    ['an empty axis', shaped(new Float32Array(0), 2, 0, 3)],
    [
      'three axes',
      shaped(
        Int16Array.from({ length: 24 }, (_, i) => i),
        2,
        3,
        4,
      ),
    ],
    [
      'places deep inside',
      { '0': [{ arrays: shaped(Uint8Array.of(1), 1) }], toJSON: 1, '': shaped(Uint8Array.of(2), 1) },
    ],
    ['keys of prototypes', JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":2}}')],
  ])('comes back as it was: %s', (_, value) => {
    const back = valueIn(frameOf(value))
    expect(back).toEqual(value)
    expect(JSON.stringify(Object.keys(Object(back)))).toBe(JSON.stringify(Object.keys(Object(value))))
  })

  it('puts an array under a key named __proto__ where it belongs', () => {
    const value = JSON.parse('{"__proto__":null}')
    const frame = encodeFrame(
      1,
      { value },
      [{ path: ['value', '__proto__'], dtype: 'int8', shape: [1] }],
      [Uint8Array.of(5)],
    )
    const back = valueIn(frame) as object
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(Object.entries(back)).toEqual([['__proto__', shaped(Int8Array.of(5), 1)]])
  })

  it('may lie anywhere in a larger buffer', () => {
    const value = { a: shaped(Float64Array.of(1, 2), 2) }
    const frame = frameOf(value)
    for (const offset of [1, 4, 8]) {
      const larger = Buffer.alloc(frame.length + 16)
      larger.set(frame, offset)
      expect(valueIn(larger.subarray(offset, offset + frame.length))).toEqual(value)
    }
  })

  it('does not copy the bytes of arrays', () => {
    const frame = frameOf(new Float64Array(4))
    expect(decodeFrame(frame).inline[0]?.buffer).toBe(frame.buffer)
  })

  it('has no bytes of an array with a file', () => {
    const file = `${JOB}.0a1b.array`
    const entries: ArrayEntry[] = [
      { path: ['value', 0], dtype: 'int8', shape: [1000], file },
      { path: ['value', 1], dtype: 'int8', shape: [1] },
    ]
    const { arrays, inline } = decodeFrame(encodeFrame(1, { value: [null, null] }, entries, [Uint8Array.of(3)]))
    expect(arrays).toEqual(entries)
    expect(inline).toEqual([undefined, Uint8Array.of(3)])
  })

  it.each<[string, Uint8Array]>([
    ['too short for a header', rawFrame('{}').subarray(0, 20)],
    ['shorter than its header', frameOf(new Float64Array(4)).subarray(0, -1)],
    ['longer than its header', Buffer.concat([frameOf(1), Buffer.alloc(8)])],
    ['not a frame', Buffer.from('a'.repeat(64))],
  ])('is refused: %s', (_, frame) => {
    expect(() => decodeFrame(frame)).toThrow(FrameError)
    expect(() => withFrameId(frame, 1)).toThrow(FrameError)
  })

  it('is not made when it would be too long to be read', () => {
    const MiB = new Uint8Array(1024 * 1024)
    const entries = Array.from(
      { length: 256 },
      (_, i): ArrayEntry => ({ path: [i], dtype: 'uint8', shape: [MiB.length] }),
    )
    expect(() => encodeFrame(1, {}, entries, Array(256).fill(MiB))).toThrow(TypeError)
  })
})

describe('the id of a frame', () => {
  it.each([0, 1, 2 ** 32 - 1])('%d', id => {
    expect(decodeFrame(encodeFrame(id, {})).id).toBe(id)
  })

  it('is another one in the copy, also of a Buffer', () => {
    for (const frame of [
      frameOf('x', 1),
      Buffer.from(frameOf('x', 1)),
      Buffer.concat([Buffer.of(0), frameOf('x', 1)]).subarray(1),
    ]) {
      const copy = withFrameId(frame, 77)
      expect(decodeFrame(copy)).toMatchObject({ id: 77, head: { value: 'x' } })
      expect(decodeFrame(frame).id).toBe(1)
    }
  })
})

describe('names of files of arrays', () => {
  it('bear the id of the job', () => {
    expect(isArrayFileName(`${JOB}.0f.array`)).toBe(true)
  })

  it.each([
    `../${JOB}.0.array`,
    `/dev/shm/${JOB}.0.array`,
    `${JOB}/../0.array`,
    `${JOB}.0\\.array`,
    `${JOB}...array`,
    `${JOB}.0.array\n`,
    `${JOB}.0.out`,
    'x.0.array',
    '',
    7,
    null,
  ])('%j is none', name => {
    expect(isArrayFileName(name)).toBe(false)
  })
})

describe('the reader', () => {
  const values = [{ a: shaped(Float32Array.of(1, 2, 3), 3) }, 'ü🦊', shaped(new Uint8Array(100), 10, 10), null]
  const stream = Buffer.concat(values.map((value, i) => frameOf(value, i + 1)))

  it.each([1, 2, 3, 7, 23, 24, 25, 31, 64, 100, 1000])('cuts frames out of chunks of %d bytes', size => {
    const chunks: Uint8Array[] = []
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size))
    const frames = readAll(chunks)
    expect(frames.map(({ id }) => id)).toEqual([1, 2, 3, 4])
    expect(frames.map(({ chunks, bytes }) => valueIn(join(chunks, bytes)))).toEqual(values)
  })

  it('cuts frames out of chunks that are split at any two places', () => {
    const short = Buffer.concat([encodeFrame(1, { value: 1 }), frameOf(shaped(Int8Array.of(1), 1), 2)])
    for (let a = 0; a < short.length; a++)
      for (let b = a; b < short.length; b++) {
        const frames = readAll([short.subarray(0, a), short.subarray(a, b), short.subarray(b)])
        if (
          frames.length !== 2 ||
          frames.some(({ id, bytes, chunks }, i) => id !== i + 1 || join(chunks, bytes).length !== bytes)
        )
          expect.fail(`split at ${a} and ${b}`)
      }
  })

  it('separates the head from the arrays', () => {
    const [frame] = readAll([frameOf({ image: shaped(new Uint8Array(6), 2, 3) }, 9)])
    expect(frame).toMatchObject({
      id: 9,
      head: { value: { image: null } },
      arrays: [{ path: ['value', 'image'], dtype: 'uint8', shape: [2, 3] }],
    })
    expect(frame?.head).not.toHaveProperty('arrays')
  })

  it('has frames at once, before the next byte comes', () => {
    const { frames, reader } = reading()
    reader.push(frameOf(1))
    expect(frames).toHaveLength(1)
  })

  it('accepts a frame as long as the limit', () => {
    const frame = frameOf('x'.repeat(100))
    const { frames, reader } = reading(frame.length)
    reader.push(frame)
    expect(frames).toHaveLength(1)
  })

  it('may receive nothing', () => {
    expect(readAll([Buffer.alloc(0), frameOf(1), Buffer.alloc(0)])).toHaveLength(1)
    expect(readAll([])).toEqual([])
  })

  it.each([
    ['a line', 'hello world, this is longer than the header\nmore', 'hello world, this is longer than the header'],
    ['a few letters', 'hi\n', 'hi'],
    ['blank lines before it', '\n\nLoading…', 'Loading…'],
    ['no line end', 'x'.repeat(1000), 'x'.repeat(80)],
  ])('names the text that something printed: %s', (_, text, named) => {
    const sentence = `no frame begins with ${JSON.stringify(named)}; what is printed must go to stderr`
    expect(() => reading().reader.push(Buffer.from(text))).toThrow(new FrameError(sentence))
    const { frames, reader } = reading()
    expect(() => reader.push(Buffer.concat([frameOf(1), Buffer.from(text)]))).toThrow(new FrameError(sentence))
    expect(frames).toHaveLength(1)
  })

  it('knows at the first wrong byte that no frame comes', () => {
    const { reader } = reading()
    reader.push(Buffer.from('HJ'))
    expect(() => reader.push(Buffer.from('X'))).toThrow('no frame begins with "HJX"')
  })

  it.each([
    ['in the header', 10, 'after 10 bytes'],
    ['after the header', 24, 'after 24 of 40 bytes'],
    ['in the head', 30, 'after 30 of 40 bytes'],
  ])('reports a half frame that ends %s', (_, length, words) => {
    const { reader, frames } = reading()
    reader.push(Buffer.concat([frameOf(1), frameOf(1, 2).subarray(0, length)]))
    expect(frames).toHaveLength(1)
    expect(() => reader.end()).toThrow(new FrameError(`its stdout ended in the middle of a frame, ${words}`))
  })

  it.each([
    ['a body of 64 bits', { bodyLength: 2n ** 64n - 1n }],
    ['a body beyond exact numbers', { bodyLength: 2n ** 53n + 1n }],
    ['a head of 32 bits', { headLength: 2 ** 32 - 1 }],
    ['one byte over the limit', { bodyLength: BigInt(MAX_FRAME_BYTES) - 24n - 2n + 1n }],
  ])('refuses at its header what is too long: %s', (_, lengths) => {
    const header = rawFrame('{}', lengths).subarray(0, FRAME_HEADER_BYTES)
    expect(() => reading().reader.push(header)).toThrow(
      /^a frame of \d+ bytes is too long; the limit is 268435456 bytes$/,
    )
    const { reader } = reading()
    reader.push(header.subarray(0, 23))
    expect(() => reader.push(header.subarray(23))).toThrow(FrameError)
  })

  const entry = { path: ['value'], dtype: 'int8', shape: [8] }
  it.each<[string, Uint8Array, string]>([
    ['no head', rawFrame(''), 'the head of a frame is not JSON'],
    ['a head that is no JSON', rawFrame('{"value":[  '), 'the head of a frame is not JSON: {"value":['],
    ['a list', rawFrame('[1]'), 'the head of a frame is not an object'],
    ['null', rawFrame('null'), 'the head of a frame is not an object'],
    ['a text', rawFrame('"x"'), 'the head of a frame is not an object'],
    ['arrays that are no list', rawFrame('{"arrays":{}}'), 'the arrays of a frame are not a list'],
    ['arrays that are null', rawFrame('{"arrays":null}'), 'the arrays of a frame are not a list'],
    ['bytes without an array', rawFrame('{}', { body: 8 }), 'a frame has 8 bytes for arrays that need 0'],
    [
      'too few bytes',
      rawFrame(describing({ ...entry, shape: [9] }), { body: 8 }),
      'a frame has 8 bytes for arrays that need 16',
    ],
    ['too many bytes', rawFrame(describing(entry), { body: 16 }), 'a frame has 16 bytes for arrays that need 8'],
    [
      'a file and bytes',
      rawFrame(describing({ ...entry, file: `${JOB}.0.array` }), { body: 8 }),
      'a frame has 8 bytes for arrays that need 0',
    ],
    [
      'an array of more bytes than there are',
      rawFrame(describing({ ...entry, shape: [2 ** 52, 2 ** 52] }), { body: 8 }),
      `a frame has 8 bytes for arrays that need ${2 ** 104}`,
    ],
  ])('refuses %s', (_, frame, message) => {
    expect(() => reading().reader.push(frame)).toThrow(new FrameError(message))
    expect(() => decodeFrame(frame)).toThrow(new FrameError(message))
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['no path', { ...entry, path: undefined }],
    ['an empty path', { ...entry, path: [] }],
    ['a path with a fraction', { ...entry, path: [1.5] }],
    ['a path in a path', { ...entry, path: [['value']] }],
    ['an unknown dtype', { ...entry, dtype: 'float16' }],
    ['a dtype that is a key of every object', { ...entry, dtype: 'constructor' }],
    ['no shape', { ...entry, shape: undefined }],
    ['a negative shape', { ...entry, shape: [-8] }],
    ['a shape of texts', { ...entry, shape: ['8'] }],
    ['a shape beyond exact numbers', { ...entry, shape: [2 ** 53] }],
    ['a path to a file', { ...entry, file: `../${JOB}.0.array` }],
    ['an absolute path to a file', { ...entry, file: '/etc/passwd' }],
    ['two dots', { ...entry, file: '..' }],
    ['a file that is null', { ...entry, file: null }],
  ])('refuses an array that is described wrongly: %s', (_, wrong) => {
    expect(() => reading().reader.push(rawFrame(describing(wrong), { body: 8 }))).toThrow(
      /^a frame describes an array wrongly: /,
    )
  })

  describe('is linear in the size', () => {
    afterEach(() => vi.restoreAllMocks())

    /** Counts what is copied by the only means that the codec copies with. */
    function countCopied() {
      const set = vi.spyOn(Uint8Array.prototype, 'set')
      return () => set.mock.calls.reduce((sum, [source]) => sum + source.length, 0)
    }

    it('copies nothing of a large body', () => {
      const size = 64 * 1024
      const times = 1600
      const head = describing({ path: ['value'], dtype: 'uint8', shape: [times * size] })
      const header = rawFrame(head, { bodyLength: BigInt(times * size) })
      const chunk = new Uint8Array(size)
      const { frames, reader } = reading()
      const copied = countCopied()
      reader.push(header)
      for (let i = 0; i < times; i++) reader.push(chunk)
      expect(copied()).toBe(0)
      expect(frames.map(({ bytes, chunks }) => [bytes, chunks.length])).toEqual([
        [header.length + times * size, times + 1],
      ])
      expect(frames[0]?.chunks.every(one => one.buffer === chunk.buffer || one.buffer === header.buffer)).toBe(true)
    })

    it('copies a large head once', () => {
      const frame = frameOf('x'.repeat(1024 * 1024))
      const { frames, reader } = reading()
      const copied = countCopied()
      for (let at = 0; at < frame.length; at += 1000) reader.push(frame.subarray(at, at + 1000))
      expect(frames).toHaveLength(1)
      expect(copied()).toBeLessThanOrEqual(frame.length)
    })

    it('copies nothing of many small frames in one chunk', () => {
      const one = frameOf(1)
      const chunk = Buffer.concat(Array<Uint8Array>(2000).fill(one))
      const { frames, reader } = reading()
      const copied = countCopied()
      reader.push(chunk)
      expect(copied()).toBe(0)
      expect(frames).toHaveLength(2000)
      expect(frames.every(({ chunks }) => chunks.length === 1 && chunks[0]?.buffer === chunk.buffer)).toBe(true)
    })
  })
})

describe('putting an array into a message', () => {
  const array = shaped(Int8Array.of(1), 1)

  it.each<[string, Record<string, unknown>, (string | number)[], unknown]>([
    ['as the value', { value: null }, ['value'], { value: array }],
    ['in a list', { value: [0, null] }, ['value', 1], { value: [0, array] }],
    ['under a key that looks like a number', { value: { 0: null } }, ['value', '0'], { value: { 0: array } }],
  ])('%s', (_, head, path, expected) => {
    placeArray(head, path, array)
    expect(head).toEqual(expected)
  })

  it.each<[string, unknown, (string | number)[]]>([
    ['a key that is not there', {}, ['value', 'a']],
    ['a key of every object', {}, ['value', 'constructor']],
    ['an index beyond the list', [], ['value', 0]],
    ['a negative index', [null], ['value', -1]],
    ['something in a text', 'text', ['value', 0]],
    ['something in null', null, ['value', 'a']],
    ['where something else is', { a: 1 }, ['value', 'a']],
    ['inside of another array', shaped(new Int8Array(2), 2), ['value', 0]],
    ['the shape of another array', shaped(new Int8Array(2), 2), ['value', 'shape', 0]],
  ])('refuses %s', (_, value, path) => {
    const before = structuredClone(value)
    const head = { value }
    expect(() => placeArray(head, path, array)).toThrow(
      new FrameError(`a frame has an array for a place that its message does not have: ${JSON.stringify(path)}`),
    )
    expect(head.value).toEqual(
      value === null || typeof value !== 'object' || !ArrayBuffer.isView(value) ? before : value,
    )
  })
})
