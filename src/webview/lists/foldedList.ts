// A list below the tree, of what is no job: one line that unfolds into a row for each, with VS Code's habits of mouse and keyboard.
import { html, nothing, type TemplateResult } from 'lit-html'
import { createRef, ref } from 'lit-html/directives/ref.js'
import { repeat } from 'lit-html/directives/repeat.js'
import { firstClick } from '../frame/firstClick'

/** Rows of one kind: their texts, and what can be done to them. */
export interface RowsOf<T> {
  /** Begins the ids of the rows. */
  readonly name: string
  /** For a screen reader. */
  readonly label: string
  /** What they are, behind the words of the line. */
  readonly meaning: string
  idOf(row: T): string
  /** Of the line over the rows. */
  headOf(rows: readonly T[]): { words: string; button: Button | undefined; end: string }
  look(row: T): RowLook
  /** What a key does to the active row; @returns whether it means something */
  onKey(event: KeyboardEvent, row: T | undefined): boolean
  /** What Enter and a double click do, where they do something. */
  onOpen?(row: T): void
}

export interface RowLook {
  state: string
  label: string
  tooltip: string
  icon: string
  name: string
  description: string
  button: Button | undefined
  /** At the end of the row, in a column. */
  end: string
}

export interface Button {
  icon: string
  label: string
  act(): void
}

export class FoldedList<T> {
  readonly #kind: RowsOf<T>
  /** Something must be rendered again, and the state saved. */
  readonly #changed: () => void
  readonly #list = createRef<HTMLElement>()
  #open: boolean
  #rows: readonly T[] = []
  /** The row with the keyboard's focus. */
  #active = 0

  constructor(open: boolean, kind: RowsOf<T>, changed: () => void) {
    this.#open = open
    this.#kind = kind
    this.#changed = changed
  }

  get open(): boolean {
    return this.#open
  }

  get areRowsShown(): boolean {
    return this.#open && this.#rows.length > 0
  }

  template(rows: readonly T[] = []): TemplateResult | typeof nothing {
    this.#accept(rows)
    if (rows.length === 0) return nothing
    const { label, meaning } = this.#kind
    const { words, button, end } = this.#kind.headOf(rows)
    return html`<section class="folded" aria-label=${label} @contextmenu=${noMenu}>
      <div class="fold">
        <button
          class="toggle"
          aria-expanded=${this.#open}
          aria-description=${meaning}
          title=${`${words}\n${meaning}`}
          @click=${() => this.#setOpen(!this.#open)}
          @keydown=${this.#onFoldKey}
        >
          <i class="twistie codicon codicon-chevron-${this.#open ? 'down' : 'right'}"></i
          ><span class="label">${words}</span>
        </button>
        ${this.#buttonTemplate(button)} ${end === '' ? nothing : html`<span class="end">${end}</span>`}
      </div>
      ${this.#open ? this.#listTemplate() : nothing}
    </section>`
  }

  #listTemplate(): TemplateResult {
    return html`<div
      class="list"
      role="tree"
      tabindex="0"
      aria-label=${this.#kind.label}
      aria-activedescendant=${this.#activeId === undefined ? nothing : this.#elementId(this.#activeId)}
      ${ref(this.#list)}
      @keydown=${this.#onKeyDown}
    >
      ${repeat(
        this.#rows,
        row => this.#kind.idOf(row),
        (row, index) => this.#rowTemplate(row, index),
      )}
    </div>`
  }

  #rowTemplate(row: T, index: number): TemplateResult {
    const { state, label, tooltip, icon, name, description, button, end } = this.#kind.look(row)
    return html`<div
      class="row ${index === this.#active ? 'active' : ''}"
      role="treeitem"
      id=${this.#elementId(this.#kind.idOf(row))}
      data-state=${state}
      aria-level="1"
      aria-setsize=${this.#rows.length}
      aria-posinset=${index + 1}
      aria-label=${label}
      title=${tooltip}
      @click=${() => this.#activate(index)}
      @dblclick=${() => this.#kind.onOpen?.(row)}
    >
      <i class="icon codicon codicon-${icon} ${icon === 'loading' ? 'codicon-modifier-spin' : ''}"></i>
      <span class="label"
        ><span class="name" dir="auto">${name}</span><span class="description">${description}</span></span
      >
      ${this.#buttonTemplate(button)}
      <span class="end">${end}</span>
    </div>`
  }

  /** It may be removed by what it does: the focus goes back to the list before that. */
  #buttonTemplate(button: Button | undefined): TemplateResult | typeof nothing {
    if (!button) return nothing
    const { icon, label, act } = button
    const onClick = firstClick(() => {
      if (this.#list.value?.contains(document.activeElement)) this.#list.value.focus({ preventScroll: true })
      act()
    })
    return html`<button class="action" aria-label=${label} title=${label} @click=${onClick}>
      <i class="codicon codicon-${icon}"></i>
    </button>`
  }

  #elementId(id: string): string {
    return `${this.#kind.name}-${id}`
  }

  get #activeId(): string | undefined {
    const row = this.#rows[this.#active]
    return row === undefined ? undefined : this.#kind.idOf(row)
  }

  /** The active row stays the same one, or becomes the one at its index when it is gone. */
  #accept(rows: readonly T[]): void {
    const id = this.#activeId
    const index = rows.findIndex(row => this.#kind.idOf(row) === id)
    this.#active = index < 0 ? Math.max(0, Math.min(this.#active, rows.length - 1)) : index
    this.#rows = rows
  }

  #setOpen(open: boolean): void {
    this.#open = open
    this.#changed()
  }

  #activate(index: number): void {
    this.#active = Math.max(0, Math.min(index, this.#rows.length - 1))
    if (this.#activeId !== undefined)
      document.getElementById(this.#elementId(this.#activeId))?.scrollIntoView({ block: 'nearest' })
    this.#changed()
  }

  /** As the headers of VS Code's views: Right unfolds, Left folds. */
  readonly #onFoldKey = ({ key }: KeyboardEvent): void => {
    if (key === 'ArrowRight') this.#setOpen(true)
    if (key === 'ArrowLeft') this.#setOpen(false)
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== this.#list.value) return
    const row = this.#rows[this.#active]
    if (this.#move(event.key) || this.#enter(event.key, row) || this.#kind.onKey(event, row)) event.preventDefault()
  }

  #enter(key: string, row: T | undefined): boolean {
    if (key !== 'Enter' || row === undefined || !this.#kind.onOpen) return false
    this.#kind.onOpen(row)
    return true
  }

  #move(key: string): boolean {
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      Home: 0,
      End: this.#rows.length - 1,
    }
    const to = moves[key]
    if (to !== undefined) this.#activate(to)
    return to !== undefined
  }
}

/** Whether a key means that the row is to go: on a Mac there may be no Delete. */
export function isDelete({ key, metaKey }: KeyboardEvent): boolean {
  return key === 'Delete' || (key === 'Backspace' && metaKey)
}

/** VS Code would offer to cut and paste. */
function noMenu(event: Event): void {
  event.preventDefault()
  event.stopPropagation()
}
