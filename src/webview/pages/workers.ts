// The warm workers, below the tree: one line that unfolds into a row for each.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import { createRef, ref } from 'lit-html/directives/ref.js'
import { repeat } from 'lit-html/directives/repeat.js'
import type { WorkerInfo } from '../../core/protocol/facts'
import { workersMemory, workersText } from '../../core/protocol/format'
import { describeWorker, workerIcon, workerLabel, workerMemory, workerTooltip } from '../text/workerText'

const meaning = t('Processes that are kept for more work, so that it need not wait for a new one to start.')

export interface WorkersActions {
  /** The given workers, or all. */
  stop(ids?: string[]): void
  /** Something must be rendered again, and the state saved. */
  changed(): void
}

export class Workers {
  readonly #actions: WorkersActions
  readonly #section = createRef<HTMLElement>()
  readonly #list = createRef<HTMLElement>()
  #open: boolean
  #workers: readonly WorkerInfo[] = []
  /** The row with the keyboard's focus. */
  #active = 0

  constructor(open: boolean, actions: WorkersActions) {
    this.#open = open
    this.#actions = actions
  }

  get open(): boolean {
    return this.#open
  }

  /** Whether the keyboard's focus is here. */
  get focused(): boolean {
    return this.#section.value?.contains(document.activeElement) === true
  }

  template(workers: readonly WorkerInfo[] = []): TemplateResult | typeof nothing {
    this.#accept(workers)
    if (workers.length === 0) return nothing
    const words = workersText(workers)
    return html`<section class="workers" aria-label=${t('Warm workers')} ${ref(this.#section)} @contextmenu=${noMenu}>
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
        ${stopButton(t('Stop All Warm Workers'), () => this.#actions.stop())}
        <span class="memory">${workersMemory(workers)}</span>
      </div>
      ${this.#open ? this.#listTemplate() : nothing}
    </section>`
  }

  #listTemplate(): TemplateResult {
    return html`<div
      class="list"
      role="tree"
      tabindex="0"
      aria-label=${t('Warm workers')}
      aria-activedescendant=${this.#activeId ? rowId(this.#activeId) : nothing}
      ${ref(this.#list)}
      @keydown=${this.#onKeyDown}
    >
      ${repeat(
        this.#workers,
        ({ id }) => id,
        (worker, index) => this.#rowTemplate(worker, index),
      )}
    </div>`
  }

  #rowTemplate(worker: WorkerInfo, index: number): TemplateResult {
    const { id, name, state } = worker
    const icon = workerIcon(state)
    return html`<div
      class="row ${index === this.#active ? 'active' : ''}"
      role="treeitem"
      id=${rowId(id)}
      data-state=${state}
      aria-level="1"
      aria-setsize=${this.#workers.length}
      aria-posinset=${index + 1}
      aria-label=${workerLabel(worker)}
      title=${workerTooltip(worker)}
      @click=${() => this.#activate(index)}
    >
      <i class="icon codicon codicon-${icon} ${icon === 'loading' ? 'codicon-modifier-spin' : ''}"></i>
      <span class="label"
        ><span class="name" dir="auto">${name}</span><span class="description">${describeWorker(worker)}</span></span
      >
      ${state === 'stopping' ? nothing : stopButton(stopLabel(state), () => this.#stop(worker))}
      <span class="memory">${workerMemory(worker)}</span>
    </div>`
  }

  get #activeId(): string | undefined {
    return this.#workers[this.#active]?.id
  }

  /** The active row stays the same one, or becomes the one at its index when it is gone. */
  #accept(workers: readonly WorkerInfo[]): void {
    const index = workers.findIndex(({ id }) => id === this.#activeId)
    this.#active = index < 0 ? Math.max(0, Math.min(this.#active, workers.length - 1)) : index
    this.#workers = workers
  }

  #setOpen(open: boolean): void {
    this.#open = open
    this.#actions.changed()
  }

  #activate(index: number): void {
    this.#active = Math.max(0, Math.min(index, this.#workers.length - 1))
    if (this.#activeId) document.getElementById(rowId(this.#activeId))?.scrollIntoView({ block: 'nearest' })
    this.#actions.changed()
  }

  /** The button is removed as soon as the worker is stopping: the focus goes back to the list before that. */
  #stop(worker: WorkerInfo | undefined): void {
    if (!worker || worker.state === 'stopping') return
    this.#list.value?.focus({ preventScroll: true })
    this.#actions.stop([worker.id])
  }

  /** As the headers of VS Code's views: Right unfolds, Left folds. */
  readonly #onFoldKey = ({ key }: KeyboardEvent): void => {
    if (key === 'ArrowRight') this.#setOpen(true)
    if (key === 'ArrowLeft') this.#setOpen(false)
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== this.#list.value || !this.#handleKey(event)) return
    event.preventDefault()
  }

  /** @returns whether the key means something here */
  #handleKey({ key, metaKey }: KeyboardEvent): boolean {
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      Home: 0,
      End: this.#workers.length - 1,
    }
    const to = moves[key]
    if (to !== undefined) this.#activate(to)
    else if (key === 'Delete' || (key === 'Backspace' && metaKey)) this.#stop(this.#workers[this.#active])
    else return false
    return true
  }
}

function rowId(id: string): string {
  return `worker-${id}`
}

/** A busy worker finishes its job or request first. */
function stopLabel(state: WorkerInfo['state']): string {
  return state === 'busy' ? t('Stop Worker When It Is Done') : t('Stop Worker')
}

function stopButton(label: string, stop: () => void): TemplateResult {
  return html`<button class="action" aria-label=${label} title=${label} @click=${stop}>
    <i class="codicon codicon-debug-stop"></i>
  </button>`
}

/** VS Code would offer to cut and paste. */
function noMenu(event: Event): void {
  event.preventDefault()
  event.stopPropagation()
}
