// The filter above the tree: what is looked for, how it is sorted and grouped, and what can be done to all that was found.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import { createRef, ref } from 'lit-html/directives/ref.js'
import type { FoundAction, KeptFind } from '../../core/pages/jobsPage'
import type { FindGrouping, FindOrder, JobFind } from '../../core/protocol/facts'
import { MAX_FILTER_LENGTH, parseFilter, withCondition } from '../../core/protocol/filterText'
import { groupDigits } from '../../core/protocol/format'
import { COMPLETIONS_ID, CompletionList } from './completions'
import { tool } from './tool'

const PROBLEM_ID = 'find-problem'
const OLDER = t('The job service is of an older version, which cannot find jobs: all are shown.')

const orderNames: Readonly<Record<FindOrder, string>> = {
  newest: t('Newest First'),
  matters: t('What Matters First'),
  duration: t('Longest First'),
  memory: t('Most Memory First'),
}

const groupNames: Readonly<Record<FindGrouping, string>> = {
  batch: t('By Batch'),
  state: t('By State'),
  failure: t('By Failure'),
  queue: t('By Queue'),
}

const actionNames = (): Readonly<Record<FoundAction, readonly [name: string, icon: string]>> => ({
  cancel: [t('Cancel All Found'), 'debug-stop'],
  rerun: [t('Rerun All Found'), 'debug-rerun'],
  moveToFront: [t('Move Found to Front'), 'arrow-circle-up'],
  setPriority: [t('Set Priority of Found…'), 'list-ordered'],
  clear: [t('Clear All Found'), 'clear-all'],
})

/** They mean something only while jobs wait. */
const ofWaiting: ReadonlySet<string> = new Set<FoundAction>(['moveToFront', 'setPriority'])

export interface FilterBoxActions {
  /** Other jobs are to be shown. */
  show(find: JobFind | undefined): void
  /** For when the page is made anew. */
  keep(state: KeptFind): void
  step(by: 1 | -1): void
  /** Names of batches that have this text are wanted. */
  queryBatches(text: string): void
  act(action: FoundAction, text: string): void
  focusTree(): void
  /** Something must be rendered again, and the state saved. */
  changed(): void
}

export class FilterBox {
  readonly #actions: FilterBoxActions
  readonly #input = createRef<HTMLInputElement>()
  readonly #completions = new CompletionList(
    (text, from, to) => this.#replace(text, from, to),
    text => this.#actions.queryBatches(text),
  )
  #state: KeptFind
  /** What was typed elsewhere is in the field, which has not got the keyboard yet. */
  #isBegun = false
  #focusing = 0

  constructor(state: KeptFind, actions: FilterBoxActions) {
    this.#state = state
    this.#actions = actions
  }

  get state(): KeptFind {
    return this.#state
  }

  /** What is shown instead of all jobs. */
  get find(): JobFind | undefined {
    const { isOpen, text, order, group } = this.#state
    if (!isOpen || (text.trim() === '' && order === 'newest' && !group)) return undefined
    return { text, order, ...(group && { group }) }
  }

  /** Opens it for typing; what has been typed since it was asked for stays. */
  open(): void {
    this.#set({ isOpen: true })
    if (document.activeElement !== this.#input.value) this.#focusSoon()
  }

  /** Shows what a text finds, and goes to the first of it. */
  show(text: string): void {
    this.#completions.close()
    this.#set({ isOpen: true, text, order: 'newest', group: null })
    this.#actions.step(1)
    this.#actions.focusTree()
  }

  /** A character was typed elsewhere: the first of a text, or the next one before the field has the keyboard. */
  begin(character: string): void {
    this.#set({ isOpen: true, text: this.#isBegun ? this.#state.text + character : character })
    this.#isBegun = true
    this.#focusSoon()
  }

  /** When the field has been rendered. */
  #focusSoon(): void {
    cancelAnimationFrame(this.#focusing)
    this.#focusing = requestAnimationFrame(() => {
      const input = this.#input.value
      input?.focus()
      if (this.#isBegun) {
        input?.setSelectionRange(input.value.length, input.value.length)
        this.#completions.show(this.#state.text, this.#state.text.length)
      } else input?.select()
      this.#isBegun = false
      this.#actions.changed()
    })
  }

  /** Shows failed jobs alone, and of these the next one. */
  stepFailure(by: 1 | -1): void {
    const text = withCondition(this.#state.text, 'state', 'failed')
    if (!this.#state.isOpen) this.#set({ isOpen: true, text: 'state:failed', group: null })
    else if (text !== this.#state.text || this.#state.group) this.#set({ text, group: null })
    this.#actions.step(by)
    this.#actions.focusTree()
  }

  offerBatches(names: readonly string[]): void {
    this.#completions.offer(names)
    this.#actions.changed()
  }

  clear(): void {
    this.#set({ text: '', order: 'newest', group: null })
  }

  #set(change: Partial<KeptFind>): void {
    const before = JSON.stringify(this.find)
    this.#state = { ...this.#state, ...change }
    if (JSON.stringify(this.find) !== before) this.#actions.show(this.find)
    this.#actions.keep(this.#state)
    this.#actions.changed()
  }

  /** As it was kept; that of a page which was only hidden is it already. */
  restore(state: KeptFind): void {
    if (JSON.stringify(state) !== JSON.stringify(this.#state)) this.#set(state)
  }

  /**
   * Shows all jobs; what was looked for is there again when it is opened.
   * @returns whether it was open
   */
  close(): boolean {
    const { isOpen } = this.#state
    if (!isOpen) return false
    this.#completions.close()
    this.#set({ isOpen: false })
    this.#actions.focusTree()
    return true
  }

  /**
   * @param found how many; absent while it is not known
   * @param total of all jobs
   * @param isOlder the job service does not find
   * @param isWaiting jobs wait, whether these were found or not
   */
  template(
    found: number | undefined,
    total: number,
    isOlder: boolean,
    isWaiting: boolean,
  ): TemplateResult | typeof nothing {
    const { isOpen, text, order, group } = this.#state
    if (!isOpen) return nothing
    const [mistake] = parseFilter(text).problems
    // what is still being typed, with what may follow offered, is no mistake yet
    const problem = isOlder && this.find ? OLDER : this.#completions.isOpen ? undefined : mistake
    const isNothing = !found || !text.trim() || mistake !== undefined
    // disabled, not hidden: no button moves under the mouse
    const actions = Object.entries(actionNames()).map(([name, [label, icon]]) => {
      const action = name as FoundAction
      const isIdle = isNothing || (ofWaiting.has(action) && !isWaiting)
      return tool(label, icon, () => this.#actions.act(action, text), isIdle)
    })
    const count = this.find && found !== undefined ? t`${groupDigits(found)} of ${groupDigits(total)}` : ''
    return html`<search class="find">
      <div class="line">
        <div class="box ${problem ? 'wrong' : ''}">
          ${this.#inputTemplate(text, problem !== undefined)}
          <span class="found" role="status" aria-label=${count && t`${count} jobs`}>${count}</span>
          ${text === '' ? nothing : tool(t('Clear Filter'), 'close', () => this.#empty())}
        </div>
        ${tool(t('Previous Failure (Shift+F8)'), 'arrow-up', () => this.stepFailure(-1))}
        ${tool(t('Next Failure (F8)'), 'arrow-down', () => this.stepFailure(1))}
      </div>
      ${this.#completions.template}
      <div class="line">
        ${select(t('Sort jobs'), orderNames, order, value => this.#set({ order: value ?? 'newest' }))}
        ${select(t('Group jobs'), groupNames, group ?? undefined, value => this.#set({ group: value ?? null }), t('No Groups'))}
        <span class="tools">${actions}</span>
      </div>
      ${problem === undefined ? nothing : html`<p class="problem" id=${PROBLEM_ID} role="alert">${problem}</p>`}
    </search>`
  }

  #inputTemplate(text: string, isWrong: boolean): TemplateResult {
    return html`<input
      type="text"
      role="combobox"
      aria-label=${t('Find jobs')}
      aria-autocomplete="list"
      aria-expanded=${this.#completions.isOpen}
      aria-controls=${COMPLETIONS_ID}
      aria-activedescendant=${this.#completions.activeId ?? nothing}
      aria-invalid=${isWrong ? 'true' : nothing}
      aria-errormessage=${isWrong ? PROBLEM_ID : nothing}
      placeholder=${t('Find jobs (state:failed, memory:>2GB, a word)')}
      spellcheck="false"
      autocomplete="off"
      maxlength=${MAX_FILTER_LENGTH}
      .value=${live(text)}
      ${ref(this.#input)}
      @input=${this.#onInput}
      @keydown=${this.#onKeyDown}
      @blur=${this.#onBlur}
    />`
  }

  readonly #onInput = ({ target }: Event): void => {
    const { value, selectionStart } = target as HTMLInputElement
    this.#completions.show(value, selectionStart ?? value.length)
    this.#set({ text: value })
  }

  readonly #onBlur = (): void => {
    this.#completions.close()
    this.#actions.changed()
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing || !this.#press(event.key)) return
    event.preventDefault()
    this.#actions.changed()
  }

  /** @returns whether the key means something here */
  #press(key: string): boolean {
    switch (key) {
      case 'ArrowDown':
        if (!this.#completions.move(1)) this.#actions.focusTree()
        return true
      case 'ArrowUp':
        return this.#completions.move(-1)
      case 'Tab':
        return this.#completions.take()
      case 'Enter':
        if (!this.#completions.take()) this.#actions.focusTree()
        return true
      case 'Escape':
        if (this.#completions.isOpen) this.#completions.close()
        else if (this.#state.text !== '') this.#empty()
        else this.close()
        return true
      default:
        return false
    }
  }

  #empty(): void {
    this.#completions.close()
    this.#set({ text: '' })
    this.#input.value?.focus()
  }

  #replace(text: string, from: number, to: number): void {
    const before = this.#state.text
    const value = `${before.slice(0, from)}${text}${before.slice(to).replace(/^ /, text.endsWith(' ') ? '' : ' ')}`
    this.#set({ text: value })
    const input = this.#input.value
    if (!input) return
    input.value = value
    input.focus()
    input.setSelectionRange(from + text.length, from + text.length)
    this.#completions.show(value, from + text.length)
  }
}

/** What is chosen is a property: of an option that was once chosen by hand the attribute means nothing. */
function select<T extends string>(
  label: string,
  names: Readonly<Record<T, string>>,
  chosen: T | undefined,
  choose: (value: T | undefined) => void,
  none?: string,
): TemplateResult {
  const options = Object.entries(names) as [T, string][]
  return html`<select
    aria-label=${label}
    title=${label}
    @change=${(event: Event) => choose(options.find(([value]) => value === (event.target as HTMLSelectElement).value)?.[0])}
  >
    ${none === undefined ? nothing : html`<option value="" .selected=${live(chosen === undefined)}>${none}</option>`}
    ${options.map(([value, name]) => html`<option value=${value} .selected=${live(value === chosen)}>${name}</option>`)}
  </select>`
}
