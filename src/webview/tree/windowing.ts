// Which rows are visible and which to query: arithmetic over rows of one height, so that a list of any length costs
// the same.

import { keyOf } from '../../core/pages/rowTargets'
import type { Rows } from '../../core/protocol/facts'
import { MAX_ROWS } from '../../core/protocol/limits'

/** Pixels; the height of a row in VS Code's own lists. The style sheet has the same number. */
export const ROW_HEIGHT = 22
/** Rows rendered above and below the visible ones, so that fast scrolling shows no gap. */
const OVERSCAN = 10
/** When fewer rows than this are loaded beyond an edge of the visible ones, others are queried. */
const MARGIN = 25

/** Consecutive rows. */
export interface Span {
  from: number
  count: number
}

/** The rows that are visible, in part or whole. */
export function visibleSpan(scrollTop: number, height: number, total: number): Span {
  const from = Math.min(Math.max(0, Math.floor(scrollTop / ROW_HEIGHT)), Math.max(0, total - 1))
  const end = Math.min(total, Math.ceil((Math.max(0, scrollTop) + height) / ROW_HEIGHT))
  return { from, count: Math.max(0, end - from) }
}

/** The rows to render: the visible ones and a few more, as far as they are loaded. */
export function renderedSpan(visible: Span, loaded: Span): Span {
  const from = Math.max(loaded.from, visible.from - OVERSCAN)
  const end = Math.min(loaded.from + loaded.count, visible.from + visible.count + OVERSCAN)
  return { from, count: Math.max(0, end - from) }
}

/** The rows to query: as many as are allowed, with the visible ones in the middle. */
export function querySpan(visible: Span): Span {
  const middle = visible.from + Math.floor(visible.count / 2)
  return { from: Math.max(0, middle - MAX_ROWS / 2), count: MAX_ROWS }
}

/** Whether the queried rows reach far enough beyond the visible ones. */
export function covers(queried: Span, visible: Span, total: number): boolean {
  const end = queried.from + queried.count
  return (
    (queried.from === 0 || queried.from <= visible.from - MARGIN) &&
    (end >= total || end >= visible.from + visible.count + MARGIN)
  )
}

/** The scroll position nearest to the present one at which a row is fully visible. */
export function revealed(index: number, scrollTop: number, height: number): number {
  const top = index * ROW_HEIGHT
  if (top < scrollTop) return top
  return Math.max(scrollTop, top + ROW_HEIGHT - height)
}

/** A row by its key and its index. */
export interface Anchor {
  key: string
  index: number
}

/**
 * By how many rows the anchor row has moved. New entries are added on top, so when the row is not among the loaded ones
 * although its index is, it has moved by as much as the list has grown.
 */
export function drift(anchor: Anchor | undefined, totalBefore: number, rows: Rows): number {
  if (!anchor) return 0
  const found = rows.rows.findIndex(row => keyOf(row) === anchor.key)
  if (found >= 0) return rows.from + found - anchor.index
  const isLoaded = anchor.index >= rows.from && anchor.index < rows.from + rows.rows.length
  return isLoaded ? Math.max(0, rows.total - totalBefore) : 0
}
