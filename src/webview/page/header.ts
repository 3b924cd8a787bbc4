// The strip above the tree: what runs and waits, and how many jobs may run at once.
import { html, noChange, nothing, type TemplateResult } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import type { Summary } from '../../core/protocol/facts'
import { asSentence, countsByState, groupDigits, summaryText } from '../../core/protocol/format'
import { MAX_CONCURRENCY } from '../../core/protocol/limits'
import { concurrencyProblem } from '../../core/protocol/settingRanges'

/** How long the field shows a number that was asked for and that the service has not confirmed. */
const CONFIRM_MS = 2000
const PROBLEM_ID = 'concurrency-problem'

/** The number of slots as a field: it shows the real one, but for the moment between asking and hearing. */
export class ConcurrencyField {
  readonly #ask: (concurrency: number) => void
  readonly #changed: () => void
  #known = 1
  #asked: number | undefined
  #expiry: ReturnType<typeof setTimeout> | undefined
  #typing = false
  /** What is wrong with what was typed: it stays until it is corrected, or given up with Escape. */
  #problem: string | undefined

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
        aria-invalid=${this.#problem ? 'true' : nothing}
        aria-errormessage=${this.#problem ? PROBLEM_ID : nothing}
        .value=${this.#typing ? noChange : live(String(shown))}
        @input=${(event: Event) => this.#typed(event.target as HTMLInputElement)}
        @change=${(event: Event) => this.#commit(event.target as HTMLInputElement)}
        @blur=${() => this.#problem || this.#giveUp()}
        @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && this.#giveUp()}
      /><button class="step" aria-label="More jobs at once" ?disabled=${shown >= MAX_CONCURRENCY} @click=${() => this.#step(1)}>
        <i class="codicon codicon-add"></i>
      </button>
      <span class="unit">at once</span>
    </span>`
  }

  /** Said below the field. */
  get problemTemplate(): TemplateResult | typeof nothing {
    if (!this.#problem) return nothing
    return html`<p class="problem" id=${PROBLEM_ID} role="alert">${this.#problem}</p>`
  }

  /** Clicks may come faster than the field is rendered. */
  #step(by: number): void {
    const next = (this.#asked ?? this.#known) + by
    if (next >= 1 && next <= MAX_CONCURRENCY) this.#request(next)
  }

  /** What was wrong is wrong until it is mended; what is half typed is not wrong yet. */
  #typed(input: HTMLInputElement): void {
    this.#typing = true
    if (this.#problem) this.#problem = problemOf(input)
    this.#changed()
  }

  #commit(input: HTMLInputElement): void {
    this.#problem = problemOf(input)
    if (this.#problem) {
      this.#changed()
      return
    }
    if (input.value !== '') this.#request(input.valueAsNumber)
    this.#giveUp()
  }

  #request(concurrency: number): void {
    this.#forget()
    this.#problem = undefined
    this.#typing = false
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

  #giveUp(): void {
    this.#typing = false
    this.#problem = undefined
    this.#changed()
  }
}

/** Nothing at all is no number that somebody means; text that is none leaves `value` empty too. */
function problemOf(input: HTMLInputElement): string | undefined {
  return input.value === '' && !input.validity.badInput ? undefined : concurrencyProblem(input.valueAsNumber)
}

export function headerTemplate(summary: Summary, field: ConcurrencyField): TemplateResult {
  return html`<header class="strip">
    <span class="summary" title=${countsByState(summary.counts).join('\n')}>${summaryText(summary.counts)}</span>
    ${field.template(summary)}
  </header>
  ${field.problemTemplate}`
}
