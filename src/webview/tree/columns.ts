// The columns of a wide view: which of the chosen ones have room, their header, and their cells in a row.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import type { Column } from '../../core/pages/jobsPage'
import type { WorkRow } from '../../core/protocol/facts'
import { columnName, columnText } from '../text/columnText'

/** Pixels, as in the style sheet. */
const widths: Readonly<Record<Column, number>> = {
  started: 132,
  cpu: 76,
  memory: 76,
  attempt: 76,
  queue: 96,
  exit: 76,
}
/** For name, state, bar, counts and duration. */
const MIN_REST = 440

/** Those that have room, the first ones first. */
export function shownColumns(chosen: readonly Column[], width: number): readonly Column[] {
  let left = width - MIN_REST
  const shown: Column[] = []
  for (const column of chosen) {
    left -= widths[column]
    if (left < 0) break
    shown.push(column)
  }
  return shown
}

/** Screen readers read the whole row instead. @param scrollbar its width, pixels */
export function columnsHeader(columns: readonly Column[], scrollbar: number): TemplateResult | typeof nothing {
  if (columns.length === 0) return nothing
  return html`<div class="columns" aria-hidden="true" .style=${`padding-inline-end: ${8 + scrollbar}px`}>
    <span class="label">${t('Name')}</span>
    ${columns.map(column => html`<span class="cell of-${column}">${columnName(column)}</span>`)}
    <span class="cell">${t('Duration')}</span>
  </div>`
}

export function cellsTemplate(row: WorkRow, columns: readonly Column[], now: number): unknown {
  return columns.map(column => html`<span class="cell of-${column}">${columnText(row, column, now)}</span>`)
}
