// The view's page as a whole: receives the extension's messages, renders, sends the user's actions, saves the state,
// updates elapsed times.
import { html, nothing, render, type TemplateResult } from 'lit-html'
import type { StateCounts } from '../../core/protocol/format'
import type { ToExtension, ViewStateMessage } from '../../core/protocol/viewProtocol'
import { announcement } from '../text/announcement'
import { Tree } from '../tree/tree'
import { parseViewState, type ViewState } from '../tree/viewState'
import { ConcurrencyField, headerTemplate } from './header'
import {
  busyLine,
  connectingTemplate,
  emptyTemplate,
  failedTemplate,
  lossTemplate,
  type NoticeActions,
  noServiceTemplate,
  pausedTemplate,
  storeTemplate,
  untrustedTemplate,
} from './notices'
import { parseToView } from './parseToView'
import { Workers } from './workers'

export interface VsCodeApi {
  postMessage(message: ToExtension): void
  getState(): unknown
  setState(state: unknown): void
}

const TICK_MS = 1000
/** Screen readers get an announcement at most this often. */
const ANNOUNCE_INTERVAL_MS = 5000
const SAVE_DELAY_MS = 250
/** A larger difference between the clocks means that one was set, not that a message was late. */
const CLOCK_JUMP_MS = 1000

export class Page {
  readonly #root: HTMLElement
  readonly #api: VsCodeApi
  readonly #tree: Tree
  readonly #field: ConcurrencyField
  readonly #workers: Workers
  readonly #actions: NoticeActions
  #state: ViewStateMessage | undefined
  /** Whether the rows are those of the present connection to the job service. */
  #isCurrent = false
  /** The service's clock while it was last connected: elapsed times of stale rows stand still. */
  #lastNow = 0
  /** The service's clock less the page's, milliseconds. */
  #clockOffsetMs: number | undefined
  #frame = 0
  #saveTimer: ReturnType<typeof setTimeout> | undefined
  #announced: StateCounts | undefined
  #announcement = ''
  #dismissedNews: string | undefined

  constructor(root: HTMLElement, api: VsCodeApi) {
    this.#root = root
    this.#api = api
    const saved = parseViewState(api.getState())
    this.#tree = new Tree(saved, {
      query: query => api.postMessage({ type: 'query', query }),
      act: (action, targets) => api.postMessage({ type: 'rowAction', action, targets }),
      changed: () => this.#changed(),
    })
    this.#field = new ConcurrencyField(
      concurrency => api.postMessage({ type: 'setConcurrency', concurrency }),
      () => this.#changed(),
    )
    this.#workers = new Workers(saved.workersOpen, {
      stop: ids => api.postMessage({ type: 'stopWorkers', ...(ids && { ids }) }),
      changed: () => this.#changed(),
    })
    this.#actions = {
      view: action => api.postMessage({ type: 'viewAction', action }),
      connect: () => api.postMessage({ type: 'connect' }),
      manageTrust: () => api.postMessage({ type: 'manageTrust' }),
    }
  }

  start(): void {
    window.addEventListener('message', event => this.#receive(event.data))
    window.addEventListener('focus', () => {
      if (document.activeElement === document.body) this.#tree.focus()
    })
    setInterval(() => {
      if (this.#tree.model.ticking && this.#isCurrent) this.#schedule()
    }, TICK_MS)
    setInterval(() => this.#announce(), ANNOUNCE_INTERVAL_MS)
    this.#api.postMessage({ type: 'ready' })
    this.#schedule()
  }

  #receive(data: unknown): void {
    const message = parseToView(data)
    if (message?.type === 'rows') {
      this.#isCurrent = true
      this.#tree.accept(message.rows)
    } else if (message) {
      this.#state = message
      if (message.service !== 'connected') this.#isCurrent = false
      this.#setClock(message.now - Date.now())
      this.#announced ??= message.summary?.counts
      this.#schedule()
    }
  }

  /** The message with the smallest delay gives the best estimate. */
  #setClock(offset: number): void {
    const known = this.#clockOffsetMs
    if (known === undefined || offset > known || known - offset > CLOCK_JUMP_MS) this.#clockOffsetMs = offset
  }

  #changed(): void {
    this.#schedule()
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined
      this.#api.setState({ ...this.#tree.state, workersOpen: this.#workers.open } satisfies ViewState)
    }, SAVE_DELAY_MS)
  }

  #schedule(): void {
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      const inWorkers = this.#workers.focused
      render(this.#template(), this.#root)
      this.#tree.rendered()
      if (inWorkers && !this.#workers.focused) this.#tree.focus() // the last of them has gone
    })
  }

  #announce(): void {
    const counts = this.#state?.summary?.counts
    if (!counts || !this.#announced) return
    this.#announcement = announcement(this.#announced, counts)
    this.#announced = counts
    this.#schedule()
  }

  #template(): TemplateResult {
    const { service } = this.#state ?? {}
    const isStale = service !== 'none' && !this.#isCurrent && this.#tree.model.total > 0
    return html`<main class=${isStale ? 'stale' : ''}>
      ${this.#state ? this.#body(this.#state) : nothing}
      <div class="hidden" role="status" aria-live="polite">${this.#announcement}</div>
    </main>`
  }

  #body(state: ViewStateMessage): TemplateResult {
    const { service, summary, trusted, message } = state
    const empty = this.#tree.model.total === 0 || service === 'none'
    if (this.#isCurrent) this.#lastNow = Date.now() + (this.#clockOffsetMs ?? 0)
    if (service === 'failed') return failedTemplate(message, this.#actions)
    return html`
      ${service === 'connecting' ? busyLine : nothing}
      ${summary ? headerTemplate(summary, this.#field) : nothing}
      ${summary ? storeTemplate(summary, this.#dismissedNews, news => this.#dismiss(news)) : nothing}
      ${message === undefined ? nothing : lossTemplate(message, !empty, this.#actions)}
      ${summary?.paused && service === 'connected' ? pausedTemplate(summary, this.#actions) : nothing}
      ${trusted || empty ? nothing : untrustedTemplate(this.#actions)}
      ${empty ? html`<div class="instead">${this.#placeholder(state)}</div>` : this.#tree.template(this.#lastNow)}
      ${this.#tree.model.selection.cut ? selectionNote(this.#tree.model.selection.size) : nothing}
      ${this.#workers.template(summary?.workers)}
    `
  }

  #dismiss(news: string): void {
    this.#dismissedNews = news
    this.#schedule()
  }

  /** What is shown when there are no rows; nothing until the rows of a new connection have arrived. */
  #placeholder({ service, trusted }: ViewStateMessage): TemplateResult | typeof nothing {
    if (service === 'connecting') return connectingTemplate
    if (service === 'silent' || (service === 'connected' && !this.#isCurrent)) return nothing
    return service === 'none' ? noServiceTemplate(trusted, this.#actions) : emptyTemplate(trusted, this.#actions)
  }
}

function selectionNote(size: number): TemplateResult {
  return html`<div class="note" role="note">Only the ${size} rows around here are selected.</div>`
}
