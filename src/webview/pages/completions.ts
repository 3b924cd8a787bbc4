// The list below the filter of what may be typed next: chosen with the arrows and Enter, or by a click.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import { batchTyped, type Completions, completionsOf } from '../../core/protocol/filterText'

const none: Completions = { from: 0, to: 0, items: [] }

export const COMPLETIONS_ID = 'find-completions'

export class CompletionList {
  readonly #accept: (text: string, from: number, to: number) => void
  readonly #ask: (text: string) => void
  /** Where it was shown last, and the names of batches for that. */
  #typed = { text: '', caret: 0 }
  #batches: readonly string[] = []
  #shown = none
  /** The highlighted one; none at first, so that Enter is about what was typed. */
  #active = -1

  /**
   * @param accept puts a text in the place of what is between two characters
   * @param ask asks for names of batches, which `offer` gets
   */
  constructor(accept: (text: string, from: number, to: number) => void, ask: (text: string) => void) {
    this.#accept = accept
    this.#ask = ask
  }

  get isOpen(): boolean {
    return this.#shown.items.length > 0
  }

  get activeId(): string | undefined {
    return this.#active < 0 ? undefined : `${COMPLETIONS_ID}-${this.#active}`
  }

  show(text: string, caret: number): void {
    this.#typed = { text, caret }
    this.#shown = completionsOf(text, caret, this.#batches)
    this.#active = -1
    const batch = batchTyped(text, caret)
    if (batch === undefined) this.#batches = []
    else this.#ask(batch)
  }

  /** Names of batches have come, while what is typed may be such a name. */
  offer(batches: readonly string[]): void {
    const { text, caret } = this.#typed
    if (batchTyped(text, caret) === undefined) return
    this.#batches = batches
    this.#shown = completionsOf(text, caret, batches)
    this.#active = Math.min(this.#active, this.#shown.items.length - 1)
  }

  close(): void {
    this.#typed = { text: '', caret: 0 }
    this.#shown = none
    this.#active = -1
  }

  /** @returns whether there is one to go to */
  move(by: 1 | -1): boolean {
    const { length } = this.#shown.items
    if (length === 0) return false
    this.#active = (this.#active + by + length + (this.#active < 0 && by < 0 ? 1 : 0)) % length
    return true
  }

  /** Takes the highlighted one. */
  take(index = this.#active): boolean {
    const item = this.#shown.items[index]
    if (!item) return false
    const { from, to } = this.#shown
    this.close()
    this.#accept(item.text, from, to)
    return true
  }

  get template(): TemplateResult | typeof nothing {
    if (!this.isOpen) return nothing
    return html`<ul class="completions" role="listbox" id=${COMPLETIONS_ID} aria-label=${t('What can be typed')}>
      ${this.#shown.items.map(
        ({ text, meaning }, index) => html`<li
          class=${index === this.#active ? 'active' : ''}
          role="option"
          id=${`${COMPLETIONS_ID}-${index}`}
          aria-selected=${index === this.#active}
          @mousedown=${(event: Event) => event.preventDefault()}
          @click=${() => this.take(index)}
        >
          <span class="token" dir="ltr">${text.trim()}</span><span class="description">${meaning}</span>
        </li>`,
      )}
    </ul>`
  }
}
