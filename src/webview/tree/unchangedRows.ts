// Rows that have come again as they were: what was made of them for the page need not be made again.
import { keyOf } from '../../core/pages/rowTargets'
import type { Row } from '../../core/protocol/facts'

const texts = new WeakMap<Row, string>()

function textOf(row: Row): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const text = JSON.stringify(row)
  texts.set(row, text)
  return text
}

/** The same rows, each as the object of before if it has not changed. */
export function withUnchanged(rows: readonly Row[], before: readonly Row[]): Row[] {
  const known = new Map(before.map(row => [keyOf(row), row]))
  return rows.map(row => {
    const old = known.get(keyOf(row))
    return old && textOf(old) === textOf(row) ? old : row
  })
}
