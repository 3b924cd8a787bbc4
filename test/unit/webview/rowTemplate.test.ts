// When the template of a row is made anew.
import { expect, test } from 'vitest'
import type { Row } from '../../../src/core/protocol/facts'
import { type RowLook, rowTemplate } from '../../../src/webview/tree/rows'
import { jobRow } from '../../support/jobRow'

const usual: RowLook = { selected: false, active: false, described: false, now: 0, columns: ['cpu', 'exit'] }

/** For what it is made anew, as the directive compares it. */
function reasons(row: Row, look: Partial<RowLook> = {}): unknown[] {
  return (rowTemplate(row, { ...usual, ...look }) as { values: [unknown[]] }).values[0]
}

test('not while the row looks the same, though its columns are found anew each time', () => {
  const ended = () => jobRow({ state: 'succeeded' })
  const row = ended()
  const before = reasons(row)
  const isKept = (now: unknown[]) => now.length === before.length && now.every((value, i) => value === before[i])
  expect(isKept(reasons(row, { now: 1, columns: ['cpu', 'exit'] }))).toBe(true)
  expect(isKept(reasons(row, { now: 60_000 }))).toBe(false) // its day may be yesterday
  expect(isKept(reasons(row, { columns: ['cpu'] }))).toBe(false)
  expect(isKept(reasons(row, { selected: true }))).toBe(false)
  expect(isKept(reasons(ended()))).toBe(false)
})

test('with each moment while a job is counted down to its forced end, though it has not begun', () => {
  const row = jobRow({ state: 'stopping', forceAt: 5000 })
  expect(reasons(row, { now: 1000 })[1]).not.toBe(reasons(row, { now: 2000 })[1])
})
