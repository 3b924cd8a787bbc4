// The strip above the tree: what runs and waits, and how many jobs may run at once. Runs in the view's page.
import { html, noChange, type TemplateResult } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import { asSentence, countsByState, groupDigits, summaryText } from '../core/format'
import type { Summary } from '../core/protocol'
import { MAX_CONCURRENCY } from '../core/viewProtocol'

/** How long the field shows a number that was asked for and that the service has not confirmed. */
const CONFIRM_MS = 2000

/** The number of slots as a field: it shows the real one, but for the moment between asking and hearing. */
export class ConcurrencyField {
  readonly #ask: (concurrency: number) => void
  readonly #changed: () => void
  #known = 1
  #asked: number | undefined
  #expiry: ReturnType<typeof setTimeout> | undefined
  #typing = false

  constructor(ask: (concurrency: number) => void, changed: () => void) {
    this.#ask = ask
    this.#changed = changed
  }

  template({ concurrency, concurrencyWhy, slotsTaken }: Summary): TemplateResult {
    if (this.#asked === concurrency) this.#forget()
    this.#known = concurrency
    const shown = this.#asked ?? concurrency
    const why = [
      `At most ${groupDigits(concurrency)} at once. ${asSentence(concurrencyWhy)}`,
      `Slots taken now: ${slotsTaken}.`,
      'Type 0 to go back to the number of usable cores.',
    ].join('\n')
    return html`<span class="concurrency" title=${why}>
      <button class="step" aria-label="Fewer jobs at once" ?disabled=${shown <= 1} @click=${() => this.#step(-1)}>
        <i class="codicon codicon-remove"></i></button
      ><input
        type="number"
        min="0"
        max=${MAX_CONCURRENCY}
        step="1"
        aria-label="Jobs at once"
        aria-description=${why}
        .value=${this.#typing ? noChange : live(String(shown))}
        @input=${() => this.#setTyping(true)}
        @change=${(event: Event) => this.#commit(event.target as HTMLInputElement)}
        @blur=${() => this.#setTyping(false)}
        @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && this.#setTyping(false)}
      /><button class="step" aria-label="More jobs at once" ?disabled=${shown >= MAX_CONCURRENCY} @click=${() => this.#step(1)}>
        <i class="codicon codicon-add"></i>
      </button>
      <span class="unit">at once</span>
    </span>`
  }

  /** Clicks may come faster than the field is rendered. */
  #step(by: number): void {
    const next = (this.#asked ?? this.#known) + by
    if (next >= 1 && next <= MAX_CONCURRENCY) this.#request(next)
  }

  #commit(input: HTMLInputElement): void {
    const valid = input.value !== '' && input.checkValidity()
    if (valid) this.#request(input.valueAsNumber)
    this.#setTyping(false)
  }

  #request(concurrency: number): void {
    this.#forget()
    // 0 stands for a number that only the service knows: there is nothing to show until it answers.
    if (concurrency > 0) this.#asked = concurrency
    this.#expiry = setTimeout(() => {
      this.#forget()
      this.#changed()
    }, CONFIRM_MS)
    this.#ask(concurrency)
    this.#changed()
  }

  #forget(): void {
    clearTimeout(this.#expiry)
    this.#asked = undefined
  }

  #setTyping(typing: boolean): void {
    this.#typing = typing
    this.#changed()
  }
}

export function headerTemplate(summary: Summary, field: ConcurrencyField): TemplateResult {
  return html`<header class="strip">
    <span class="summary" title=${countsByState(summary.counts).join('\n')}>${summaryText(summary.counts)}</span>
    ${field.template(summary)}
  </header>`
}
