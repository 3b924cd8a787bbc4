import { describe, expect, it } from 'vitest'
import { flatten, type RowRun, rowOfEntry, totalRows, type Unfolded } from '../../../src/service/views/flatten'

/** The rows as names, the slow and obvious way. */
function allRows(entries: number, unfolded: readonly Unfolded[]): string[] {
  const rows: string[] = []
  for (let rank = 0; rank < entries; rank++) {
    rows.push(`${rank}`)
    const open = unfolded.find(o => o.rank === rank)
    for (let child = 0; child < (open?.size ?? 0); child++) rows.push(`${rank}.${child}`)
  }
  return rows
}

function names(runs: RowRun[]): string[] {
  return runs.flatMap(run =>
    Array.from({ length: run.count }, (_, i) =>
      run.kind === 'entries' ? `${run.rank + i}` : `${run.of}.${run.from + i}`,
    ),
  )
}

describe('the rows of a window', () => {
  const unfolded = [
    { rank: 0, size: 3 },
    { rank: 2, size: 0 },
    { rank: 3, size: 5 },
    { rank: 6, size: 1 },
  ]

  it('begin with that of each entry where it is', () => {
    const all = allRows(7, unfolded)
    for (let rank = 0; rank < 7; rank++) expect(rowOfEntry(rank, unfolded)).toBe(all.indexOf(`${rank}`))
  })

  it('are those of the whole list, for every window of it', () => {
    const all = allRows(7, unfolded)
    expect(totalRows(7, unfolded)).toBe(all.length)
    for (let from = 0; from <= all.length + 1; from++) {
      for (let count = 0; count <= all.length + 2; count++) {
        expect(names(flatten(7, unfolded, from, count))).toEqual(all.slice(from, from + count))
      }
    }
  })

  it('need nothing to be unfolded', () => {
    expect(names(flatten(3, [], 1, 10))).toEqual(['1', '2'])
    expect(flatten(0, [], 0, 10)).toEqual([])
  })

  it('cost a few runs in a list of any length', () => {
    const runs = flatten(1_000_000, [{ rank: 500_000, size: 1_000_000 }], 1_400_000, 200)
    expect(runs).toEqual([{ kind: 'children', of: 500_000, from: 899_999, count: 200 }])
  })
})
