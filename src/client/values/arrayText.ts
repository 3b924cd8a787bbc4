// Arrays of numbers as text: for reading, with the first numbers of large ones, and as nested lists, as input of a worker
// that is run from a shell.
import type { NdArray, TypedArray } from '../../api'
import { countOf, type DType, dtypeOf, isTypedArray } from '../../core/values/arrays'

/** A larger array is shown by so many of its numbers. */
const MAX_SHOWN_NUMBERS = 100
/** Digits that distinguish any two numbers of 32 bits, and digits that are enough for nearly all. */
const FLOAT32_DIGITS = 9
const FEW_DIGITS = 7
/** Numbers that are converted to text at a time. */
const RUN_LENGTH = 4096
/** Text is yielded in pieces of about this many characters. */
const PIECE_LENGTH = 64 * 1024

interface Described {
  dtype: DType
  shape: readonly number[]
}

/** How many numbers of an array are shown, from the first on. */
export function shownCount({ shape }: Pick<Described, 'shape'>): number {
  return Math.min(countOf(shape), MAX_SHOWN_NUMBERS)
}

/**
 * An array as it is shown to users, as a JSON value.
 * @param first as many of its numbers as are shown
 */
export function shownArray({ dtype, shape }: Described, first: TypedArray): Readonly<Record<string, unknown>> {
  const numbers = Array.from(first, (n: number | bigint) => shownNumber(n, dtype))
  const leftOut = countOf(shape) - numbers.length
  if (leftOut > 0) return { dtype, shape, firstValues: numbers, valuesLeftOut: leftOut }
  return { dtype, shape, values: nested(numbers, shape) }
}

/** JSON has no NaN, no infinity, and in JavaScript no number of 64 bits: these become strings. */
function shownNumber(n: number | bigint, dtype: DType): number | string {
  if (typeof n === 'number') return Number.isFinite(n) ? shortest(n, dtype) : String(n)
  return Number.isSafeInteger(Number(n)) ? Number(n) : String(n)
}

/** A number of 32 bits with the fewest digits that name it: 0.1 rather than 0.10000000149011612. */
function shortest(n: number, dtype: DType): number {
  if (dtype !== 'float32' || Number.isSafeInteger(n)) return n
  for (let digits = FEW_DIGITS; digits < FLOAT32_DIGITS; digits++) {
    const short = Number(n.toPrecision(digits))
    if (Math.fround(short) === n) return short
  }
  return Number(n.toPrecision(FLOAT32_DIGITS))
}

/** Numbers in C order as lists in lists. */
function nested(numbers: readonly unknown[], [length, ...inner]: readonly number[]): unknown {
  if (length === undefined) return numbers[0]
  if (inner.length === 0) return numbers
  const step = countOf(inner)
  return Array.from({ length }, (_, i) => nested(numbers.slice(i * step, (i + 1) * step), inner))
}

/**
 * A value as JSON, arrays as nested lists, in pieces that together are the text. NaN and infinity are as Python's `json`
 * writes and reads them.
 */
export function* jsonPieces(value: unknown): Generator<string> {
  let piece = ''
  for (const part of jsonParts(value)) {
    piece += part
    if (piece.length < PIECE_LENGTH) continue
    yield piece
    piece = ''
  }
  yield piece
}

function* jsonParts(value: unknown): Generator<string> {
  if (isTypedArray(value)) {
    const array = value as NdArray
    yield* listParts(array, array.shape, 0, dtypeOf(array) as DType)
  } else if (Array.isArray(value)) {
    yield '['
    for (const [i, item] of value.entries()) {
      if (i > 0) yield ','
      yield* jsonParts(item)
    }
    yield ']'
  } else if (typeof value === 'object' && value !== null) {
    yield '{'
    for (const [i, [key, member]] of Object.entries(value).entries()) {
      yield `${i > 0 ? ',' : ''}${JSON.stringify(key)}:`
      yield* jsonParts(member)
    }
    yield '}'
  } else yield JSON.stringify(value)
}

/** @param from where in the array the list begins that has this shape */
function* listParts(array: TypedArray, shape: readonly number[], from: number, dtype: DType): Generator<string> {
  const [length, ...inner] = shape
  if (length === undefined) {
    yield numberText(array[from] as number | bigint, dtype)
    return
  }
  yield '['
  const step = inner.length > 0 ? 1 : RUN_LENGTH
  for (let i = 0; i < length; i += step) {
    if (i > 0) yield ','
    if (inner.length > 0) yield* listParts(array, inner, from + i * countOf(inner), dtype)
    else yield runText(array.subarray(from + i, from + Math.min(i + step, length)), dtype)
  }
  yield ']'
}

function runText(run: TypedArray, dtype: DType): string {
  return Array.from(run, (n: number | bigint) => numberText(n, dtype)).join(',')
}

/** Numbers of float types have a decimal point: Python reads 1 and 1.0 as different types. */
function numberText(n: number | bigint, dtype: DType): string {
  if (typeof n === 'bigint' || !Number.isFinite(n)) return String(n)
  const text = String(shortest(n, dtype))
  return dtype.startsWith('float') && /^-?\d+$/.test(text) ? `${text}.0` : text
}
