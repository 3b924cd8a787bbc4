// The line between the tree and what is below it: drawn with the mouse, moved with the arrows.
import { t } from '@vscode/l10n'
import { html, type TemplateResult } from 'lit-html'

/** Pixels. */
const MIN_HEIGHT = 80
const STEP = 22
/** What stays for the rows. */
const MIN_ABOVE = 110

export class Splitter {
  readonly #changed: () => void
  #height: number | undefined

  constructor(height: number | undefined, changed: () => void) {
    this.#height = height
    this.#changed = changed
  }

  /** Of what is below, pixels; `undefined` until somebody has moved it. */
  get height(): number | undefined {
    return this.#height
  }

  get style(): string {
    return this.#height === undefined ? '' : `height: ${this.#height}px`
  }

  get template(): TemplateResult {
    return html`<div
      class="splitter"
      role="separator"
      tabindex="0"
      aria-orientation="horizontal"
      aria-label=${t('Height of the details')}
      aria-valuemin=${MIN_HEIGHT}
      aria-valuemax=${this.#most}
      aria-valuenow=${Math.round(this.#height ?? MIN_HEIGHT)}
      @pointerdown=${this.#onPointerDown}
      @keydown=${this.#onKeyDown}
      @dblclick=${() => this.#set(undefined)}
    ></div>`
  }

  get #most(): number {
    return Math.max(MIN_HEIGHT, window.innerHeight - MIN_ABOVE)
  }

  #set(height: number | undefined): void {
    this.#height = height === undefined ? undefined : Math.min(this.#most, Math.max(MIN_HEIGHT, Math.round(height)))
    this.#changed()
  }

  readonly #onPointerDown = (event: PointerEvent): void => {
    const line = event.currentTarget as HTMLElement
    const before = line.parentElement?.getBoundingClientRect().height ?? 0
    const from = event.clientY
    const move = ({ clientY }: PointerEvent) => this.#set(before + from - clientY)
    line.setPointerCapture(event.pointerId)
    line.addEventListener('pointermove', move)
    line.addEventListener('lostpointercapture', () => line.removeEventListener('pointermove', move), { once: true })
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowUp: STEP, ArrowDown: -STEP }[event.key]
    if (by === undefined) return
    event.preventDefault()
    const { height } = (event.currentTarget as HTMLElement).parentElement?.getBoundingClientRect() ?? { height: 0 }
    this.#set(height + by)
  }
}
