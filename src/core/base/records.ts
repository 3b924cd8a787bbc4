// Objects whose keys are words of a user.

/** Inherits nothing: in `{}` a key `__proto__` is lost, and `constructor` seems to be there. */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}
