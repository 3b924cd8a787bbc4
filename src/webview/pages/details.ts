// The details of the selected row, below the tree: why it failed, what it wrote last, all of its facts, what can be done to it.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import { createRef, ref } from 'lit-html/directives/ref.js'
import { isFinal } from '../../core/jobs/job'
import { stateIcons } from '../../core/jobs/stateIcons'
import type { JobDetails, JobFile, OutputTail } from '../../core/pages/jobDetails'
import { type RowAction, type RowTarget, rowTarget, targetKey } from '../../core/pages/rowTargets'
import type { WorkRow } from '../../core/protocol/facts'
import { batchCondition } from '../../core/protocol/filterText'
import { coreHoursText, formatBytes, tally } from '../../core/protocol/format'
import { firstClick } from '../frame/firstClick'
import { ansiParts } from '../text/ansiText'
import { shorten } from '../text/facts'
import { describeRow, type Fact, rowFacts, rowName, rowState } from '../text/rowText'
import { turnWords } from '../text/usageText'
import type { DetailsState } from '../tree/viewState'
import { curvesTemplate } from './curves'
import { Splitter } from './splitter'
import { tool } from './tool'

export interface DetailsActions {
  act(action: RowAction, targets: RowTarget[]): void
  /** Shows the jobs of a filter. */
  find(text: string): void
  /** Opens what of the job is on a disk. */
  openFile(id: string, file: JobFile): void
  /** The details of this job are wanted, or what this batch has cost, or nothing. */
  show(shown: { id?: string; batchId?: string }): void
  focusTree(): void
  /** Something must be rendered again, and the state saved. */
  changed(): void
}

export class Details {
  readonly #actions: DetailsActions
  readonly #splitter: Splitter
  readonly #body = createRef<HTMLElement>()
  #isOpen: boolean
  #row: WorkRow | undefined
  /** The row whose details are shown, by its key. */
  #key: string | undefined
  /** The job or batch that was asked for. */
  #wanted: string | undefined
  #details: JobDetails | undefined
  #coreHours: number | undefined
  /** Streams whose reader has scrolled up. */
  readonly #held = new Set<string>()

  constructor(state: DetailsState, actions: DetailsActions) {
    this.#isOpen = state.isOpen
    this.#actions = actions
    this.#splitter = new Splitter(state.height, () => actions.changed())
  }

  get state(): DetailsState {
    const { height } = this.#splitter
    return { isOpen: this.#isOpen, ...(height !== undefined && { height }) }
  }

  accept(id: string, details: JobDetails | undefined): void {
    if (id === this.#wanted) this.#details = details
  }

  acceptCost(batchId: string, coreHours: number): void {
    if (batchId === this.#wanted) this.#coreHours = coreHours
  }

  /**
   * @param active the row with the keyboard's focus
   * @param isAway that row is not loaded: the one before stays
   */
  template(active: WorkRow | undefined, isAway: boolean, now: number): TemplateResult | typeof nothing {
    const row = active ?? (isAway ? this.#row : undefined)
    this.#row = row
    this.#choose(row)
    if (!row) return nothing
    const label = t`Details of ${rowName(row)}`
    return html`<section
      class="details ${this.#isOpen ? 'open' : ''}"
      aria-label=${label}
      .style=${this.#isOpen ? this.#splitter.style : ''}
      @keydown=${this.#onKeyDown}
      data-vscode-context='{"preventDefaultContextMenuItems":true}'
    >
      ${this.#isOpen ? this.#splitter.template : nothing}
      <div class="fold">
        <button class="toggle" aria-expanded=${this.#isOpen} title=${label} @click=${this.#toggle}>
          <i class="twistie codicon codicon-chevron-${this.#isOpen ? 'down' : 'right'}"></i
          ><span class="label">${t`Details: ${rowName(row)}`}</span>
        </button>
        ${this.#isOpen ? this.#tools(row) : nothing}
      </div>
      ${this.#isOpen ? this.#bodyTemplate(row, now) : nothing}
    </section>`
  }

  /** After rendering: the ends of streams stay in sight, unless the reader has scrolled up. */
  rendered(): void {
    for (const pre of this.#body.value?.querySelectorAll('pre') ?? [])
      if (!this.#held.has(pre.id)) pre.scrollTop = pre.scrollHeight
  }

  /** Another row is active. */
  #choose(row: WorkRow | undefined): void {
    const key = row && targetKey(rowTarget(row))
    const target = this.#isOpen && row ? rowTarget(row) : undefined
    const wanted = target?.id
    if (key !== this.#key) {
      this.#held.clear()
      this.#details = undefined
      this.#coreHours = undefined
    }
    if (key === this.#key && wanted === this.#wanted) return
    this.#key = key
    this.#wanted = wanted
    this.#actions.show(!target ? {} : target.kind === 'job' ? { id: target.id } : { batchId: target.id })
  }

  readonly #toggle = (): void => {
    this.#isOpen = !this.#isOpen
    this.#actions.changed()
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    this.#actions.focusTree()
  }

  #tools(row: WorkRow): TemplateResult {
    const target = rowTarget(row)
    const act = (name: string, icon: string, action: RowAction) =>
      tool(
        name,
        icon,
        firstClick(() => this.#actions.act(action, [target])),
      )
    const isLive = !isFinal(rowState(row))
    const end = isLive ? act(t('Cancel'), 'debug-stop', 'cancel') : act(t('Rerun'), 'debug-rerun', 'rerun')
    if (row.kind === 'batch') {
      const { failed } = tally(row.batch.counts)
      const find = () => this.#actions.find(`${batchCondition(row.batch)} state:failed`)
      return html`<span class="tools">${failed > 0 ? tool(t('Show Failed'), 'error', find) : nothing}${end}</span>`
    }
    return html`<span class="tools">
      ${row.job.stdoutBytes > 0 ? act(t('Show Output'), 'output', 'showOutput') : nothing}
      ${row.job.stderrBytes > 0 ? act(t('Show Errors'), 'warning', 'showErrors') : nothing}
      ${end}${act(t('Copy Command'), 'copy', 'copyCommand')}
    </span>`
  }

  #bodyTemplate(row: WorkRow, now: number): TemplateResult {
    const state = rowState(row)
    const details = row.kind === 'job' ? this.#details : undefined
    return html`<div class="body" tabindex="0" role="group" aria-label=${t('Facts and output')} ${ref(this.#body)} data-state=${state}>
      <p class="outcome">
        <i class="icon codicon codicon-${stateIcons[state]}"></i>
        <span>${describeRow(row, now)}</span>
      </p>
      ${details ? [this.#streamTemplate('stderr', details.stderr), this.#streamTemplate('stdout', details.stdout)] : nothing}
      ${curvesTemplate(details?.usage)}
      <dl>${factsOf(row, details, now, this.#coreHours).map(fact => this.#factTemplate(fact, details))}</dl>
    </div>`
  }

  #factTemplate([label, fact, kind, file]: Fact, details: JobDetails | undefined): TemplateResult | typeof nothing {
    if (!fact) return nothing
    const text = shorten(fact)
    const direction = kind ? 'ltr' : 'auto'
    if (!file || !details?.files.includes(file)) return html`<dt>${label}</dt><dd dir=${direction}>${text}</dd>`
    const open = () => this.#actions.openFile(details.job.id, file)
    return html`<dt>${label}</dt><dd dir=${direction}><button class="link" @click=${open}>${text}</button></dd>`
  }

  #streamTemplate(name: string, { text, total, isCut, isBinary }: OutputTail): TemplateResult | typeof nothing {
    if (total === 0) return nothing
    const what = isBinary
      ? t`${name}: ${formatBytes(total)}, no text`
      : isCut
        ? t`The end of ${name} (${formatBytes(total)})`
        : name
    const id = `tail-${name}`
    return html`<figure>
      <figcaption id=${`${id}-label`}>${what}</figcaption>
      ${
        isBinary
          ? nothing
          : html`<pre id=${id} tabindex="0" role="log" aria-live="off" aria-labelledby=${`${id}-label`} @scroll=${this.#onScroll}>${ansiParts(
              text,
            ).map(part => (part.classes ? html`<span class=${part.classes}>${part.text}</span>` : part.text))}</pre>`
      }
    </figure>`
  }

  readonly #onScroll = ({ target }: Event): void => {
    const { id, scrollTop, scrollHeight, clientHeight } = target as HTMLElement
    if (scrollHeight - scrollTop - clientHeight < 4) this.#held.delete(id)
    else this.#held.add(id)
  }
}

function factsOf(row: WorkRow, details: JobDetails | undefined, now: number, coreHours = 0): Fact[] {
  const { job, commandLine, env = [], input, script, stdoutFile, stderrFile, turn, options = [] } = details ?? {}
  const variables = env.map(({ name, value }) =>
    value === undefined ? t`${name} (secret)` : value === null ? t`${name} removed` : `${name}=${value}`,
  )
  // what is shown above them is not said twice
  const facts = rowFacts(row, now, job).filter(([label]) => label !== t('State') && label !== 'stderr')
  return [
    [t('Turn'), turn && turnWords(turn)],
    ...facts.map(
      (fact): Fact => (fact[0] === t('Command') && commandLine ? [t('Command'), commandLine, 'code'] : fact),
    ),
    [t('Cost'), coreHoursText(coreHours)],
    [t('Script'), script, 'code', 'script'],
    [t('Input'), input, undefined, 'input'],
    [t('stdout to'), stdoutFile, 'code', 'stdout'],
    [t('stderr to'), stderrFile, 'code', 'stderr'],
    [t('Environment'), variables.join('\n') || undefined, 'code'],
    [t('Options'), options.join(', ') || undefined],
  ]
}
