// The webview view of the status tree: sends the page its state and its rows, and runs the actions that the page
// requests, by names from fixed lists only.
import { randomUUID } from 'node:crypto'
import * as vscode from 'vscode'
import type { Disposable } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import type { RowQuery, Rows } from '../../core/protocol/facts'
import { countOf, summaryText, tally } from '../../core/protocol/format'
import type { ServiceEvent } from '../../core/protocol/protocol'
import type { RowTarget, ToExtension, ToView } from '../../core/protocol/viewProtocol'
import { jobsViewHtml } from './jobsViewHtml'
import { parseToExtension } from './parseToExtension'

export interface JobsViewOptions {
  isTrusted(): boolean
  onDidChangeTrust: vscode.Event<void>
  /** Runs a command of VS Code. */
  run(command: string, ...args: readonly unknown[]): void
}

export class JobsView implements vscode.WebviewViewProvider {
  static readonly id = 'headlessJobs.jobs'

  readonly #extensionUri: vscode.Uri
  readonly #client: ServiceClient
  readonly #options: JobsViewOptions

  constructor(extensionUri: vscode.Uri, client: ServiceClient, options: JobsViewOptions) {
    this.#extensionUri = extensionUri
    this.#client = client
    this.#options = options
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const folder = vscode.Uri.joinPath(this.#extensionUri, 'dist', 'webview')
    const uri = (name: string) => view.webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString()
    view.webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [folder] }
    const shown = new ShownView(view, this.#client, this.#options)
    view.onDidDispose(() => shown.dispose())
    view.webview.html = jobsViewHtml({
      source: view.webview.cspSource,
      script: uri('main.js'),
      style: uri('main.css'),
      language: vscode.env.language,
    })
  }
}

/** One page, from its creation until VS Code disposes it. */
class ShownView {
  readonly #view: vscode.WebviewView
  readonly #client: ServiceClient
  readonly #options: JobsViewOptions
  readonly #disposables: Disposable[]
  /** Of its own for each page, so that the end of an old one does not end what a newer one watches. */
  readonly #watchId = randomUUID()
  #query: RowQuery | undefined
  /** Counts queries, so that a late answer to an earlier one is dropped. */
  #queryCount = 0

  constructor(view: vscode.WebviewView, client: ServiceClient, options: JobsViewOptions) {
    this.#view = view
    this.#client = client
    this.#options = options
    this.#disposables = [
      view.webview.onDidReceiveMessage(message => this.#receive(message)),
      view.onDidChangeVisibility(() => this.#onVisibility()),
      client.onDidChangeState(() => this.#onState()),
      client.onDidChangeSummary(() => this.#sendState()),
      client.onEvents(events => this.#onEvents(events)),
      options.onDidChangeTrust(() => this.#sendState()),
    ]
    this.#onVisibility()
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose()
    this.#query = undefined
    this.#watch()
  }

  #receive(message: unknown): void {
    const parsed = parseToExtension(message)
    if (parsed) this.#do(parsed)
  }

  #do(message: ToExtension): void {
    const { run } = this.#options
    switch (message.type) {
      case 'ready':
        this.#sendState()
        break
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
      case 'setConcurrency':
        run('headlessJobs.setConcurrency', { concurrency: message.concurrency })
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

  /** A visible view connects to a running job service and starts none; a hidden one causes no work in the service. */
  #onVisibility(): void {
    if (this.#view.visible) void this.#client.connect({ start: false })
    this.#sendState()
    this.#watch()
  }

  #onState(): void {
    this.#sendState()
    this.#watch()
  }

  #onEvents(events: readonly ServiceEvent[]): void {
    if (!this.#view.visible || !this.#query) return
    if (events.some(event => event.type === 'resync')) this.#watch() // rows may be among what was lost
    const last = events.filter(event => event.type === 'rows').findLast(({ id }) => id === this.#watchId)
    if (last) this.#sendRows(last.rows)
  }

  /** Subscribes to the rows that are visible now; does nothing without a connection. */
  #watch(): void {
    const count = ++this.#queryCount
    if (this.#client.state !== 'connected') return
    const query = this.#view.visible ? this.#query : undefined
    this.#client.service.watchRows({ id: this.#watchId, query: query ?? null }).then(
      rows => {
        if (rows && count === this.#queryCount) this.#sendRows(rows)
      },
      () => undefined, // the connection broke: the change of state that follows subscribes again
    )
  }

  #sendState(): void {
    const { state, message, summary, clockOffsetMs } = this.#client
    this.#showCounts()
    this.#post({
      type: 'state',
      service: state,
      trusted: this.#options.isTrusted(),
      now: Date.now() + clockOffsetMs,
      ...(message !== undefined && { message }),
      ...(summary && state !== 'none' && { summary }),
    })
  }

  #sendRows(rows: Rows): void {
    this.#post({ type: 'rows', rows })
  }

  /** Not awaited: a hidden page drops messages, and requests everything when it is shown again. */
  #post(message: ToView): void {
    if (this.#view.visible) void this.#view.webview.postMessage(message)
  }

  /** On the icon the number of running jobs; beside the title of a collapsed view a summary. */
  #showCounts(): void {
    const { summary, state } = this.#client
    const counts = summary && state === 'connected' ? summary.counts : {}
    const { running } = tally(counts)
    const tooltip = `${countOf(running, 'job')} ${running === 1 ? 'is' : 'are'} running`
    this.#view.badge = running > 0 ? { value: running, tooltip } : undefined
    this.#view.description = this.#view.visible || state !== 'connected' ? '' : summaryText(counts)
  }
}

function commandArgument(targets: readonly RowTarget[]): { ids?: string[]; batchIds?: string[] } {
  const ids = targets.filter(({ kind }) => kind === 'job').map(({ id }) => id)
  const batchIds = targets.filter(({ kind }) => kind === 'batch').map(({ id }) => id)
  return { ...(ids.length > 0 && { ids }), ...(batchIds.length > 0 && { batchIds }) }
}
