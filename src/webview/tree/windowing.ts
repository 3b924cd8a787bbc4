// Which rows are in sight and which to ask for: arithmetic over rows of one height, so that a list of any length costs
// the same.

import type { Rows } from '../../core/protocol/facts'
import { MAX_ROWS } from '../../core/protocol/limits'
import { rowTarget, targetKey } from '../../core/protocol/viewProtocol'

/** Pixels; the height of a row in VS Code's own lists. The style sheet has the same number. */
export const ROW_HEIGHT = 22
/** Rows rendered above and below those in sight, so that a fast wheel meets no gap. */
const OVERSCAN = 10
/** When fewer rows than this are held beyond an edge of what is in sight, others are asked for. */
const MARGIN = 25

/** A run of rows. */
export interface Span {
  from: number
  count: number
}

/** The rows that are in sight, in part or whole. */
export function visibleSpan(scrollTop: number, height: number, total: number): Span {
  const from = Math.min(Math.max(0, Math.floor(scrollTop / ROW_HEIGHT)), Math.max(0, total - 1))
  const end = Math.min(total, Math.ceil((Math.max(0, scrollTop) + height) / ROW_HEIGHT))
  return { from, count: Math.max(0, end - from) }
}

/** The rows to render: those in sight and a few more, as far as they are held. */
export function renderedSpan(visible: Span, held: Span): Span {
  const from = Math.max(held.from, visible.from - OVERSCAN)
  const end = Math.min(held.from + held.count, visible.from + visible.count + OVERSCAN)
  return { from, count: Math.max(0, end - from) }
}

/** The rows to ask for: as many as may be, with those in sight in the middle. */
export function wantedSpan(visible: Span): Span {
  const middle = visible.from + Math.floor(visible.count / 2)
  return { from: Math.max(0, middle - MAX_ROWS / 2), count: MAX_ROWS }
}

/** Whether the rows asked for reach far enough beyond those in sight. */
export function covers(asked: Span, visible: Span, total: number): boolean {
  const end = asked.from + asked.count
  return (
    (asked.from === 0 || asked.from <= visible.from - MARGIN) &&
    (end >= total || end >= visible.from + visible.count + MARGIN)
  )
}

/** Where to scroll so that a row is wholly in sight, moving as little as possible. */
export function revealed(index: number, scrollTop: number, height: number): number {
  const top = index * ROW_HEIGHT
  if (top < scrollTop) return top
  return Math.max(scrollTop, top + ROW_HEIGHT - height)
}

/** A row by its name and its place. */
export interface Anchor {
  key: string
  index: number
}

/**
 * By how many rows the list has moved under the row that a user looks at. New entries come on top, so when that row is
 * not among those held although its place is, it has moved by as much as the list has grown.
 */
export function drift(anchor: Anchor | undefined, totalBefore: number, rows: Rows): number {
  if (!anchor) return 0
  const found = rows.rows.findIndex(row => targetKey(rowTarget(row)) === anchor.key)
  if (found >= 0) return rows.from + found - anchor.index
  const held = anchor.index >= rows.from && anchor.index < rows.from + rows.rows.length
  return held ? Math.max(0, rows.total - totalBefore) : 0
}
