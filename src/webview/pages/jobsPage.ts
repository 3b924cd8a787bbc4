// The page of the status tree as a whole: what the extension's messages change, what of it is shown, the user's actions,
// elapsed times.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import type { FromJobsPage, JobsPageState, PageSummary, ToJobsPage } from '../../core/pages/jobsPage'
import type { QueueInfo, WorkerInfo } from '../../core/protocol/facts'
import type { StateCounts } from '../../core/protocol/format'
import { type Content, Frame, type VsCodeApi } from '../frame/frame'
import { allocationRows, allocationsOf } from '../lists/allocations'
import { FoldedList } from '../lists/foldedList'
import { queueRows } from '../lists/queues'
import { workerRows } from '../lists/workers'
import type { PlacedAllocation } from '../text/allocationText'
import { announcement } from '../text/announcement'
import { Tree } from '../tree/tree'
import { parseViewState, type ViewState } from '../tree/viewState'
import { Details } from './details'
import { FilterBox } from './filterBox'
import { ConcurrencyField, headerTemplate } from './header'
import {
  busyLine,
  connectingTemplate,
  emptyTemplate,
  failedTemplate,
  lossTemplate,
  type NoticeActions,
  noServiceTemplate,
  nothingFoundTemplate,
  pausedTemplate,
  storeTemplate,
  undeliveredTemplate,
  untrustedTemplate,
} from './notices'
import { parseToJobsPage } from './parseToJobsPage'

const TICK_MS = 1000
/** Screen readers get an announcement at most this often. */
const ANNOUNCE_INTERVAL_MS = 5000
/** A larger difference between the clocks means that one was set, not that a message was late. */
const CLOCK_JUMP_MS = 1000

export class JobsPage implements Content<ToJobsPage> {
  readonly parse = parseToJobsPage
  readonly #frame: Frame<ToJobsPage, FromJobsPage>
  readonly #tree: Tree
  readonly #filter: FilterBox
  readonly #field: ConcurrencyField
  readonly #workers: FoldedList<WorkerInfo>
  readonly #queues: FoldedList<QueueInfo>
  readonly #allocations: FoldedList<PlacedAllocation>
  readonly #details: Details
  readonly #actions: NoticeActions
  #state: JobsPageState | undefined
  /** Whether the rows are those of the present connection to the job service. */
  #isCurrent = false
  /** The service's clock while it was last connected: elapsed times of stale rows stand still. */
  #lastNow = 0
  /** The service's clock less the page's, milliseconds. */
  #clockOffsetMs: number | undefined
  #announced: StateCounts | undefined
  #announcement = ''
  #dismissedNews: string | undefined

  constructor(root: HTMLElement, api: VsCodeApi) {
    const frame = new Frame<ToJobsPage, FromJobsPage>(root, api, this)
    const saved = parseViewState(frame.saved)
    const changed = () => frame.changed()
    this.#frame = frame
    this.#filter = new FilterBox(saved.find, {
      show: find => this.#tree.show(find),
      keep: find => frame.post({ type: 'keepFind', find }),
      step: by => this.#tree.step(by),
      queryBatches: text => frame.post({ type: 'queryBatches', text }),
      act: (action, text) => frame.post({ type: 'foundAction', action, text }),
      focusTree: () => this.#tree.focus(),
      changed,
    })
    this.#tree = new Tree(saved, this.#filter.find, {
      query: query => frame.post({ type: 'query', query }),
      act: (action, targets) => frame.post({ type: 'rowAction', action, targets }),
      closeFilter: () => this.#filter.close(),
      find: typed => ('text' in typed ? this.#filter.show(typed.text) : this.#filter.begin(typed.character)),
      changed,
    })
    this.#field = new ConcurrencyField(concurrency => frame.post({ type: 'setConcurrency', concurrency }), changed)
    const stopWorkers = (ids?: string[]) => frame.post({ type: 'stopWorkers', ...(ids && { ids }) })
    this.#workers = new FoldedList(saved.workersOpen, workerRows(stopWorkers), changed)
    const queues = queueRows({
      pause: (queue, paused) => frame.post({ type: 'pauseQueue', queue, paused }),
      connect: queue => frame.post({ type: 'connectQueue', queue }),
      configure: () => frame.post({ type: 'viewAction', action: 'configureQueues' }),
      find: text => this.#filter.show(text),
    })
    this.#queues = new FoldedList(saved.queuesOpen, queues, changed)
    const allocations = {
      end: (queue: string, allocation: string) => frame.post({ type: 'endAllocation', queue, allocation }),
      list: () => frame.post({ type: 'viewAction', action: 'showSlurmJobs' }),
      find: (text: string) => this.#filter.show(text),
    }
    const rows = allocationRows(allocations, () => this.#lastNow)
    this.#allocations = new FoldedList(saved.allocationsOpen, rows, changed)
    this.#details = new Details(saved.details, {
      act: (action, targets) => frame.post({ type: 'rowAction', action, targets }),
      find: text => this.#filter.show(text),
      openFile: (id, file) => frame.post({ type: 'openFile', id, file }),
      show: shown => frame.post({ type: 'showDetails', ...shown }),
      focusTree: () => this.#tree.focus(),
      changed,
    })
    this.#actions = {
      view: action => frame.post({ type: 'viewAction', action }),
      connect: () => frame.post({ type: 'connect' }),
      manageTrust: () => frame.post({ type: 'manageTrust' }),
    }
  }

  start(): void {
    this.#frame.start()
    this.#tree.queryFirst()
    const report = (focused: boolean) => this.#frame.post({ type: 'focused', focused })
    window.addEventListener('focus', () => report(true))
    window.addEventListener('blur', () => report(false))
    if (document.hasFocus()) report(true)
    setInterval(() => {
      const isTicking = this.#tree.model.ticking || this.#allocations.areRowsShown // with the time that is left
      if (isTicking && this.#isCurrent) this.#frame.schedule()
    }, TICK_MS)
    setInterval(() => this.#announce(), ANNOUNCE_INTERVAL_MS)
  }

  get state(): ViewState {
    return {
      ...this.#tree.state,
      workersOpen: this.#workers.open,
      queuesOpen: this.#queues.open,
      allocationsOpen: this.#allocations.open,
      find: this.#filter.state,
      details: this.#details.state,
    }
  }

  focus(): void {
    this.#tree.focus()
  }

  receive(message: ToJobsPage): void {
    switch (message.type) {
      case 'rows':
        this.#isCurrent = true
        this.#tree.accept(message.rows)
        break
      case 'find':
        if (message.text === undefined) this.#filter.open()
        else this.#filter.show(message.text)
        break
      case 'batchNames':
        this.#filter.offerBatches(message.names)
        break
      case 'restoreFind':
        this.#filter.restore(message.find)
        break
      case 'details':
        this.#details.accept(message.id, message.details)
        this.#frame.schedule()
        break
      case 'cost':
        this.#details.acceptCost(message.batchId, message.coreHours)
        this.#frame.schedule()
        break
      case 'stepFailure':
        this.#filter.stepFailure(message.by)
        break
      case 'state':
        this.#accept(message)
        break
    }
  }

  #accept(state: JobsPageState): void {
    this.#state = state
    this.#tree.columns = state.columns ?? []
    if (state.service !== 'connected') this.#isCurrent = false
    this.#setClock(state.now - Date.now())
    this.#announced ??= state.summary?.counts
    this.#frame.schedule()
  }

  template(): TemplateResult {
    const { service } = this.#state ?? {}
    const isStale = service !== 'none' && !this.#isCurrent && this.#tree.model.total > 0
    return html`<main class=${isStale ? 'stale' : ''}>
      ${this.#state ? this.#body(this.#state) : nothing}
      <div class="hidden" role="status" aria-live="polite">${this.#announcement}</div>
    </main>`
  }

  rendered(): void {
    this.#tree.rendered()
    this.#details.rendered()
  }

  /** The message with the smallest delay gives the best estimate. */
  #setClock(offset: number): void {
    const known = this.#clockOffsetMs
    if (known === undefined || offset > known || known - offset > CLOCK_JUMP_MS) this.#clockOffsetMs = offset
  }

  #announce(): void {
    const counts = this.#state?.summary?.counts
    if (!counts || !this.#announced) return
    this.#announcement = announcement(this.#announced, counts)
    this.#announced = counts
    this.#frame.schedule()
  }

  #body(state: JobsPageState): TemplateResult {
    const { service, summary, trusted, message } = state
    const empty = this.#tree.model.total === 0 || service === 'none'
    if (this.#isCurrent) this.#lastNow = Date.now() + (this.#clockOffsetMs ?? 0)
    if (service === 'failed') return failedTemplate(message, this.#actions)
    return html`
      ${service === 'connecting' ? busyLine : nothing}
      ${summary ? headerTemplate(summary, this.#field, text => this.#filter.show(text)) : nothing}
      ${service === 'none' ? nothing : this.#filterTemplate(summary)}
      ${summary ? storeTemplate(summary, this.#dismissedNews, news => this.#dismiss(news)) : nothing}
      ${message === undefined ? nothing : lossTemplate(message, !empty, this.#actions)}
      ${summary?.paused && service === 'connected' ? pausedTemplate(summary.pausedBecause, state.queues, this.#actions) : nothing}
      ${summary?.undelivered && service === 'connected' ? undeliveredTemplate(summary.undelivered, this.#actions) : nothing}
      ${trusted || empty ? nothing : untrustedTemplate(this.#actions)}
      ${empty ? html`<div class="instead">${this.#placeholder(state)}</div>` : this.#tree.template(this.#lastNow)}
      ${this.#tree.model.selection.cut ? selectionNote(this.#tree.model.selection.size) : nothing}
      ${this.#detailsTemplate(empty)}
      ${this.#queues.template(state.queues)}
      ${this.#allocations.template(allocationsOf(state.queues))}
      ${this.#workers.template(summary?.workers)}
    `
  }

  #detailsTemplate(isEmpty: boolean): TemplateResult | typeof nothing {
    const { activeWork, isActiveAway } = this.#tree.model
    return this.#details.template(isEmpty ? undefined : activeWork, isActiveAway && !isEmpty, this.#lastNow)
  }

  #filterTemplate(summary: PageSummary | undefined): TemplateResult | typeof nothing {
    const total = Object.values(summary?.counts ?? {}).reduce((sum, n) => sum + n, 0)
    return this.#filter.template(this.#tree.found, total, this.#tree.isFindIgnored, (summary?.counts.queued ?? 0) > 0)
  }

  #dismiss(news: string): void {
    this.#dismissedNews = news
    this.#frame.schedule()
  }

  /** What is shown when there are no rows; nothing until the rows of a new connection have arrived. */
  #placeholder({ service, trusted }: JobsPageState): TemplateResult | typeof nothing {
    if (service === 'connecting') return connectingTemplate
    if (service === 'silent' || (service === 'connected' && !this.#isCurrent)) return nothing
    if (service !== 'none' && this.#filter.find) return nothingFoundTemplate(() => this.#filter.clear())
    return service === 'none' ? noServiceTemplate(trusted, this.#actions) : emptyTemplate(trusted, this.#actions)
  }
}

function selectionNote(size: number): TemplateResult {
  return html`<div class="note" role="note">${t`Only the ${size} rows around here are selected.`}</div>`
}
