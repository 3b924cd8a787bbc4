// The status tree: a scrolling window over rows that the job service holds, with VS Code's mouse and keyboard habits.
import { html, nothing, type TemplateResult } from 'lit-html'
import { createRef, ref } from 'lit-html/directives/ref.js'
import { repeat } from 'lit-html/directives/repeat.js'
import { keyOf, type RowAction, type RowTarget, rowTarget } from '../../core/pages/rowTargets'
import type { Row, RowQuery, Rows } from '../../core/protocol/facts'
import { isLive } from '../text/rowText'
import { rowId, rowTemplate } from './rows'
import { foldId, isWork, TreeModel } from './treeModel'
import type { TreeState } from './viewState'
import { covers, drift, querySpan, ROW_HEIGHT, renderedSpan, revealed, type Span, visibleSpan } from './windowing'

/** After this long the answer to a query is taken for lost, and the next query may be sent. */
const ANSWER_TIMEOUT_MS = 2000

export interface TreeActions {
  query(query: RowQuery): void
  act(action: RowAction, targets: RowTarget[]): void
  /** Something must be rendered again, and the state saved. */
  changed(): void
}

export class Tree {
  readonly model: TreeModel
  readonly #actions: TreeActions
  readonly #element = createRef<HTMLElement>()
  readonly #resized = new ResizeObserver(() => this.#actions.changed())
  #scrollTop: number
  /** The topmost visible row while the list is scrolled: it stays in place when rows are added above. */
  #top: TreeState['top']
  /** The last query that was sent. */
  #query: (RowQuery & { sentAt: number }) | undefined
  #isAnswered = true
  /** When a row was folded or unfolded last. */
  #foldedAt = Number.NEGATIVE_INFINITY
  /** Keys that wait for the rows of what was unfolded before. */
  readonly #typedAhead: KeyboardEvent[] = []

  constructor(state: TreeState, actions: TreeActions) {
    this.model = new TreeModel(state)
    this.#actions = actions
    this.#top = state.top
    this.#scrollTop = state.top ? state.top.index * ROW_HEIGHT + state.top.hidden : 0
  }

  get state(): TreeState {
    const { expanded, selection, active } = this.model
    return { expanded, selected: selection.keys, active, top: this.#top }
  }

  accept(rows: Rows): void {
    this.#isAnswered = true
    const moved = drift(this.#top, this.model.total, rows)
    this.model.accept(rows)
    if (this.#top && moved !== 0) this.#scrollTop += moved * ROW_HEIGHT
    this.#rememberTop()
    this.#pressTypedAhead()
    this.#actions.changed()
  }

  focus(): void {
    this.#element.value?.focus({ preventScroll: true })
  }

  template(now: number): TemplateResult {
    const { model } = this
    const span = renderedSpan(this.#visible, { from: model.rows.from, count: model.rows.rows.length })
    const rows = Array.from({ length: span.count }, (_, i) => model.rowAt(span.from + i)).filter(
      row => row !== undefined,
    )
    const active = model.activeRow
    return html`<div
      class="tree"
      role="tree"
      tabindex="0"
      aria-label="Jobs"
      aria-multiselectable="true"
      aria-activedescendant=${active && rows.includes(active) ? rowId(active) : nothing}
      data-vscode-context='{"preventDefaultContextMenuItems":true}'
      ${ref(this.#element)}
      @scroll=${this.#onScroll}
      @click=${this.#onClick}
      @dblclick=${this.#onDoubleClick}
      @contextmenu=${this.#onContextMenu}
      @keydown=${this.#onKeyDown}
      @focus=${this.#onFocus}
    >
      <div class="space" role="presentation" .style=${`height: ${model.total * ROW_HEIGHT}px`}>
        <div class="rows" role="presentation" .style=${`transform: translateY(${span.from * ROW_HEIGHT}px)`}>
          ${repeat(rows, keyOf, row =>
            rowTemplate(row, { selected: model.selection.has(keyOf(row)), active: row === active, now }),
          )}
        </div>
      </div>
    </div>`
  }

  /** After rendering, when the height is known: scrolls, and queries the rows that are needed. */
  rendered(): void {
    const element = this.#element.value
    if (element?.isConnected) {
      this.#resized.observe(element)
      if (this.model.total > 0 && Math.abs(element.scrollTop - this.#scrollTop) >= 1)
        element.scrollTop = this.#scrollTop
    }
    this.#queryRows()
  }

  get #height(): number {
    return this.#element.value?.clientHeight || window.innerHeight
  }

  get #visible(): Span {
    // Before the first query the number of rows is not known, and the scroll position is the saved one.
    const total = this.#query ? this.model.total : Number.MAX_SAFE_INTEGER
    return visibleSpan(this.#scrollTop, this.#height, total)
  }

  /** One query at a time: after a fast scroll the next one is for the position by then. */
  #queryRows(): void {
    const waiting = this.#query && !this.#isAnswered && performance.now() - this.#query.sentAt < ANSWER_TIMEOUT_MS
    if (waiting) return
    const { expanded, total } = this.model
    const unchanged = this.#query && String(this.#query.expanded) === String(expanded)
    if (this.#query && unchanged && covers(this.#query, this.#visible, total)) return
    const query = { ...querySpan(this.#visible), expanded, groups: true as const }
    this.#query = { ...query, sentAt: performance.now() }
    this.#isAnswered = false
    this.#actions.query(query)
  }

  #rememberTop(): void {
    const index = Math.floor(this.#scrollTop / ROW_HEIGHT)
    const row = this.model.rowAt(index)
    if (this.#scrollTop === 0) this.#top = undefined
    else if (row) this.#top = { key: keyOf(row), index, hidden: this.#scrollTop - index * ROW_HEIGHT }
  }

  readonly #onScroll = (): void => {
    this.#scrollTop = this.#element.value?.scrollTop ?? 0
    this.#top = undefined
    this.#rememberTop()
    this.#actions.changed()
  }

  readonly #onFocus = (): void => {
    if (this.model.activeIndex < 0) this.model.activate(this.#visible.from)
    this.#actions.changed()
  }

  readonly #onClick = (event: MouseEvent): void => {
    const row = this.#rowOf(event)
    if (!row) return
    const onTwistie = (event.target as Element).classList.contains('twistie')
    const { selection } = this.model
    this.model.activate(this.model.indexOf(keyOf(row)))
    // the second click of a double click folds nothing, as in VS Code's trees; a click without a mouse is none
    const isSecond = event.detail > 0 && event.detail % 2 === 0 && !onTwistie
    const toFold = isSecond ? undefined : row
    if (row.kind === 'group') this.#toggle(toFold)
    else if (event.shiftKey) selection.extendTo(keyOf(row), this.model.loadedKeys)
    else if (event.ctrlKey || event.metaKey) selection.toggle(keyOf(row))
    else {
      if (!onTwistie) selection.only(keyOf(row))
      this.#toggle(toFold)
    }
    this.#actions.changed()
  }

  readonly #onDoubleClick = (event: MouseEvent): void => {
    const row = this.#rowOf(event)
    if (row?.kind === 'job') this.#actions.act('showOutput', [rowTarget(row)])
  }

  /** A menu belongs to a row: it selects the row unless it is selected already; its commands get all selected rows. */
  readonly #onContextMenu = (event: MouseEvent): void => {
    const row = this.#rowOf(event)
    const element = this.#element.value
    if (!isWork(row) || !element) {
      event.preventDefault()
      event.stopPropagation()
      return
    }
    const { selection } = this.model
    this.model.activate(this.model.indexOf(keyOf(row)))
    if (!selection.has(keyOf(row))) selection.only(keyOf(row))
    const ids = selection.size > 1 ? { ids: selection.keys } : {}
    element.dataset.vscodeContext = JSON.stringify({ preventDefaultContextMenuItems: true, ...ids })
    this.#actions.changed()
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    if (!this.#keys[event.key]) return
    if (this.#typedAhead.length === 0 && !this.#isFolding) {
      if (this.#press(event)) event.preventDefault()
      return
    }
    event.preventDefault()
    this.#typedAhead.push(event)
    setTimeout(() => this.#pressTypedAhead(), ANSWER_TIMEOUT_MS + 1) // also when no answer comes
  }

  /** @returns whether the key means something here */
  #press(event: KeyboardEvent): boolean {
    const isMeant = this.#keys[event.key]?.(event) ?? false
    if (isMeant) this.#actions.changed()
    return isMeant
  }

  /** The active row was folded or unfolded, and the rows that are loaded do not show it yet. */
  get #isFolding(): boolean {
    const row = this.model.activeRow
    if (!row || row.kind === 'job' || performance.now() - this.#foldedAt > ANSWER_TIMEOUT_MS) return false
    return row.expanded !== this.model.isExpanded(row)
  }

  /** What was typed before the rows of an unfolded batch had come is about those rows. */
  #pressTypedAhead(): void {
    while (!this.#isFolding) {
      const event = this.#typedAhead.shift()
      if (!event) return
      this.#press(event)
    }
  }

  /** What the keys do; each returns whether it means something here. */
  readonly #keys: Readonly<Record<string, (event: KeyboardEvent) => boolean>> = {
    ArrowDown: event => this.#move(this.model.activeIndex + 1, event),
    ArrowUp: event => this.#move(this.model.activeIndex - 1, event),
    PageDown: event => this.#move(this.model.activeIndex + this.#pageLength, event),
    PageUp: event => this.#move(this.model.activeIndex - this.#pageLength, event),
    Home: event => this.#move(0, event),
    End: event => this.#move(this.model.total - 1, event),
    ArrowRight: event => this.#unfoldOrEnter(event),
    ArrowLeft: event => this.#foldOrLeave(event),
    Enter: () => this.#open(),
    ' ': () => this.#toggleSelected(),
    a: event => this.#selectAll(event),
    Escape: () => this.#clearSelection(),
    Delete: () => this.#remove(),
    Backspace: event => event.metaKey && this.#remove(),
    ContextMenu: () => this.#openMenu(),
    F10: event => event.shiftKey && this.#openMenu(),
  }

  get #pageLength(): number {
    return Math.max(1, Math.floor(this.#height / ROW_HEIGHT) - 1)
  }

  /** As in VS Code's trees: Right unfolds a row, then goes to the first one in it; Left folds it, or goes to that which it is in. */
  #unfoldOrEnter(event: KeyboardEvent): boolean {
    const { activeRow: row, activeIndex } = this.model
    if (!row || row.kind === 'job') return true
    const size = row.kind === 'batch' ? row.batch.total : row.entries
    return row.expanded ? this.#move(activeIndex + (size > 0 ? 1 : 0), event) : this.#toggle(row)
  }

  #foldOrLeave(event: KeyboardEvent): boolean {
    const { activeRow: row, activeIndex } = this.model
    if (row && row.kind !== 'job' && row.expanded) return this.#toggle(row)
    const parent = this.model.parentIndex(activeIndex)
    return parent < 0 || this.#move(parent, event)
  }

  #open(): boolean {
    const row = this.model.activeRow
    if (row?.kind === 'job') this.#actions.act('showOutput', [rowTarget(row)])
    return this.#toggle(row)
  }

  #toggleSelected(): boolean {
    const row = this.model.activeRow
    if (isWork(row)) this.model.selection.toggle(keyOf(row))
    return true
  }

  #selectAll({ ctrlKey, metaKey }: KeyboardEvent): boolean {
    const isCommand = ctrlKey || metaKey
    if (isCommand) this.model.selection.all(this.model.loadedKeys, this.model.total)
    return isCommand
  }

  #clearSelection(): boolean {
    if (this.model.selection.size === 0) return false
    this.model.selection.clear()
    return true
  }

  /** Moves the focus; Shift extends the selection over rows that are loaded. */
  #move(index: number, { shiftKey }: KeyboardEvent): boolean {
    const { model } = this
    const before = model.activeRow
    model.activate(index)
    const row = model.activeRow
    if (shiftKey && isWork(before) && isWork(row)) {
      if (model.selection.size === 0) model.selection.only(keyOf(before))
      model.selection.extendTo(keyOf(row), model.loadedKeys)
    }
    this.#scrollTop = revealed(model.activeIndex, this.#scrollTop, this.#height)
    this.#rememberTop()
    return true
  }

  #toggle(row: Row | undefined): boolean {
    if (!row || row.kind === 'job') return true
    if (this.model.isExpanded(row)) this.model.fold(foldId(row))
    else this.model.unfold(foldId(row))
    this.#foldedAt = performance.now()
    return true
  }

  /** Jobs that have not ended are cancelled; only when all have ended are they cleared, so that one key never does both. */
  #remove(): boolean {
    const rows = this.model.actionRows()
    const live = rows.filter(isLive)
    if (rows.length > 0)
      this.#actions.act(live.length > 0 ? 'cancel' : 'clear', (live.length > 0 ? live : rows).map(rowTarget))
    return true
  }

  /** The menu key's own event targets the tree; VS Code reads the context of the event's target, which must be the row. */
  #openMenu(): boolean {
    const row = this.model.activeRow
    const element = isWork(row) && document.getElementById(rowId(row))
    if (!element) return true
    const { left, bottom } = element.getBoundingClientRect()
    element.dispatchEvent(
      new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: left + 24, clientY: bottom }),
    )
    return true
  }

  #rowOf(event: Event): Row | undefined {
    const key = (event.target as Element).closest<HTMLElement>('[data-key]')?.dataset.key
    return key === undefined ? undefined : this.model.rowAt(this.model.indexOf(key))
  }
}
