// The short check of requests says the same as the schemas, from which it is made.
import * as v from 'valibot'
import { expect, it, test } from 'vitest'
import type { ServiceMethod } from '../../../src/core/protocol/protocol'
import { requestSchemas } from '../../../src/core/protocol/requestSchemas'
import { predicateOf } from '../../../src/core/protocol/schemaPredicate'
import { goodParams, wrongParams } from '../../support/requestParams'

const strange: readonly unknown[] = [
  null,
  undefined,
  0,
  -1,
  1.5,
  Number.NaN,
  '',
  'a',
  true,
  false,
  [],
  [5],
  {},
  { id: 1 },
]

/** The value itself, and with each of its parts replaced by something strange, or left out. */
function* variants(value: unknown): Generator<unknown> {
  yield* [value, ...strange]
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value)) {
    const put = (part: unknown) => Object.assign(Array.isArray(value) ? [...value] : { ...value }, { [key]: part })
    for (const part of variants((value as Record<string, unknown>)[key])) yield put(part)
    const { [key]: _, ...without } = value as Record<string, unknown>
    yield without
  }
}

it.each(Object.keys(requestSchemas) as ServiceMethod[])('of %s', method => {
  const schema: v.GenericSchema = requestSchemas[method]
  const isRight = predicateOf(schema)
  let checked = 0
  for (const params of [...goodParams[method], ...wrongParams[method]]) {
    for (const variant of variants(params)) {
      checked++
      if (isRight(variant) !== v.is(schema, variant))
        throw new Error(
          `${JSON.stringify(variant)} is ${isRight(variant) ? 'right' : 'wrong'} for the predicate alone.`,
        )
    }
  }
  expect(checked).toBeGreaterThan(strange.length)
})

test('a schema that it cannot read is a fault of this program', () => {
  expect(() => predicateOf(v.date())).toThrow(/type date/)
})
