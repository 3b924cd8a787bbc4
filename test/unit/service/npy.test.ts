// What stands before the numbers of a .npy file is what numpy writes there itself.
import { describe, expect, it } from 'vitest'
import type { DType } from '../../../src/core/values/arrays'
import { npyHeader } from '../../../src/service/history/npy'

/** The parts of a header, taken apart as the format's description defines them. */
function parse(header: Uint8Array) {
  const view = new DataView(header.buffer)
  const [magic, major, minor] = [Buffer.from(header.subarray(0, 6)).toString('latin1'), header[6], header[7]]
  const start = major === 1 ? 10 : 12
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  return { magic, version: `${major}.${minor}`, start, length, text: Buffer.from(header.subarray(start)).toString() }
}

describe('a header', () => {
  it.each<[DType, readonly number[], string]>([
    ['float32', [20, 20, 3], "{'descr': '<f4', 'fortran_order': False, 'shape': (20, 20, 3), }"],
    ['float64', [3], "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"],
    ['uint8', [], "{'descr': '|u1', 'fortran_order': False, 'shape': (), }"],
    ['int8', [0, 2], "{'descr': '|i1', 'fortran_order': False, 'shape': (0, 2), }"],
    ['int16', [1], "{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }"],
    ['uint64', [4294967296], "{'descr': '<u8', 'fortran_order': False, 'shape': (4294967296,), }"],
  ])('of %s %j', (dtype, shape, text) => {
    const header = npyHeader({ dtype, shape })
    const parts = parse(header)
    expect(parts).toMatchObject({ magic: '\x93NUMPY', version: '1.0', length: header.length - 10 })
    expect(parts.text.trimEnd()).toBe(text)
    expect(parts.text.endsWith('\n')).toBe(true)
    expect(header.length).toBe(128)
  })

  it('is, byte for byte, that of numpy 2', () => {
    const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    const bytes = Buffer.concat([Buffer.from('934e554d50590100', 'hex'), Buffer.from([0x76, 0])])
    const expected = Buffer.concat([bytes, Buffer.from(`${text.padEnd(117)}\n`)])
    expect(Buffer.from(npyHeader({ dtype: 'float32', shape: [2, 3] }))).toEqual(expected)
  })

  it('that is longer than version 1.0 can say has version 2.0', () => {
    const shape = Array.from({ length: 30_000 }, () => 1)
    const header = npyHeader({ dtype: 'float32', shape })
    expect(parse(header)).toMatchObject({ version: '2.0', start: 12, length: header.length - 12 })
    expect(header.length % 64).toBe(0)
  })

  it.each([21_818, 21_819, 21_820, 21_821, 21_822, 21_823, 21_824, 21_825])('states its length, with %i axes', axes => {
    const header = npyHeader({ dtype: 'float32', shape: Array.from({ length: axes }, () => 1) })
    const { start, length } = parse(header)
    expect(start + length).toBe(header.length)
  })
})
