// Which known names an unknown one was meant to be: letters left out, doubled, changed or swapped, another case.

/** Slips that a known name of this length may be away: one in each four letters, at least one. */
function slipsIn(name: string): number {
  return Math.max(1, Math.floor(name.length / 4))
}

/** Case and joints are what people remember least: `FILE_STEM` is `fileStem`. */
function bare(name: string): string {
  return name.replaceAll(/[\s_.-]/g, '').toLowerCase()
}

/**
 * The nearest of the known names, all that are equally near; empty when none is.
 * @param isSure whether the name is surely meant to be a known one, however far it is from all of them
 */
export function nearNames(name: string, known: readonly string[], isSure: (name: string) => boolean): string[] {
  const typed = bare(name)
  if (typed === '') return []
  const found = known.map(other => ({ other, slips: slipsBetween(typed, bare(other)) }))
  const within = found.filter(({ other, slips }) => slips <= slipsIn(other) || isSure(typed))
  const least = Math.min(...within.map(({ slips }) => slips))
  return within.filter(({ slips }) => slips === least).map(({ other }) => other)
}

/** Letters to insert, drop, change or swap with their neighbour (optimal string alignment). */
function slipsBetween(a: string, b: string): number {
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
