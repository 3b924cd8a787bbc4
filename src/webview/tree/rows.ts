// How rows look: one template for a batch, one for a job, all of VS Code's row height.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import { guard } from 'lit-html/directives/guard.js'
import { repeat } from 'lit-html/directives/repeat.js'
import type { JobInfo } from '../../api'
import { stateIcons } from '../../core/jobs/stateIcons'
import type { Column } from '../../core/pages/jobsPage'
import { keyOf } from '../../core/pages/rowTargets'
import type { BatchInfo, GroupRow, Row, WorkRow } from '../../core/protocol/facts'
import { batchCondition } from '../../core/protocol/filterText'
import { groupDigits, type Tally, tally } from '../../core/protocol/format'
import { columnsLabel } from '../text/columnText'
import { groupIcon, groupLabel, groupName, groupTooltip } from '../text/groupText'
import {
  describeRow,
  elapsedText,
  hasWarning,
  isTicking,
  notDelivered,
  rowLabel,
  rowName,
  rowState,
  rowTooltip,
} from '../text/rowText'
import { cellsTemplate } from './columns'

/** How a row is shown, besides its facts. */
export interface RowLook {
  selected: boolean
  active: boolean
  /** With its tooltip, which costs as much as the rest of the row: only where it can be read. */
  described: boolean
  /** The service's clock. */
  now: number
  columns: readonly Column[]
}

export function rowId(row: Row): string {
  return `row-${keyOf(row)}`
}

/** What a row says of a day, or of a time that was expected, may be different a minute later. */
const MINUTE_MS = 60_000

/** A row that looks as before is not made again: while one scrolls, most are such. */
export function rowTemplate(row: Row, look: RowLook): unknown {
  const { now, columns, ...rest } = look
  const time = row.kind !== 'group' && isTicking(row) ? now : Math.floor(now / MINUTE_MS)
  return guard([row, time, String(columns), ...Object.values(rest)], () =>
    row.kind === 'group' ? groupTemplate(row, look) : workTemplate(row, look),
  )
}

function groupTemplate(row: GroupRow, { active, described }: RowLook): TemplateResult {
  return html`<div
    class="row depth0 ${active ? 'active' : ''}"
    role="treeitem"
    id=${rowId(row)}
    data-key=${keyOf(row)}
    aria-level="1"
    aria-setsize=${row.places}
    aria-posinset=${row.place + 1}
    aria-expanded=${row.expanded}
    aria-selected="false"
    aria-label=${groupLabel(row)}
    data-state=${row.found?.by === 'state' ? row.found.label : row.found?.by === 'failure' && row.found.label ? 'failed' : nothing}
    title=${described ? groupTooltip(row) : nothing}
  >
    ${twistie(row)}
    <i class="icon codicon codicon-${groupIcon(row)}"></i>
    <span class="label"
      ><span class="name" dir="auto">${groupName(row)}</span><span class="description">${groupDigits(row.entries)}</span></span
    >
  </div>`
}

function workTemplate(row: WorkRow, look: RowLook): TemplateResult {
  const state = rowState(row)
  const name = rowName(row)
  const isLong = name.length > 2 * TELLING_END
  const depth = row.depth ?? 0
  const isUnknown = row.kind === 'job' && state === 'lost' // when it ended is not known
  const elapsed = isUnknown ? '' : elapsedText(row.kind === 'job' ? row.job : row.batch, look.now)
  return html`<div
    class="row depth${depth} ${look.selected ? 'selected' : ''} ${look.active ? 'active' : ''}"
    role="treeitem"
    id=${rowId(row)}
    data-key=${keyOf(row)}
    data-state=${state}
    aria-level=${depth + 1}
    aria-setsize=${row.places}
    aria-posinset=${row.place + 1}
    aria-expanded=${row.kind === 'batch' ? row.expanded : nothing}
    aria-selected=${look.selected}
    aria-label=${[rowLabel(row, look.now), ...columnsLabel(row, look.columns, look.now)].join(', ')}
    title=${look.described ? rowTooltip(row, look.now) : nothing}
  >
    <span class="indent"></span>
    ${twistie(row)}
    <i class="icon codicon codicon-${stateIcons[state]} ${stateIcons[state] === 'loading' ? 'codicon-modifier-spin' : ''}"></i>
    <span class="label ${isLong ? 'long' : ''}"
      ><span class="name" dir="auto">${nameTemplate(name, isLong)}</span
      ><span class="description">${describeRow(row, look.now)}</span
      >${row.kind === 'job' && hasWarning(row.job) ? stderrMark : nothing}${undeliveredMark(row)}</span
    >
    ${row.kind === 'job' ? progressBar(row.job) : batchCounts(row.batch)}
    ${cellsTemplate(row, look.columns, look.now)}
    <span class="elapsed">${elapsed}</span>
  </div>`
}

/** So many characters at the end of a name stay in sight: there it differs from others, as `…/sub-001_T1w.nii.gz`. */
const TELLING_END = 14

/** A long name is cut in its middle. */
function nameTemplate(name: string, isLong: boolean): TemplateResult | string {
  if (!isLong) return name
  return html`<span class="head">${name.slice(0, -TELLING_END)}</span><span class="tail">${name.slice(-TELLING_END)}</span>`
}

function undeliveredMark(row: WorkRow): TemplateResult | typeof nothing {
  const words = notDelivered(row)
  return words === undefined ? nothing : html`<span class="mark"><i class="codicon codicon-warning"></i>${words}</span>`
}

const stderrMark = html`<span class="mark"><i class="codicon codicon-output"></i>${t('wrote to stderr')}</span>`

function twistie(row: Row): TemplateResult {
  if (row.kind === 'job') return html`<span class="twistie"></span>`
  return html`<i class="twistie codicon codicon-chevron-${row.expanded ? 'down' : 'right'}"></i>`
}

function progressBar({ state, progress }: JobInfo): TemplateResult | typeof nothing {
  if (state !== 'running' || progress?.fraction === undefined) return nothing
  return html`<span class="bar">${segmentTemplate('running', 1, progress.fraction)}</span>`
}

const segments: readonly (keyof Tally)[] = ['succeeded', 'failed', 'unknown', 'cancelled', 'running', 'queued']

/** A part of a bar as wide as its share; the segment of running jobs is filled as far as they are done. */
function segmentTemplate(segment: keyof Tally, share: number, done = 0): TemplateResult {
  return html`<i class=${segment} .style=${`flex-grow: ${share}`}
    >${segment === 'running' ? html`<i class="done" .style=${`width: ${100 * done}%`}></i>` : nothing}</i
  >`
}

function batchCounts(batch: BatchInfo): TemplateResult {
  const { counts, progressOfRunning = 0 } = batch
  const numbers = tally(counts)
  const shown = segments.filter(segment => numbers[segment] > 0)
  return html`<span class="bar"
      >${repeat(
        shown,
        segment => segment,
        segment => segmentTemplate(segment, numbers[segment], progressOfRunning / numbers.running),
      )}</span
    >
    <span class="counts">${outcomes.map(([segment, icon]) => count(batch, numbers[segment], segment, icon))}</span>`
}

/** The outcomes of jobs, and the codicon beside the number of each. */
const outcomes: readonly (readonly [keyof Tally, string])[] = [
  ['succeeded', 'check'],
  ['failed', 'close'],
  ['unknown', 'question'],
  ['cancelled', 'circle-slash'],
]

/** A click leads to these jobs. */
function count(batch: BatchInfo, n: number, segment: keyof Tally, icon: string): TemplateResult | typeof nothing {
  if (n === 0) return nothing
  return html`<span class="count ${segment}" data-find=${`${batchCondition(batch)} state:${segment}`}>${groupDigits(n)}<i class="codicon codicon-${icon}"></i></span>`
}
