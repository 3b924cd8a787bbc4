// Parameters of requests, made from the schemas by which the job service checks them.
import fc from 'fast-check'
import type { ServiceMethod } from '../../src/core/protocol/protocol'
import { requestSchemas } from '../../src/core/protocol/requestSchemas'
import { oddNumber, text } from './junk'

/** What is read of a schema of valibot. */
interface Schema {
  kind: string
  type: string
  message?: unknown
  pipe?: readonly Schema[]
  entries?: Readonly<Record<string, Schema>>
  item?: Schema
  options?: readonly Schema[] | readonly string[]
  wrapped?: Schema
  literal?: unknown
}

type Values = fc.Arbitrary<unknown>

/**
 * Values that a schema accepts.
 * @param words for fields of this name: ids that exist, programs that may run
 */
export function fromSchema(schema: Schema, words: Readonly<Record<string, Values>>, name = ''): Values {
  const known = words[name]
  if (known) return known
  const inner = (part: Schema | undefined) => fromSchema(part as Schema, words, name)
  const whole = schema.pipe?.findLast(part => part.kind === 'schema')
  if (whole && whole.type !== 'custom')
    return fromSchema({ ...whole, pipe: undefined } as unknown as Schema, words, name)
  switch (schema.type) {
    case 'object':
      return recordOf(schema.entries ?? {}, words)
    case 'array':
      return fc.array(inner(schema.item), { maxLength: 3 })
    case 'union':
      return fc.oneof(...(schema.options as readonly Schema[]).map(inner))
    case 'picklist':
      return fc.constantFrom(...(schema.options as readonly string[]))
    case 'exact_optional':
      return inner(schema.wrapped)
    case 'nullable':
      return fc.option(inner(schema.wrapped))
    case 'literal':
      return fc.constant(schema.literal)
    case 'null':
      return fc.constant(null)
    case 'unknown':
      return fc.jsonValue()
    case 'string':
      return text
    case 'boolean':
      return fc.boolean()
    case 'number':
      return oddNumber
    default:
      return custom(String(schema.message))
  }
}

function recordOf(entries: Readonly<Record<string, Schema>>, words: Readonly<Record<string, Values>>): Values {
  const fields = Object.entries(entries).map(([name, schema]) => [name, fromSchema(schema, words, name)] as const)
  const requiredKeys = Object.keys(entries).filter(name => entries[name]?.type !== 'exact_optional')
  return fc.record(Object.fromEntries(fields), { requiredKeys })
}

/** What a schema checks with a function is made here; one that is new has to be added. */
function custom(message: string): Values {
  switch (message) {
    case 'a string':
      return text
    case 'a whole number of 0 or more':
      return fc.oneof(fc.nat({ max: 300 }), fc.constant(Number.MAX_SAFE_INTEGER))
    case 'a whole number of 1 or more':
      return fc.integer({ min: 1, max: 4 })
    case 'a whole number':
      return fc.integer({ min: -300, max: 300 })
    case 'an object':
      return fc.dictionary(text, fc.jsonValue(), { maxKeys: 2 })
    case 'an object of strings':
      return fc.dictionary(text, text, { maxKeys: 2 })
    case 'an object of strings and nulls':
      return fc.dictionary(text, fc.option(text), { maxKeys: 2 })
    default:
      throw new Error(`There are no values for a schema that asks for ${message}.`)
  }
}

export function paramsFor(method: ServiceMethod, words: Readonly<Record<string, Values>>): Values {
  return fromSchema(requestSchemas[method] as unknown as Schema, words)
}
