// Objects whose keys are words of a user.

/** Inherits nothing: in `{}` a key `__proto__` is lost, and `constructor` seems to be there. */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}

/** Whether a value that came from outside is an object with fields: no array, and not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
