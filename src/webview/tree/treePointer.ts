// What the mouse does in the tree, as in VS Code's trees.
import { keyOf } from '../../core/pages/rowTargets'
import type { JobRow, Row } from '../../core/protocol/facts'
import { rowContext } from './rowContext'
import { isWork, type TreeModel } from './treeModel'

export interface TreePointerHost {
  readonly model: TreeModel
  toggle(row: Row | undefined): void
  open(row: JobRow): void
  /** Shows the jobs of this filter. */
  find(typed: { text: string }): void
  /** A click beside the rows is for the tree. */
  enter(): void
  changed(): void
}

export class TreePointer {
  readonly #host: TreePointerHost
  #isPressed = false
  #hovered: string | undefined

  constructor(host: TreePointerHost) {
    this.#host = host
  }

  /** A button is down: what is pressed is chosen when it is released, since details that open would move the row away. */
  get isPressed(): boolean {
    return this.#isPressed
  }

  /** The key of the row under the mouse. */
  get hovered(): string | undefined {
    return this.#hovered
  }

  readonly onPress = ({ type }: Event): void => {
    this.#isPressed = type === 'pointerdown'
  }

  readonly onMove = (event: Event): void => {
    const key = event.type === 'pointerover' ? keyAt(event) : undefined
    if (key === this.#hovered) return
    this.#hovered = key
    this.#host.changed()
  }

  readonly onLeave = (event: Event): void => {
    this.onPress(event)
    this.onMove(event)
  }

  readonly onClick = (event: MouseEvent): void => {
    const row = this.#rowAt(event)
    if (!row) {
      this.#host.enter()
      return
    }
    const { find } = (event.target as Element).closest<HTMLElement>('[data-find]')?.dataset ?? {}
    if (find !== undefined) {
      this.#host.find({ text: find })
      return
    }
    const onTwistie = (event.target as Element).classList.contains('twistie')
    const { model } = this.#host
    model.activate(model.indexOf(keyOf(row)))
    // the second click of a double click folds nothing, as in VS Code's trees; a click without a mouse is none
    const isSecond = event.detail > 0 && event.detail % 2 === 0 && !onTwistie
    const toFold = isSecond ? undefined : row
    if (row.kind === 'group') this.#host.toggle(toFold)
    else if (event.shiftKey) model.selection.extendTo(keyOf(row), model.loadedKeys)
    else if (event.ctrlKey || event.metaKey) model.selection.toggle(keyOf(row))
    else {
      if (!onTwistie) model.selection.only(keyOf(row))
      this.#host.toggle(toFold)
    }
    this.#host.changed()
  }

  readonly onDoubleClick = (event: MouseEvent): void => {
    const row = this.#rowAt(event)
    if (row?.kind === 'job') this.#host.open(row)
  }

  /**
   * A menu belongs to a row: it selects the row unless it is selected already; its commands get all selected rows. VS Code
   * reads what they get from the tree, once this event has gone up to the window.
   */
  readonly onContextMenu = (event: MouseEvent): void => {
    const row = this.#rowAt(event)
    if (!isWork(row)) {
      event.preventDefault()
      event.stopPropagation()
      return
    }
    const { model } = this.#host
    const { selection } = model
    model.activate(model.indexOf(keyOf(row)))
    if (!selection.has(keyOf(row))) selection.only(keyOf(row))
    const ids = selection.size > 1 ? { ids: selection.keys } : {}
    const tree = event.currentTarget as HTMLElement
    tree.dataset.vscodeContext = JSON.stringify({ ...rowContext(row), ...ids })
    this.#host.changed()
  }

  #rowAt(event: Event): Row | undefined {
    const key = keyAt(event)
    const { model } = this.#host
    return key === undefined ? undefined : model.rowAt(model.indexOf(key))
  }
}

function keyAt(event: Event): string | undefined {
  return (event.target as Element).closest<HTMLElement>('[data-key]')?.dataset.key
}
