// The view of the status tree: sends the page its state and its rows, and runs the actions that the page requests, by
// names from fixed lists only.
import { t } from '@vscode/l10n'
import type * as vscode from 'vscode'
import type { Disposable } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import type { Column, FromJobsPage, PageSummary, ToJobsPage } from '../../core/pages/jobsPage'
import type { RowTarget } from '../../core/pages/rowTargets'
import type { QueueInfo, RowQuery, Summary } from '../../core/protocol/facts'
import { groupDigits, plural, summaryText, tally } from '../../core/protocol/format'
import { MAX_QUEUES_SHOWN } from '../../core/protocol/limits'
import type { PageContent, PageHost, PageView } from './pageMessages'
import type { PageRequests } from './pageRequests'
import { parseFromJobsPage, parseKeptFind } from './parseFromJobsPage'
import { WatchedCost } from './watchedCost'
import { WatchedDetails } from './watchedDetails'
import { WatchedRows } from './watchedRows'

/** In what is kept for the workspace. */
const FIND_KEY = 'find'

export interface JobsViewOptions {
  isTrusted(): boolean
  onDidChangeTrust: vscode.Event<void>
  /** Of a wide view, as the setting has them. */
  readColumns(): readonly Column[]
  /** Also those that the job service has not heard of, and while there is none. */
  readQueues(): readonly QueueInfo[]
  /** Columns or queues. */
  onDidChangeShown(listener: () => void): Disposable
  /** Runs a command of VS Code. */
  run(command: string, ...args: readonly unknown[]): void
  /** Told whether the view is shown. */
  readonly unseen: { setShown(isShown: boolean): void }
  /** What is kept for the workspace. */
  readonly kept: vscode.Memento
  /** What commands ask of the page. */
  readonly requests: PageRequests<ToJobsPage>
}

export function jobsView(client: ServiceClient, options: JobsViewOptions): PageView<FromJobsPage, ToJobsPage> {
  return { name: 'jobs', parse: parseFromJobsPage, open: host => new JobsView(host, client, options) }
}

class JobsView implements PageContent<FromJobsPage> {
  readonly #host: PageHost<ToJobsPage>
  readonly #client: ServiceClient
  readonly #options: JobsViewOptions
  readonly #rows: WatchedRows
  readonly #disposables: Disposable[]
  readonly #details: WatchedDetails
  readonly #cost: WatchedCost
  #query: RowQuery | undefined
  /** The job whose details are shown, or the batch. */
  #shown: { id?: string; batchId?: string } = {}

  constructor(host: PageHost<ToJobsPage>, client: ServiceClient, options: JobsViewOptions) {
    this.#host = host
    this.#client = client
    this.#options = options
    this.#rows = new WatchedRows(client, (rows, isAnswer) => this.#send({ type: 'rows', rows }, isAnswer))
    this.#details = new WatchedDetails(client, (id, details, isAnswer) =>
      this.#send({ type: 'details', id, ...(details && { details }) }, isAnswer),
    )
    this.#cost = new WatchedCost(client, (batchId, coreHours) => this.#send({ type: 'cost', batchId, coreHours }, true))
    this.#disposables = [
      client.onDidChangeState(() => this.#sendState()),
      client.onDidChangeSummary(() => this.#sendState({ isAnswer: false })),
      options.onDidChangeTrust(() => this.#sendState()),
      options.onDidChangeShown(() => this.#sendState()),
      this.#rows,
      this.#details,
      this.#cost,
    ]
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose()
    this.#setReady(false)
    this.#options.unseen.setShown(false)
  }

  onReady(): void {
    this.#shown = {} // the page says anew what it shows
    this.#watchDetails()
    this.#sendState()
    const find = parseKeptFind(this.#options.kept.get(FIND_KEY))
    if (find) this.#host.post({ type: 'restoreFind', find })
    this.#setReady(true)
  }

  /** One that is not shown has no keyboard, and drops messages. */
  #setReady(isReady: boolean): void {
    if (!isReady) this.#setFocused(false)
    this.#options.requests.connect(this, isReady ? message => this.#host.post(message) : undefined)
  }

  #setFocused(isFocused: boolean): void {
    this.#options.run('setContext', 'headlessJobs.viewFocused', isFocused)
  }

  /** A visible view connects to a running job service and starts none; a hidden one causes no work in the service. */
  onVisibility(): void {
    if (this.#host.view.visible) void this.#client.connect({ start: false })
    else this.#setReady(false)
    this.#options.unseen.setShown(this.#host.view.visible)
    this.#sendState()
    this.#watch()
    this.#watchDetails()
  }

  onMessage(message: FromJobsPage): void {
    const { run } = this.#options
    switch (message.type) {
      case 'query':
        this.#query = message.query
        this.#watch()
        break
      case 'rowAction':
        run(`headlessJobs.${message.action}`, commandArgument(message.targets))
        break
      case 'viewAction':
        run(`headlessJobs.${message.action}`)
        break
      case 'foundAction':
        run(`headlessJobs.${message.action}`, { find: message.text })
        break
      case 'queryBatches':
        void this.#sendBatchNames(message.text)
        break
      case 'keepFind':
        void this.#options.kept.update(FIND_KEY, message.find)
        break
      case 'showDetails':
        this.#shown = message
        this.#watchDetails()
        break
      case 'openFile':
        run('headlessJobs.openJobFile', { ids: [message.id], file: message.file })
        break
      case 'focused':
        this.#setFocused(message.focused)
        break
      case 'setConcurrency':
        run('headlessJobs.setConcurrency', { concurrency: message.concurrency })
        break
      case 'connectQueue':
        void this.#client.service.connectQueue({ queue: message.queue }).catch(() => undefined)
        break
      case 'endAllocation':
        run('headlessJobs.showSlurmJobs', { queue: message.queue, allocation: message.allocation })
        break
      case 'pauseQueue':
        run(message.paused ? 'headlessJobs.pauseQueue' : 'headlessJobs.resumeQueue', { queue: message.queue })
        break
      case 'stopWorkers':
        run('headlessJobs.stopWorkers', ...(message.ids ? [{ ids: message.ids }] : []))
        break
      case 'connect':
        void this.#client.connect({ start: true })
        break
      case 'manageTrust':
        run('workbench.trust.manage')
        break
    }
  }

  /** For what is being typed: without a connection nothing is offered. */
  async #sendBatchNames(text: string): Promise<void> {
    if (!this.#client.isConnected) return
    const reply = await this.#client.service.batchNames({ text }).catch(() => undefined)
    if (reply) this.#host.post({ type: 'batchNames', names: reply.names })
  }

  #watchDetails(): void {
    const { id, batchId } = this.#host.view.visible ? this.#shown : {}
    this.#details.watch(id)
    this.#cost.watch(batchId)
  }

  #watch(): void {
    this.#rows.watch(this.#host.view.visible ? this.#query : undefined)
  }

  /** @param isAnswer whether the page, or a person, waits for it */
  #send(message: ToJobsPage, isAnswer: boolean): void {
    if (isAnswer) this.#host.post(message)
    else this.#host.update(message)
  }

  #sendState({ isAnswer } = { isAnswer: true }): void {
    const { state, message, summary, clockOffsetMs } = this.#client
    this.#showCounts()
    const queues = this.#options.readQueues().slice(0, MAX_QUEUES_SHOWN)
    const page: ToJobsPage = {
      type: 'state',
      service: state,
      trusted: this.#options.isTrusted(),
      columns: this.#options.readColumns(),
      now: Date.now() + clockOffsetMs,
      ...(message !== undefined && { message }),
      ...(queues.length > 0 && { queues }),
      ...(summary && state !== 'none' && { summary: withoutQueues(summary) }),
    }
    this.#send(page, isAnswer)
  }

  /** On the icon the number of running jobs; beside the title of a collapsed view a summary. */
  #showCounts(): void {
    const { view } = this.#host
    const { summary, state } = this.#client
    const counts = summary && state === 'connected' ? summary.counts : {}
    const { running } = tally(counts)
    const tooltip = plural(running, t('1 job is running'), t`${groupDigits(running)} jobs are running`)
    view.badge = running > 0 ? { value: running, tooltip } : undefined
    view.description = view.visible || state !== 'connected' ? '' : summaryText(counts)
  }
}

function withoutQueues({ queues: _, ...summary }: Summary): PageSummary {
  return summary
}

function commandArgument(targets: readonly RowTarget[]): { ids?: string[]; batchIds?: string[] } {
  const ids = targets.filter(({ kind }) => kind === 'job').map(({ id }) => id)
  const batchIds = targets.filter(({ kind }) => kind === 'batch').map(({ id }) => id)
  return { ...(ids.length > 0 && { ids }), ...(batchIds.length > 0 && { batchIds }) }
}
