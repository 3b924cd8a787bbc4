// Versions as `1.2.3`.

/** Whether version `a` is newer than `b`; `1.2.3` compared by its numbers. */
export function isNewer(a: string, b: string): boolean {
  const numbers = (version: string) => version.split(/[.+-]/).slice(0, 3).map(Number)
  const other = numbers(b)
  for (const [i, n] of numbers(a).entries()) {
    if (n !== (other[i] ?? 0)) return n > (other[i] ?? 0)
  }
  return false
}
