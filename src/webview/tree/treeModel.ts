// The state of the tree: the loaded rows, which batches are unfolded, which row is active and which are selected.

import { MAX_EXPANDED } from '../../core/pages/jobsPage'
import { keyOf } from '../../core/pages/rowTargets'
import type { JobRow, Row, Rows, WorkRow } from '../../core/protocol/facts'
import { isTicking } from '../text/rowText'
import { Selection } from './selection'
import { withUnchanged } from './unchangedRows'
import type { TreeState } from './viewState'
import { type Anchor, drift } from './windowing'

export function isWork(row: Row | undefined): row is WorkRow {
  return row !== undefined && row.kind !== 'group'
}

/** By which a batch or group is unfolded. */
export function foldId(row: Exclude<Row, JobRow>): string {
  return row.kind === 'batch' ? row.batch.id : row.id
}

export class TreeModel {
  rows: Rows = { from: 0, total: 0, rows: [] }
  readonly selection: Selection
  /** In the order of unfolding. */
  readonly #expanded: Set<string>
  /** The row with the keyboard's focus; without a key while its row is not loaded. */
  #active: { index: number; key?: string } | undefined
  /** When a row was folded or unfolded last, and when the active one was chosen. */
  #foldedAt = Number.NEGATIVE_INFINITY
  #activatedAt = Number.NEGATIVE_INFINITY

  constructor(state: TreeState) {
    this.#expanded = new Set(state.expanded)
    this.selection = new Selection(state.selected)
    this.#active = state.active
  }

  get total(): number {
    return this.rows.total
  }

  get expanded(): readonly string[] {
    return [...this.#expanded]
  }

  get activeIndex(): number {
    return this.#active?.index ?? -1
  }

  get active(): Anchor | undefined {
    return this.#active?.key === undefined ? undefined : { index: this.#active.index, key: this.#active.key }
  }

  get activeRow(): Row | undefined {
    return this.#active && this.rowAt(this.#active.index)
  }

  /** The active row, unless it is a group. */
  get activeWork(): WorkRow | undefined {
    return isWork(this.activeRow) ? this.activeRow : undefined
  }

  /** There is an active row, and it is not among the loaded ones: it was scrolled away, or is on its way. */
  get isActiveAway(): boolean {
    return this.#active !== undefined && this.activeRow === undefined
  }

  /** Of those that can be selected. */
  get loadedKeys(): string[] {
    return this.rows.rows.filter(isWork).map(keyOf)
  }

  rowAt(index: number): Row | undefined {
    return this.rows.rows[index - this.rows.from]
  }

  /** The index of a loaded row, or -1. */
  indexOf(key: string): number {
    const offset = this.rows.rows.findIndex(row => keyOf(row) === key)
    return offset < 0 ? -1 : offset + this.rows.from
  }

  activate(index: number): void {
    if (this.total === 0) return
    this.#active = this.#at(Math.min(Math.max(0, index), this.total - 1))
    this.#activatedAt = performance.now()
  }

  /** Other rows are to come: none of them is active or selected. */
  forget(): void {
    this.#active = undefined
    this.selection.clear()
  }

  /** The active row was folded or unfolded within this time, and the loaded rows do not show it yet. */
  isFolding(limitMs: number): boolean {
    const row = this.activeRow
    if (!row || row.kind === 'job' || performance.now() - this.#foldedAt > limitMs) return false
    return row.expanded !== this.isExpanded(row)
  }

  /** The active row was chosen within this time, and is not loaded yet. */
  isActiveAwaited(limitMs: number): boolean {
    return this.#active !== undefined && !this.activeRow && performance.now() - this.#activatedAt <= limitMs
  }

  /** Replaces the loaded rows; the active row stays the same one, or becomes the one at its index when it is gone. */
  accept(rows: Rows): void {
    const before = this.rows
    this.rows = { ...rows, rows: withUnchanged(rows.rows, before.rows) }
    this.#forgetGone(before)
    if (!this.#active) return
    const index = Math.min(this.#active.index + drift(this.active, before.total, rows), rows.total - 1)
    const at = this.#at(index)
    if (index < 0) this.#active = undefined
    else this.#active = at.key === undefined ? { ...this.#active, index } : at
  }

  /** As it was requested last: the rows that show it may still be on their way. */
  isExpanded(row: Exclude<Row, JobRow>): boolean {
    return this.#expanded.has(foldId(row))
  }

  /** @param id of a batch or group */
  unfold(id: string): void {
    this.#foldedAt = performance.now()
    this.#expanded.add(id)
    for (const oldest of this.#expanded) {
      if (this.#expanded.size <= MAX_EXPANDED) break
      this.#expanded.delete(oldest)
    }
  }

  /** The active row becomes what was folded, when it is in that. */
  fold(id: string): void {
    this.#foldedAt = performance.now()
    this.#expanded.delete(id)
    for (let at = this.parentIndex(this.activeIndex); at >= 0; at = this.parentIndex(at)) {
      const row = this.rowAt(at)
      if (row && row.kind !== 'job' && foldId(row) === id) this.activate(at)
    }
  }

  /** The index of the row that one is inside, or -1. */
  parentIndex(index: number): number {
    const row = this.rowAt(index)
    if (!isWork(row)) return -1
    const inBatch = row.kind === 'job' && row.depth > 0 ? index - row.place - 1 : -1 // an older service says no more
    return row.parent ?? inBatch
  }

  /** The rows that an action on the active row applies to: all loaded rows of the selection if it is one of them. */
  actionRows(): WorkRow[] {
    const row = this.activeRow
    if (!isWork(row)) return []
    const isSelected = (other: WorkRow) => this.selection.has(keyOf(other))
    return isSelected(row) ? this.rows.rows.filter(isWork).filter(isSelected) : [row]
  }

  /** Whether the elapsed time of a loaded row is running. */
  get ticking(): boolean {
    return this.rows.rows.filter(isWork).some(isTicking)
  }

  #at(index: number): { index: number; key?: string } {
    const row = this.rowAt(index)
    return row ? { index, key: keyOf(row) } : { index }
  }

  /** When the list has become shorter, rows that are no longer loaded are taken for removed. */
  #forgetGone(before: Rows): void {
    if (this.rows.total >= before.total) return
    const loaded = new Set(this.loadedKeys)
    this.selection.remove(before.rows.map(keyOf).filter(key => !loaded.has(key)))
  }
}
