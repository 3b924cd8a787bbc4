// The strip above the tree: the numbers of running and queued jobs, and how many may run at once.
import { t } from '@vscode/l10n'
import { html, noChange, nothing, type TemplateResult } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import { repeat } from 'lit-html/directives/repeat.js'
import type { PageSummary } from '../../core/pages/jobsPage'
import { atMostText, countsByState, listCounts, type StateCounts, type Tally, tally } from '../../core/protocol/format'
import { MAX_CONCURRENCY } from '../../core/protocol/limits'
import { concurrencyProblem } from '../../core/protocol/settingsTable'

/** How long the field shows a requested number that the service has not confirmed. */
const CONFIRM_MS = 2000
const PROBLEM_ID = 'concurrency-problem'

/** The number of slots as a field: it shows the service's number, or the requested one until that is confirmed. */
export class ConcurrencyField {
  readonly #send: (concurrency: number) => void
  readonly #changed: () => void
  #current = 1
  #requested: number | undefined
  #expiry: ReturnType<typeof setTimeout> | undefined
  #isEditing = false
  /** What is wrong with the typed number; shown until it is corrected or discarded with Escape. */
  #problem: string | undefined

  constructor(send: (concurrency: number) => void, changed: () => void) {
    this.#send = send
    this.#changed = changed
  }

  template({ concurrency, concurrencyWhy, slotsTaken }: PageSummary): TemplateResult {
    if (this.#requested === concurrency) this.#clearRequested()
    this.#current = concurrency
    const shown = this.#requested ?? concurrency
    const why = [
      atMostText({ concurrency, concurrencyWhy }),
      t`Slots taken now: ${slotsTaken}.`,
      t('Type 0 to go back to the number of usable cores.'),
    ].join('\n')
    return html`<span class="concurrency" title=${why}>
      <button class="step" aria-label=${t('Fewer jobs at once')} ?disabled=${shown <= 1} @click=${() => this.#step(-1)}>
        <i class="codicon codicon-remove"></i></button
      ><input
        type="number"
        min="0"
        max=${MAX_CONCURRENCY}
        step="1"
        aria-label=${t('Jobs at once')}
        aria-description=${why}
        aria-invalid=${this.#problem ? 'true' : nothing}
        aria-errormessage=${this.#problem ? PROBLEM_ID : nothing}
        .value=${this.#isEditing ? noChange : live(String(shown))}
        @input=${(event: Event) => this.#onInput(event.target as HTMLInputElement)}
        @change=${(event: Event) => this.#commit(event.target as HTMLInputElement)}
        @blur=${() => this.#problem || this.#endEdit()}
        @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && this.#endEdit()}
      /><button class="step" aria-label=${t('More jobs at once')} ?disabled=${shown >= MAX_CONCURRENCY} @click=${() => this.#step(1)}>
        <i class="codicon codicon-add"></i>
      </button>
      <span class="unit">${t('at once')}</span>
    </span>`
  }

  /** Shown below the field. */
  get problemTemplate(): TemplateResult | typeof nothing {
    if (!this.#problem) return nothing
    return html`<p class="problem" id=${PROBLEM_ID} role="alert">${this.#problem}</p>`
  }

  /** Clicks may come faster than the field is rendered. */
  #step(by: number): void {
    const next = (this.#requested ?? this.#current) + by
    if (next >= 1 && next <= MAX_CONCURRENCY) this.#request(next)
  }

  /** A problem is only updated while typing: a number that is half typed is not wrong yet. */
  #onInput(input: HTMLInputElement): void {
    this.#isEditing = true
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
    this.#endEdit()
  }

  #request(concurrency: number): void {
    this.#clearRequested()
    this.#problem = undefined
    this.#isEditing = false
    // 0 means the number of usable cores, which only the service knows: nothing to show until it answers
    if (concurrency > 0) this.#requested = concurrency
    this.#expiry = setTimeout(() => {
      this.#clearRequested()
      this.#changed()
    }, CONFIRM_MS)
    this.#send(concurrency)
    this.#changed()
  }

  #clearRequested(): void {
    clearTimeout(this.#expiry)
    this.#requested = undefined
  }

  #endEdit(): void {
    this.#isEditing = false
    this.#problem = undefined
    this.#changed()
  }
}

/** An empty field changes nothing; text that is no number leaves `value` empty too. */
function problemOf(input: HTMLInputElement): string | undefined {
  return input.value === '' && !input.validity.badInput ? undefined : concurrencyProblem(input.valueAsNumber)
}

/** @param find shows the jobs of a filter */
export function headerTemplate(
  summary: PageSummary,
  field: ConcurrencyField,
  find: (text: string) => void,
): TemplateResult {
  return html`<header class="strip">
    <span class="summary" title=${countsByState(summary.counts).join('\n')}>${countLinks(summary.counts, find)}</span>
    ${field.template(summary)}
  </header>
  ${field.problemTemplate}`
}

/** What is under way and what failed first: in a narrow view the end is cut. */
const counted: readonly (keyof Tally)[] = ['running', 'queued', 'failed', 'unknown', 'succeeded', 'cancelled']

/** `3 running, 12 queued, 1 failed`: each number leads to its jobs. */
function countLinks(counts: StateCounts, find: (text: string) => void): unknown {
  const numbers = tally(counts)
  const shown = counted.filter(group => numbers[group] > 0)
  if (shown.length === 0) return t('No jobs')
  // each number keeps its element, so that a click is never about the one that comes in its place
  return repeat(
    shown,
    group => group,
    (group, i) => {
      const text = listCounts({ [group]: numbers[group] })
      return html`${i === 0 ? '' : ', '}<button
          class="count-link"
          title=${t`Show the ${text}`}
          @click=${() => find(`state:${group}`)}
        >${text}</button>`
    },
  )
}
