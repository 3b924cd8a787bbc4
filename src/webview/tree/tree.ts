// The status tree: a scrolling window over rows that the job service holds, with VS Code's mouse and keyboard habits.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import { createRef, ref } from 'lit-html/directives/ref.js'
import { repeat } from 'lit-html/directives/repeat.js'
import { failedStates } from '../../core/jobs/job'
import type { Column } from '../../core/pages/jobsPage'
import { keyOf, type RowAction, type RowTarget, rowTarget } from '../../core/pages/rowTargets'
import type { JobFind, JobRow, Row, RowQuery, Rows } from '../../core/protocol/facts'
import { columnsHeader, shownColumns } from './columns'
import { type RowLook, rowId, rowTemplate } from './rows'
import { ScrollPosition } from './scrollPosition'
import { ANSWER_TIMEOUT_MS, TreeKeys, type TreeKeysHost } from './treeKeys'
import { foldId, TreeModel } from './treeModel'
import { TreePointer, type TreePointerHost } from './treePointer'
import type { TreeState } from './viewState'
import { covers, drift, querySpan, ROW_HEIGHT, renderedSpan, revealed, type Span, visibleSpan } from './windowing'

export interface TreeActions {
  query(query: RowQuery): void
  act(action: RowAction, targets: RowTarget[]): void
  /** Finds what is typed, begun with this character, or the jobs of this filter. */
  find(typed: { character: string } | { text: string }): void
  /** @returns whether one was open */
  closeFilter(): boolean
  /** Something must be rendered again, and the state saved. */
  changed(): void
}

export class Tree {
  readonly model: TreeModel
  readonly #actions: TreeActions
  readonly #element = createRef<HTMLElement>()
  readonly #resized = new ResizeObserver(() => this.#onResize())
  #heightBefore = 0
  /** Of the rows, and of the scroll bar beside them; pixels. */
  #width = 0
  #scrollbar = 0
  /** Those that were chosen. */
  columns: readonly Column[] = []
  readonly #scroll: ScrollPosition
  /** The topmost visible row while the list is scrolled: it stays in place when rows are added above. */
  #top: TreeState['top']
  /** The last query that was sent. */
  #query: (RowQuery & { sentAt: number }) | undefined
  #isAnswered = true
  #find: JobFind | undefined
  #serial = 0
  /** Where to go when the rows of a new filter have come: to the first one, or to the last. */
  #step: 1 | -1 | undefined
  readonly #keys: TreeKeys
  readonly #pointer: TreePointer
  #isFocusWanted = false
  /** Nothing of what is looked for has been shown yet. */
  #isFresh = false

  /** @param find what it shows instead of all jobs */
  constructor(state: TreeState, find: JobFind | undefined, actions: TreeActions) {
    this.model = new TreeModel(state)
    this.#actions = actions
    this.#find = find
    const host = this.#host()
    this.#keys = new TreeKeys(host)
    this.#pointer = new TreePointer(host)
    this.#top = state.top
    this.#scroll = new ScrollPosition(state.top ? state.top.index * ROW_HEIGHT + state.top.hidden : 0)
  }

  get state(): TreeState {
    const { expanded, selection, active } = this.model
    return { expanded, selected: selection.keys, active, top: this.#top }
  }

  #host(): TreeKeysHost & TreePointerHost {
    const pageLength = () => Math.max(1, Math.floor(this.#height / ROW_HEIGHT) - 1)
    return {
      model: this.model,
      get pageLength() {
        return pageLength()
      },
      reveal: index => this.#reveal(index),
      toggle: row => this.#toggle(row),
      open: row => this.#open(row),
      act: this.#actions.act,
      find: this.#actions.find,
      closeFilter: this.#actions.closeFilter,
      enter: this.#onFocus,
      changed: this.#actions.changed,
    }
  }

  /** Shows only what this finds, from the first row on; nothing shows all. */
  show(find: JobFind | undefined): void {
    this.#find = find
    this.#scroll.top = 0
    this.#top = undefined
    this.#step = undefined
    this.#isFresh = true
    this.model.forget()
  }

  /** How many jobs were found; `undefined` while it is not known, or when all are shown. */
  get found(): number | undefined {
    return this.#isShown ? this.model.rows.found : undefined
  }

  /** All rows are shown: the job service does not know how to find. */
  get isFindIgnored(): boolean {
    return this.#find !== undefined && this.#isShown && this.model.rows.found === undefined
  }

  /** The rows are those of what is looked for, not of something before. */
  get #isShown(): boolean {
    return this.#isAnswered && this.#query !== undefined && this.#query.find === this.#find
  }

  /** Activates the next row of a job, or the one before, from the end to the beginning; first of all what is on its way. */
  step(by: 1 | -1): void {
    const { total, activeIndex } = this.model
    this.#step = this.#isShown ? undefined : by
    if (this.#step || total === 0) return
    const next = activeIndex < 0 ? (by > 0 ? 0 : total - 1) : (activeIndex + by + total) % total
    this.model.activate(next)
    const row = this.model.activeRow
    if (row?.kind === 'job') this.model.selection.only(keyOf(row))
    this.#reveal(next)
    this.#actions.changed()
  }

  accept(rows: Rows): void {
    // of an earlier query, sent while the latest was on its way
    if (rows.serial !== undefined && rows.serial !== this.#query?.serial) return
    this.#isAnswered = true
    if (this.#isFresh && this.#isShown) this.#begin(rows)
    else this.#follow(rows)
    if (this.#step && this.#isShown) this.step(this.#step)
    this.#keys.pressTypedAhead()
    this.#actions.changed()
  }

  /** The first rows of what is looked for: what was active before is none of them. */
  #begin(rows: Rows): void {
    this.#isFresh = false
    this.model.forget()
    this.model.accept(rows)
    if (!this.#step && document.activeElement === this.#element.value) this.model.activate(0)
  }

  /** The same rows, or those that have come in their place. */
  #follow(rows: Rows): void {
    const moved = drift(this.#top, this.model.total, rows)
    this.model.accept(rows)
    if (this.#top && moved !== 0) this.#scroll.top += moved * ROW_HEIGHT
    this.#rememberTop()
  }

  /** As soon as there are rows. */
  focus(): void {
    const element = this.#element.value
    this.#isFocusWanted = !element?.isConnected
    element?.focus({ preventScroll: true })
  }

  template(now: number): TemplateResult {
    const { model } = this
    const span = renderedSpan(this.#visible, { from: model.rows.from, count: model.rows.rows.length })
    const rows = Array.from({ length: span.count }, (_, i) => model.rowAt(span.from + i)).filter(
      row => row !== undefined,
    )
    const active = model.activeRow
    const columns = shownColumns(this.columns, this.#width)
    return html`${columnsHeader(columns, this.#scrollbar)}<div
      class="tree ${columns.length > 0 ? 'wide-rows' : ''}"
      role="tree"
      tabindex="0"
      aria-label=${t('Jobs')}
      aria-multiselectable="true"
      aria-activedescendant=${active && rows.includes(active) ? rowId(active) : nothing}
      data-vscode-context='{"preventDefaultContextMenuItems":true}'
      ${ref(this.#element)}
      @scroll=${this.#onScroll}
      @pointerdown=${this.#pointer.onPress}
      @pointerup=${this.#pointer.onPress}
      @pointerover=${this.#pointer.onMove}
      @pointerleave=${this.#pointer.onLeave}
      @click=${this.#pointer.onClick}
      @dblclick=${this.#pointer.onDoubleClick}
      @contextmenu=${this.#pointer.onContextMenu}
      @keydown=${this.#keys.onKeyDown}
      @focus=${this.#onFocus}
    >
      <div class="space" role="presentation" .style=${`height: ${model.total * ROW_HEIGHT}px`}>
        <div class="rows" role="presentation" .style=${`transform: translateY(${span.from * ROW_HEIGHT}px)`}>
          ${repeat(rows, keyOf, row => rowTemplate(row, this.#look(row, now, columns)))}
        </div>
      </div>
    </div>`
  }

  /** A tooltip is read under the mouse, and of the active row by a screen reader. */
  #look(row: Row, now: number, columns: readonly Column[]): RowLook {
    const key = keyOf(row)
    const active = row === this.model.activeRow
    const described = active || key === this.#pointer.hovered
    return { selected: this.model.selection.has(key), active, described, now, columns }
  }

  /** Before anything is rendered: the rows come with what is rendered first. */
  queryFirst(): void {
    this.#queryRows()
  }

  /** After rendering, when the height is known: scrolls, and queries the rows that are needed. */
  rendered(): void {
    const element = this.#element.value
    if (element?.isConnected) {
      // never from elsewhere in the window: a question of the palette would close
      if (this.#isFocusWanted && document.hasFocus() && document.activeElement === document.body) this.focus()
      this.#isFocusWanted = false
      this.#resized.observe(element)
      if (this.model.total > 0) this.#scroll.write(element)
    }
    this.#queryRows()
  }

  get #height(): number {
    return this.#element.value?.clientHeight || window.innerHeight
  }

  get #visible(): Span {
    // Before the first query the number of rows is not known, and the scroll position is the saved one.
    const total = this.#query ? this.model.total : Number.MAX_SAFE_INTEGER
    return visibleSpan(this.#scroll.top, this.#height, total)
  }

  /** One query at a time: after a fast scroll the next one is for the position by then. */
  #queryRows(): void {
    const waiting = this.#query && !this.#isAnswered && performance.now() - this.#query.sentAt < ANSWER_TIMEOUT_MS
    if (waiting) return
    const { expanded, total } = this.model
    const unchanged = this.#query && String(this.#query.expanded) === String(expanded)
    const isSame = unchanged && this.#query?.find === this.#find
    if (this.#query && isSame && covers(this.#query, this.#visible, total)) return
    const find = this.#find && { find: this.#find }
    const query = { ...querySpan(this.#visible), expanded, groups: true as const, ...find, serial: ++this.#serial }
    this.#query = { ...query, sentAt: performance.now() }
    this.#isAnswered = false
    this.#actions.query(query)
  }

  /** What opens below the tree does not cover the active row, and uncovers one that was seen in part. */
  #onResize(): void {
    const top = this.model.activeIndex * ROW_HEIGHT
    const wasInSight = top + ROW_HEIGHT > this.#scroll.top && top < this.#scroll.top + this.#heightBefore
    this.#heightBefore = this.#height
    const { clientWidth = 0, offsetWidth = 0 } = this.#element.value ?? {}
    this.#width = clientWidth
    this.#scrollbar = offsetWidth - clientWidth
    if (wasInSight) this.#reveal(this.model.activeIndex)
    this.#actions.changed()
  }

  #rememberTop(): void {
    const index = Math.floor(this.#scroll.top / ROW_HEIGHT)
    const row = this.model.rowAt(index)
    if (this.#scroll.top === 0) this.#top = undefined
    else if (row) this.#top = { key: keyOf(row), index, hidden: this.#scroll.top - index * ROW_HEIGHT }
  }

  readonly #onScroll = (): void => {
    const element = this.#element.value
    if (!element || !this.#scroll.read(element)) return
    this.#top = undefined
    this.#rememberTop()
    this.#actions.changed()
  }

  readonly #onFocus = (): void => {
    this.#isFocusWanted = false
    if (this.model.activeIndex < 0 && !this.#pointer.isPressed) this.model.activate(this.#visible.from)
    this.#actions.changed()
  }

  #reveal(index: number): void {
    this.#scroll.top = revealed(index, this.#scroll.top, this.#height)
    this.#rememberTop()
  }

  #toggle(row: Row | undefined): void {
    if (!row || row.kind === 'job') return
    if (this.model.isExpanded(row)) this.model.fold(foldId(row))
    else this.model.unfold(foldId(row))
  }

  /** What a failed job says of its failure is mostly on stderr. */
  #open(row: JobRow): void {
    const { state, stderrBytes } = row.job
    this.#actions.act(failedStates.includes(state) && stderrBytes > 0 ? 'showErrors' : 'showOutput', [rowTarget(row)])
  }
}
