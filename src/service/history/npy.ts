// The header of numpy's .npy files, which hold one array each.
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import type { DType } from '../../core/values/arrays'

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] // "\x93NUMPY"
/** The numbers begin at a multiple of this, so that they can be mapped into memory. */
const ALIGNMENT = 64
/** The longest header of version 1.0. */
const MAX_LENGTH_1_0 = 0xffff

/** Numbers in C order, little endian, follow it. */
export function npyHeader({ dtype, shape }: { dtype: DType; shape: readonly number[] }): Uint8Array<ArrayBuffer> {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${descrOf(dtype)}', 'fortran_order': False, 'shape': (${axes}), }`
  const isShort = headerBytes(text, 2) - MAGIC.length - 4 <= MAX_LENGTH_1_0
  const lengthBytes = isShort ? 2 : 4
  const header = new Uint8Array(headerBytes(text, lengthBytes)).fill(0x20)
  const start = MAGIC.length + 2 + lengthBytes
  const view = new DataView(header.buffer)
  header.set(MAGIC)
  header.set([isShort ? 1 : 2, 0], MAGIC.length)
  if (isShort) view.setUint16(MAGIC.length + 2, header.length - start, true)
  else view.setUint32(MAGIC.length + 2, header.length - start, true)
  header.set(new TextEncoder().encode(text), start)
  header[header.length - 1] = 0x0a
  return header
}

/** With magic, version, length, padding and line end. */
function headerBytes(text: string, lengthBytes: number): number {
  return Math.ceil((MAGIC.length + 2 + lengthBytes + text.length + 1) / ALIGNMENT) * ALIGNMENT
}

/** As numpy writes a type: order of the bytes, kind, size. */
function descrOf(dtype: DType): string {
  const bytes = Number(/\d+$/.exec(dtype)?.[0]) / 8
  return `${bytes === 1 ? '|' : '<'}${dtype[0]}${bytes}`
}
