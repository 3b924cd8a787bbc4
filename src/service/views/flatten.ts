// Which rows a window of the tree shows: entries in a row, some of them unfolded. Pure arithmetic, so that a window
// costs the same however long the list is.

/** An unfolded entry: its rank in the list of entries and how many children it shows. */
export interface Unfolded {
  rank: number
  size: number
}

/** A run of rows: entries from `rank` on, or children `from` on of the entry `of`. */
export type RowRun =
  | { kind: 'entries'; rank: number; count: number }
  | { kind: 'children'; of: number; from: number; count: number }

export function totalRows(entries: number, unfolded: readonly Unfolded[]): number {
  return unfolded.reduce((sum, { size }) => sum + size, entries)
}

/** The runs that make up rows `from` to `from + count`; `unfolded` is sorted by rank. */
export function flatten(entries: number, unfolded: readonly Unfolded[], from: number, count: number): RowRun[] {
  const runs: RowRun[] = []
  const end = from + count
  let row = 0
  let rank = 0
  const add = (start: number, length: number, make: (offset: number, count: number) => RowRun) => {
    const first = Math.max(from, start)
    const last = Math.min(end, start + length)
    if (first < last) runs.push(make(first - start, last - first))
  }
  for (const open of unfolded) {
    const start = rank
    const length = open.rank + 1 - rank // up to and with the unfolded entry itself
    add(row, length, (offset, n) => ({ kind: 'entries', rank: start + offset, count: n }))
    row += length
    add(row, open.size, (offset, n) => ({ kind: 'children', of: open.rank, from: offset, count: n }))
    row += open.size
    rank = open.rank + 1
  }
  const start = rank
  add(row, entries - rank, (offset, n) => ({ kind: 'entries', rank: start + offset, count: n }))
  return runs
}

/** The row of an entry. */
export function rowOfEntry(rank: number, unfolded: readonly Unfolded[]): number {
  return unfolded.reduce((row, open) => (open.rank < rank ? row + open.size : row), rank)
}
