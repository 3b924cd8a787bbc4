// The status tree: a scrolling window over rows that the job service holds, with VS Code's mouse and keyboard habits.
import { html, nothing, type TemplateResult } from 'lit-html'
import { createRef, ref } from 'lit-html/directives/ref.js'
import { repeat } from 'lit-html/directives/repeat.js'
import type { Row, RowQuery, Rows } from '../../core/protocol/facts'
import { type RowAction, type RowTarget, rowTarget } from '../../core/protocol/viewProtocol'
import { isLive } from '../text/rowText'
import { rowId, rowTemplate } from './rows'
import { keyOf, TreeModel } from './treeModel'
import type { TreeState } from './viewState'
import { covers, drift, ROW_HEIGHT, renderedSpan, revealed, type Span, visibleSpan, wantedSpan } from './windowing'

/** After this long an answer is taken for lost, and the next question may be put. */
const ANSWER_MS = 2000

export interface TreeActions {
  query(query: RowQuery): void
  act(action: RowAction, targets: RowTarget[]): void
  /** Something is to be rendered anew, and kept. */
  changed(): void
}

export class Tree {
  readonly model: TreeModel
  readonly #actions: TreeActions
  readonly #element = createRef<HTMLElement>()
  readonly #resized = new ResizeObserver(() => this.#actions.changed())
  #scrollTop: number
  /** The topmost row in sight when the list is scrolled: what the user looks at stays in place. */
  #top: TreeState['top']
  #asked: (RowQuery & { at: number }) | undefined
  #answered = true

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
    this.#answered = true
    const moved = drift(this.#top, this.model.total, rows)
    this.model.accept(rows)
    if (this.#top && moved !== 0) this.#scrollTop += moved * ROW_HEIGHT
    this.#remember()
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

  /** After rendering, when the height is what it should be: scrolls, and asks for the rows that are needed. */
  rendered(): void {
    const element = this.#element.value
    if (element?.isConnected) {
      this.#resized.observe(element)
      if (this.model.total > 0 && Math.abs(element.scrollTop - this.#scrollTop) >= 1)
        element.scrollTop = this.#scrollTop
    }
    this.#ask()
  }

  get #height(): number {
    return this.#element.value?.clientHeight || window.innerHeight
  }

  get #visible(): Span {
    // Before the first answer the number of rows is not known, and the scroll position is what was kept.
    const total = this.#asked ? this.model.total : Number.MAX_SAFE_INTEGER
    return visibleSpan(this.#scrollTop, this.#height, total)
  }

  /** One question at a time: a fast scroll asks for where it is by then. */
  #ask(): void {
    const waiting = this.#asked && !this.#answered && performance.now() - this.#asked.at < ANSWER_MS
    if (waiting) return
    const { expanded, total } = this.model
    const unchanged = this.#asked && String(this.#asked.expanded) === String(expanded)
    if (this.#asked && unchanged && covers(this.#asked, this.#visible, total)) return
    const query = { ...wantedSpan(this.#visible), expanded }
    this.#asked = { ...query, at: performance.now() }
    this.#answered = false
    this.#actions.query(query)
  }

  #remember(): void {
    const index = Math.floor(this.#scrollTop / ROW_HEIGHT)
    const row = this.model.rowAt(index)
    if (this.#scrollTop === 0) this.#top = undefined
    else if (row) this.#top = { key: keyOf(row), index, hidden: this.#scrollTop - index * ROW_HEIGHT }
  }

  readonly #onScroll = (): void => {
    this.#scrollTop = this.#element.value?.scrollTop ?? 0
    this.#top = undefined
    this.#remember()
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
    if (event.shiftKey) selection.extendTo(keyOf(row), this.model.heldKeys)
    else if (event.ctrlKey || event.metaKey) selection.toggle(keyOf(row))
    else {
      if (!onTwistie) selection.only(keyOf(row))
      this.#toggle(row)
    }
    this.#actions.changed()
  }

  readonly #onDoubleClick = (event: MouseEvent): void => {
    const row = this.#rowOf(event)
    if (row?.kind === 'job') this.#actions.act('showOutput', [rowTarget(row)])
  }

  /** A menu belongs to a row: it selects the row unless that is one of the selected, and tells the commands of all. */
  readonly #onContextMenu = (event: MouseEvent): void => {
    const row = this.#rowOf(event)
    const element = this.#element.value
    if (!row || !element) {
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
    if (!this.#press(event)) return
    event.preventDefault()
    this.#actions.changed()
  }

  /** @returns whether the key means something here */
  #press(event: KeyboardEvent): boolean {
    const { model } = this
    const index = model.activeIndex
    const page = Math.max(1, Math.floor(this.#height / ROW_HEIGHT) - 1)
    const command = event.ctrlKey || event.metaKey
    const row = model.activeRow
    switch (event.key) {
      case 'ArrowDown':
        return this.#move(index + 1, event)
      case 'ArrowUp':
        return this.#move(index - 1, event)
      case 'PageDown':
        return this.#move(index + page, event)
      case 'PageUp':
        return this.#move(index - page, event)
      case 'Home':
        return this.#move(0, event)
      case 'End':
        return this.#move(model.total - 1, event)
      case 'ArrowRight':
        if (row?.kind !== 'batch') return true
        return row.expanded ? this.#move(index + (row.batch.total > 0 ? 1 : 0), event) : this.#toggle(row)
      case 'ArrowLeft':
        if (row?.kind === 'batch') return row.expanded ? this.#toggle(row) : true
        return model.parentIndex(index) < 0 || this.#move(model.parentIndex(index), event)
      case 'Enter':
        if (row?.kind === 'job') this.#actions.act('showOutput', [rowTarget(row)])
        return this.#toggle(row)
      case ' ':
        if (row) model.selection.toggle(keyOf(row))
        return true
      case 'a':
        if (command) model.selection.all(model.heldKeys, model.total)
        return command
      case 'Escape':
        if (model.selection.size === 0) return false
        model.selection.clear()
        return true
      case 'Delete':
        return this.#remove()
      case 'Backspace':
        return event.metaKey && this.#remove()
      case 'ContextMenu':
        return this.#openMenu()
      case 'F10':
        return event.shiftKey && this.#openMenu()
      default:
        return false
    }
  }

  /** Moves the focus; with Shift the selection grows along, over rows that are held. */
  #move(index: number, { shiftKey }: KeyboardEvent): boolean {
    const { model } = this
    const before = model.activeRow
    model.activate(index)
    const row = model.activeRow
    if (shiftKey && before && row) {
      if (model.selection.size === 0) model.selection.only(keyOf(before))
      model.selection.extendTo(keyOf(row), model.heldKeys)
    }
    this.#scrollTop = revealed(model.activeIndex, this.#scrollTop, this.#height)
    this.#remember()
    return true
  }

  #toggle(row: Row | undefined): boolean {
    if (row?.kind !== 'batch') return true
    if (row.expanded) this.model.fold(row.batch.id)
    else this.model.unfold(row.batch.id)
    return true
  }

  /** What still runs or waits is cancelled; only when all have ended are they cleared, so that one key never does both. */
  #remove(): boolean {
    const rows = this.model.actionRows()
    const live = rows.filter(isLive)
    if (rows.length > 0)
      this.#actions.act(live.length > 0 ? 'cancel' : 'clear', (live.length > 0 ? live : rows).map(rowTarget))
    return true
  }

  /** The menu key's own event comes from the tree as a whole; VS Code asks the element where it happened. */
  #openMenu(): boolean {
    const row = this.model.activeRow
    const element = row && document.getElementById(rowId(row))
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
