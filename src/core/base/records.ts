// Objects whose keys come from users.

/** Without a prototype: in `{}` a key `__proto__` is lost, and `constructor` seems to exist. */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}
