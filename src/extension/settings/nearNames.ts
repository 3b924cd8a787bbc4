// Known names that resemble an unknown one: letters omitted, inserted, changed or swapped, another case.

/** The largest edit distance for a name of this length: one in each four letters, at least one. */
function maxDistance(name: string): number {
  return Math.max(1, Math.floor(name.length / 4))
}

/** Ignores case and separators: `FILE_STEM` is `fileStem`. */
function bare(name: string): string {
  return name.replaceAll(/[\s_.-]/g, '').toLowerCase()
}

/**
 * The nearest of the known names, all that are equally near; empty when none is.
 * @param isSure whether the name certainly means a known one, at whatever distance
 */
export function nearNames(name: string, known: readonly string[], isSure: (name: string) => boolean): string[] {
  const typed = bare(name)
  if (typed === '') return []
  const found = known.map(other => ({ other, distance: editDistance(typed, bare(other)) }))
  const within = found.filter(({ other, distance }) => distance <= maxDistance(other) || isSure(typed))
  const least = Math.min(...within.map(({ distance }) => distance))
  return within.filter(({ distance }) => distance === least).map(({ other }) => other)
}

/** Letters to insert, drop, change or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          changed,
          (last[j] as number) + 1,
          (row[j - 1] as number) + 1,
          swapped ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    before = last
    last = row
  }
  return last[b.length] as number
}
