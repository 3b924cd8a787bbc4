// A schema as a function that only says whether a value is right. The library copies what it checks; requests come by the
// thousand, are nearly always right, and go on as they came, so that the copies would be garbage.
import type * as v from 'valibot'

type Predicate = (value: unknown) => boolean

/** What this reads of a schema: its kinds are those of `requestSchemas`. */
interface Readable {
  readonly kind: string
  readonly type: string
  readonly pipe?: readonly Readable[]
  readonly entries?: Readonly<Record<string, Readable>>
  readonly item?: Readable
  readonly wrapped?: Readable
  readonly options?: readonly unknown[]
  readonly literal?: unknown
  readonly check?: Predicate
}

/** @throws Error for a kind of schema that is not known here */
export function predicateOf(schema: v.GenericSchema): Predicate {
  return compile(schema as unknown as Readable)
}

function compile(schema: Readable): Predicate {
  if (!schema.pipe) return compileOne(schema)
  const [first, ...others] = schema.pipe.map(compileOne) as [Predicate, ...Predicate[]]
  return others.reduce((before, next) => value => before(value) && next(value), first)
}

function compileOne(schema: Readable): Predicate {
  const { check, item, literal, options = [], wrapped } = schema
  switch (schema.type) {
    case 'string':
    case 'boolean':
      return value => typeof value === schema.type
    case 'number':
      return value => typeof value === 'number' && !Number.isNaN(value)
    case 'null':
      return value => value === null
    case 'unknown':
      return () => true
    case 'literal':
      return value => value === literal
    case 'picklist':
      return value => options.includes(value)
    case 'custom':
      return check as Predicate
    case 'nullable':
      return orNull(compile(wrapped as Readable))
    case 'array':
      return everyItem(compile(item as Readable))
    case 'union':
      return anyOf((options as readonly Readable[]).map(compile))
    case 'object':
      return everyEntry(schema.entries ?? {})
    default:
      throw new Error(`There is no predicate for a schema of type ${schema.type}.`)
  }
}

function orNull(isRight: Predicate): Predicate {
  return value => value === null || isRight(value)
}

function everyItem(isRight: Predicate): Predicate {
  return value => {
    if (!Array.isArray(value)) return false
    for (const item of value) if (!isRight(item)) return false
    return true
  }
}

function anyOf(alternatives: readonly Predicate[]): Predicate {
  return value => alternatives.some(isRight => isRight(value))
}

function everyEntry(entries: Readonly<Record<string, Readable>>): Predicate {
  const required: [string, Predicate][] = []
  const optional = new Map<string, Predicate>()
  for (const [key, schema] of Object.entries(entries)) {
    if (schema.type === 'exact_optional') optional.set(key, compile(schema.wrapped as Readable))
    else required.push([key, compile(schema)])
  }
  return value => {
    if (typeof value !== 'object' || value === null) return false
    const fields = value as Readonly<Record<string, unknown>>
    for (const [key, isRight] of required) if (!isRight(fields[key])) return false
    // those that are there, which are few: a spec of a job has five of thirty
    for (const key in fields) {
      const isRight = optional.get(key)
      if (isRight && !isRight(fields[key])) return false
    }
    return true
  }
}
