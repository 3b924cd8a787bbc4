// Values and bytes that are nearly right, and such that are not at all.
import fc from 'fast-check'

/** Names that every object has, and what is easily mistaken for something else. */
const tricky = ['', '__proto__', 'constructor', 'toString', 'length', '0', '-1', 'null', 'true', 'NaN']
// Neither a slash nor what a shell would act on: some of it is run as a command, or is the name of a file.
const characters = [...'abcXYZ019 -_äß🦊中"\\\u0000\n\ud800']

export const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 }) },
  { weight: 3, arbitrary: fc.constantFrom(...tricky) },
)

export const oddNumber = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(0.5, -0.5, 1e9, 2 ** 31, 2 ** 53, -(2 ** 63), 1e300, 5e-324),
)

const leaf = fc.oneof(fc.constant(null), fc.boolean(), oddNumber, text)
const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 5, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(text, tie('value'), { maxKeys: 3 }) },
  ),
}))

/** Lists in lists in lists. */
export function nested(depth: number): unknown {
  let at: unknown = 0
  for (let i = 0; i < depth; i++) at = [at]
  return at
}

/** Any JSON. */
export const junk = fc.oneof(
  { weight: 50, arbitrary: value },
  { weight: 1, arbitrary: fc.constant(nested(200)) },
  { weight: 1, arbitrary: fc.constant('x'.repeat(20_000)) },
)

export const change = fc.record({
  how: fc.constantFrom('replace', 'remove', 'add'),
  at: fc.nat(),
  name: text,
  by: junk,
})
export type Change = typeof change extends fc.Arbitrary<infer C> ? C : never

/** JSON of a kind, most of it changed in some places. */
export function changed(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.array(change, { maxLength: 3 }))
    .map(([value, changes]) => changes.reduce<unknown>(applyChange, value))
}

export function applyChange(value: unknown, { how, at, name, by }: Change): unknown {
  const root = { value: structuredClone(value) }
  const places = [...placesIn(root)]
  const place = places[at % places.length]
  if (!place) return by
  const [owner, key] = place
  const child = owner[key]
  if (how === 'add' && typeof child === 'object' && child !== null) define(child, name, by)
  else if (how === 'remove' && places.length > 1) delete owner[key]
  else define(owner, key, by)
  return root.value
}

/** As JSON has it, where `__proto__` is a name like others. */
function define(owner: object, name: string, value: unknown): void {
  if (Array.isArray(owner) && !Number.isInteger(Number(name || 'none'))) owner.push(value)
  else if (Array.isArray(owner)) owner[Math.min(owner.length, Math.abs(Number(name)))] = value
  else Object.defineProperty(owner, name, { value, enumerable: true, configurable: true, writable: true })
}

function* placesIn(owner: object): Generator<[Record<string, unknown>, string]> {
  for (const [key, child] of Object.entries(owner)) {
    yield [owner as Record<string, unknown>, key]
    if (typeof child === 'object' && child !== null) yield* placesIn(child)
  }
}

export const edit = fc.record({
  how: fc.constantFrom('flip', 'fill', 'copy', 'cut', 'insert'),
  at: fc.nat(),
  from: fc.nat(),
  length: fc.integer({ min: 1, max: 32 }),
  byte: fc.constantFrom(0, 1, 2, 6, 9, 10, 32, 0x7f, 0x80, 0xff),
})
export type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never

/** @param places to which `at` may point; all when there are none */
export function edited(bytes: Uint8Array, edits: readonly Edit[], places: readonly number[] = []): Buffer {
  let all = Buffer.from(bytes)
  for (const { how, at, from, length, byte } of edits) {
    const start = places.length > 0 ? Math.min(all.length, places[at % places.length] as number) : at % (all.length + 1)
    if (how === 'flip' && start < all.length) all[start] = (all[start] as number) ^ (byte || 1)
    if (how === 'fill') all.fill(byte, start, Math.min(all.length, start + length))
    if (how === 'copy') all.copyWithin(start, from % (all.length + 1), (from % (all.length + 1)) + length)
    if (how === 'cut') all = Buffer.concat([all.subarray(0, start), all.subarray(start + length)])
    if (how === 'insert') all = Buffer.concat([all.subarray(0, start), Buffer.alloc(length, byte), all.subarray(start)])
  }
  return all
}

/** How a stream may come: the sizes of its pieces, again and again. */
export const pieceSizes = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100 })), {
  minLength: 1,
  maxLength: 6,
})

export function* inPieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + (sizes[i % sizes.length] as number)
    yield bytes.subarray(at, end)
    at = end
  }
}
