// Plain objects.

/** For keys of users, without a prototype: in `{}` a key `__proto__` is lost, and `constructor` seems to exist. */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}

/** Whether a value that came from outside is an object with fields: no array, and not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether it is a list of strings. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Those of the fields that have a value: an optional field is left out, never `undefined`. */
export function definedOf<T extends object, K extends keyof T>(
  from: T,
  ...keys: readonly K[]
): Partial<Defined<Pick<T, K>>> {
  return Object.fromEntries(keys.filter(key => from[key] !== undefined).map(key => [key, from[key]])) as Partial<
    Defined<Pick<T, K>>
  >
}
