// Typed arrays in a value: taken out of it before it becomes JSON, and made of bytes again.
import { t } from '@vscode/l10n'
import type { NdArray, TypedArray } from '../../api'

const constructors = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const
/** Names of number types as numpy has them. */
export type DType = keyof typeof constructors

/** By the name that a typed array has for itself, which holds for subclasses and for arrays of other realms too. */
const dtypes: ReadonlyMap<string, DType> = new Map([
  ...Object.entries(constructors).map(([dtype, { name }]) => [name, dtype as DType] as const),
  [Uint8ClampedArray.name, 'uint8'],
])

/** What JSON would make an empty object of without a word, and what to send in its place. */
const unsendable: ReadonlyMap<string, string> = new Map([
  ['Map', t('send Object.fromEntries(map)')],
  ['Set', t('send [...set]')],
  ['Promise', t('await it first')],
])

/** Deeper values cannot be read by everybody; Python's JSON ends at about a thousand. */
const MAX_DEPTH = 500
/** Keys of a place that an error names. */
const MAX_KEYS_SHOWN = 8

/** Keys and indices that lead to a place in a value. */
export type Path = readonly (string | number)[]

export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && Object.hasOwn(constructors, name)
}

export function dtypeOf(array: TypedArray): DType | undefined {
  return dtypes.get(array[Symbol.toStringTag])
}

export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && dtypeOf(value as TypedArray) !== undefined
}

/** @throws TypeError when the shape that an array claims is not its own */
export function shapeOf(array: TypedArray & { shape?: unknown }, place = 'value'): readonly number[] {
  const { shape, length } = array
  if (shape === undefined) return [length]
  if (isShape(shape) && countOf(shape) === length) return shape
  throw new TypeError(t`${place} has ${length} numbers, which cannot have the shape ${JSON.stringify(shape)}`)
}

export function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every(n => Number.isSafeInteger(n) && n >= 0)
}

/** An array that was taken out of a value. */
export interface SeparatedArray {
  path: Path
  dtype: DType
  shape: readonly number[]
  array: TypedArray
}

/** A value without its arrays, and the arrays with their places. */
export interface Separated {
  /** `null` stands where an array was. It is the very value that was given when nothing had to be taken out. */
  value: unknown
  arrays: readonly SeparatedArray[]
}

/**
 * Takes the arrays out of a value. The rest is as JSON has it: `toJSON` is called, and what JSON leaves out is left out.
 * @throws TypeError that names the place of what cannot be sent
 */
export function separateArrays(value: unknown): Separated {
  const separator = new Separator()
  const separated = separator.separate(value)
  const isLeftOut = separated === undefined || typeof separated === 'function' || typeof separated === 'symbol'
  return { value: isLeftOut ? null : separated, arrays: separator.arrays }
}

class Separator {
  readonly arrays: SeparatedArray[] = []
  /** Where we are; copied only for what is found. */
  readonly #path: (string | number)[] = []

  /** What is to be sent of a value; what has nothing to be taken out is not copied. */
  separate(given: unknown): unknown {
    const value = hasToJson(given) ? given.toJSON(`${this.#path.at(-1) ?? ''}`) : given
    if (isNotFinite(value))
      throw this.#error(
        t`is ${value}, which JSON does not have; send null, or an array of numbers with the protocol frames`,
      )
    if (typeof value === 'bigint')
      throw this.#error(t('is a BigInt, which JSON does not have; send a number or a string'))
    if (typeof value !== 'object' || value === null) return value
    if (this.#path.length > MAX_DEPTH) throw this.#error(t`goes more than ${MAX_DEPTH} levels deep, or contains itself`)
    if (ArrayBuffer.isView(value)) return this.#take(value)
    return Array.isArray(value) ? this.#separateItems(value) : this.#separateMembers(value as Record<string, unknown>)
  }

  #separateItems(items: readonly unknown[]): readonly unknown[] {
    let copy: unknown[] | undefined
    for (let i = 0; i < items.length; i++) {
      const item = items[i]
      const separated = this.#separateAt(i, item)
      if (Object.is(separated, item)) continue
      copy ??= items.slice()
      copy[i] = separated
    }
    return copy ?? items
  }

  #separateMembers(members: Record<string, unknown>): unknown {
    const prototype: unknown = Object.getPrototypeOf(members)
    if (prototype !== Object.prototype && prototype !== null) {
      const kind = Object.prototype.toString.call(members).slice('[object '.length, -1)
      if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer')
        return this.#take(new Uint8Array(members as unknown as ArrayBuffer))
      const advice = unsendable.get(kind)
      if (advice) throw this.#error(t`is a ${kind}, which JSON does not have; ${advice}`)
    }
    let copy: Record<string, unknown> | undefined
    for (const key of Object.keys(members)) {
      const member = members[key]
      const separated = this.#separateAt(key, member)
      if (Object.is(separated, member)) continue
      copy ??= { ...members }
      copy[key] = separated // also `__proto__`, since it is there
    }
    return copy ?? members
  }

  #separateAt(key: string | number, value: unknown): unknown {
    if (value === null || (typeof value !== 'object' && typeof value !== 'bigint' && !isNotFinite(value))) return value
    this.#path.push(key)
    const separated = this.separate(value)
    this.#path.pop()
    return separated
  }

  #take(view: ArrayBufferView): null {
    const array = view as TypedArray
    const dtype = dtypeOf(array)
    if (!dtype) throw this.#error(t`is a ${array[Symbol.toStringTag]}, which cannot be sent; send another typed array`)
    const path = this.#path.slice()
    this.arrays.push({ path, dtype, shape: shapeOf(array, placeText(path)), array })
    return null
  }

  #error(problem: string): TypeError {
    return new TypeError(`${placeText(this.#path)} ${problem}`)
  }
}

function isNotFinite(value: unknown): value is number {
  return typeof value === 'number' && !Number.isFinite(value)
}

/** An array travels as its numbers, though a Buffer has a `toJSON`. */
function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

/** As in JavaScript: `value.images[0]`. */
function placeText(path: Path): string {
  const keys = path.slice(0, MAX_KEYS_SHOWN).map(key => {
    if (typeof key === 'string' && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return `.${key}`
    return `[${JSON.stringify(key)}]`
  })
  return `value${keys.join('')}${path.length > MAX_KEYS_SHOWN ? '…' : ''}`
}

export function bytesOfArray(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/** How many numbers an array of this shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1)
}

/** Bytes of the numbers of an array. */
export function arrayBytes({ dtype, shape }: { dtype: DType; shape: readonly number[] }): number {
  return countOf(shape) * constructors[dtype].BYTES_PER_ELEMENT
}

/** A typed array with its shape over bytes, which are copied when they are not aligned for it. */
export function toNdArray({ dtype, shape }: { dtype: DType; shape: readonly number[] }, bytes: Uint8Array): NdArray {
  const TypedArrayOf = constructors[dtype]
  // Not `slice`: a Buffer's own makes another view of the same bytes.
  const aligned = bytes.byteOffset % TypedArrayOf.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes)
  const length = aligned.byteLength / TypedArrayOf.BYTES_PER_ELEMENT
  const array = new TypedArrayOf(aligned.buffer as ArrayBuffer, aligned.byteOffset, length)
  return Object.assign(array, { shape })
}
