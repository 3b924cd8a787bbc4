// What the keys of the tree do, as in VS Code's trees. Keys that come before the rows that they are about wait for them.
import { keyOf, type RowAction, type RowTarget, rowTarget } from '../../core/pages/rowTargets'
import type { JobRow, Row } from '../../core/protocol/facts'
import { isLive } from '../text/rowText'
import { rowId } from './rows'
import { isWork, type TreeModel } from './treeModel'

/** After this long a key waits no more for rows. */
export const ANSWER_TIMEOUT_MS = 2000

export interface TreeKeysHost {
  readonly model: TreeModel
  /** Rows of a page. */
  readonly pageLength: number
  /** Scrolls to a row. */
  reveal(index: number): void
  toggle(row: Row | undefined): void
  open(row: JobRow): void
  act(action: RowAction, targets: RowTarget[]): void
  /** A character that means nothing in the tree is the first one of a filter. */
  find(typed: { character: string }): void
  /** @returns whether there was a filter to close */
  closeFilter(): boolean
  changed(): void
}

/** Moves that are about an index, not about the row that is there. */
const moves = new Set(['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'])

export class TreeKeys {
  readonly #host: TreeKeysHost
  readonly #typedAhead: KeyboardEvent[] = []

  constructor(host: TreeKeysHost) {
    this.#host = host
  }

  readonly onKeyDown = (event: KeyboardEvent): void => {
    const isKnown = this.#keys[event.key] !== undefined
    if (isKnown && (this.#typedAhead.length > 0 || this.#mustWait(event))) {
      event.preventDefault()
      this.#typedAhead.push(event)
      setTimeout(() => this.pressTypedAhead(), ANSWER_TIMEOUT_MS + 1) // also when no answer comes
    } else if (this.#press(event) || this.#find(event)) event.preventDefault()
  }

  /** Rows have come. */
  pressTypedAhead(): void {
    for (let [event] = this.#typedAhead; event && !this.#mustWait(event); [event] = this.#typedAhead) {
      this.#typedAhead.shift()
      this.#press(event)
    }
  }

  #mustWait({ key }: KeyboardEvent): boolean {
    const { model } = this.#host
    return model.isFolding(ANSWER_TIMEOUT_MS) || (!moves.has(key) && model.isActiveAwaited(ANSWER_TIMEOUT_MS))
  }

  /** @returns whether the key means something here */
  #press(event: KeyboardEvent): boolean {
    const isMeant = this.#keys[event.key]?.(event) ?? false
    if (isMeant) this.#host.changed()
    return isMeant
  }

  #find({ key, ctrlKey, metaKey, altKey, isComposing }: KeyboardEvent): boolean {
    const isCharacter = [...key].length === 1 && !ctrlKey && !metaKey && !altKey && !isComposing
    if (isCharacter) this.#host.find({ character: key })
    return isCharacter
  }

  /** What the keys do; each returns whether it means something here. */
  readonly #keys: Readonly<Record<string, (event: KeyboardEvent) => boolean>> = {
    ArrowDown: event => this.#move(this.#host.model.activeIndex + 1, event),
    ArrowUp: event => this.#move(this.#host.model.activeIndex - 1, event),
    PageDown: event => this.#move(this.#host.model.activeIndex + this.#host.pageLength, event),
    PageUp: event => this.#move(this.#host.model.activeIndex - this.#host.pageLength, event),
    Home: event => this.#move(0, event),
    End: event => this.#move(this.#host.model.total - 1, event),
    ArrowRight: event => this.#unfoldOrEnter(event),
    ArrowLeft: event => this.#foldOrLeave(event),
    Enter: () => this.#open(),
    ' ': () => this.#toggleSelected(),
    a: event => this.#selectAll(event),
    Escape: () => this.#host.closeFilter() || this.#clearSelection(),
    Delete: () => this.#remove(),
    Backspace: event => event.metaKey && this.#remove(),
    ContextMenu: () => this.#openMenu(),
    F10: event => event.shiftKey && this.#openMenu(),
  }

  /** Right unfolds a row, then goes to the first one in it; Left folds it, or goes to that which it is in. */
  #unfoldOrEnter(event: KeyboardEvent): boolean {
    const { activeRow: row, activeIndex } = this.#host.model
    if (!row || row.kind === 'job') return true
    const size = row.kind === 'batch' ? row.batch.total : row.entries
    return row.expanded ? this.#move(activeIndex + (size > 0 ? 1 : 0), event) : this.#toggle(row)
  }

  #foldOrLeave(event: KeyboardEvent): boolean {
    const { model } = this.#host
    const row = model.activeRow
    if (row && row.kind !== 'job' && row.expanded) return this.#toggle(row)
    const parent = model.parentIndex(model.activeIndex)
    return parent < 0 || this.#move(parent, event)
  }

  #toggle(row: Row | undefined): boolean {
    this.#host.toggle(row)
    return true
  }

  #open(): boolean {
    const row = this.#host.model.activeRow
    if (row?.kind === 'job') this.#host.open(row)
    return this.#toggle(row)
  }

  #toggleSelected(): boolean {
    const { model } = this.#host
    if (isWork(model.activeRow)) model.selection.toggle(keyOf(model.activeRow))
    return true
  }

  #selectAll({ ctrlKey, metaKey }: KeyboardEvent): boolean {
    const { model } = this.#host
    const isCommand = ctrlKey || metaKey
    if (isCommand) model.selection.all(model.loadedKeys, model.total)
    return isCommand
  }

  #clearSelection(): boolean {
    const { selection } = this.#host.model
    if (selection.size === 0) return false
    selection.clear()
    return true
  }

  /** Moves the focus; Shift extends the selection over rows that are loaded. */
  #move(index: number, { shiftKey }: KeyboardEvent): boolean {
    const { model } = this.#host
    const before = model.activeRow
    model.activate(index)
    const row = model.activeRow
    if (shiftKey && isWork(before) && isWork(row)) {
      if (model.selection.size === 0) model.selection.only(keyOf(before))
      model.selection.extendTo(keyOf(row), model.loadedKeys)
    }
    this.#host.reveal(model.activeIndex)
    return true
  }

  /** Jobs that have not ended are cancelled; only when all have ended are they cleared, so that one key never does both. */
  #remove(): boolean {
    const rows = this.#host.model.actionRows()
    const live = rows.filter(isLive)
    if (rows.length > 0)
      this.#host.act(live.length > 0 ? 'cancel' : 'clear', (live.length > 0 ? live : rows).map(rowTarget))
    return true
  }

  /** The menu key's own event is of the tree, and a menu is of a row. */
  #openMenu(): boolean {
    const row = this.#host.model.activeRow
    const element = isWork(row) && document.getElementById(rowId(row))
    if (!element) return true
    const { left, bottom } = element.getBoundingClientRect()
    element.dispatchEvent(
      new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: left + 24, clientY: bottom }),
    )
    return true
  }
}
