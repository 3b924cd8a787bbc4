// Timelines in editor tabs: one of all jobs, and one for each batch that is asked for; VS Code restores them after a reload.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { Disposable } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import type { FromTimelinePage, KeptTimeline, ToTimelinePage } from '../../core/pages/timelinePage'
import { showPanelPage } from '../views/pageHost'
import type { PageContent, PageFrame, PageHost } from '../views/pageMessages'
import { parseFromTimelinePage, parseKeptTimeline } from './parseFromTimelinePage'
import { WatchedTimeline } from './watchedTimeline'

const VIEW_TYPE = 'headlessJobs.timeline'

type Run = (command: string, ...args: readonly unknown[]) => void

export class TimelinePanels implements Disposable {
  readonly #extensionUri: vscode.Uri
  readonly #client: ServiceClient
  readonly #run: Run
  /** By the id of their batch; the one of all jobs by an empty text. */
  readonly #panels = new Map<string, vscode.WebviewPanel>()
  readonly #serializer: vscode.Disposable

  /** @param run runs a command of VS Code for the user */
  constructor(extensionUri: vscode.Uri, client: ServiceClient, run: Run) {
    this.#extensionUri = extensionUri
    this.#client = client
    this.#run = run
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, state) => this.#fill(panel, parseKeptTimeline(state)),
    })
  }

  /** Shows the one that is open already. */
  open(kept: KeptTimeline): void {
    const open = this.#panels.get(kept.batch?.id ?? '')
    if (open) open.reveal()
    else this.#fill(vscode.window.createWebviewPanel(VIEW_TYPE, titleOf(kept), vscode.ViewColumn.Active), kept)
  }

  dispose(): void {
    this.#serializer.dispose()
    for (const panel of this.#panels.values()) panel.dispose()
  }

  #fill(panel: vscode.WebviewPanel, kept: KeptTimeline): void {
    const key = kept.batch?.id ?? ''
    panel.title = titleOf(kept)
    panel.iconPath = vscode.Uri.joinPath(this.#extensionUri, 'media', 'container.svg')
    this.#panels.set(key, panel)
    panel.onDidDispose(() => {
      if (this.#panels.get(key) === panel) this.#panels.delete(key)
    })
    showPanelPage(this.#extensionUri, panel, {
      name: 'timeline',
      parse: parseFromTimelinePage,
      open: host => new Timeline(host, this.#client, kept, this.#run),
    })
  }
}

function titleOf({ batch }: KeptTimeline): string {
  return batch ? t('Timeline: {0}', batch.name) : t('Timeline of Jobs')
}

class Timeline implements PageContent<FromTimelinePage> {
  readonly #host: PageHost<ToTimelinePage, PageFrame>
  readonly #client: ServiceClient
  readonly #kept: KeptTimeline
  readonly #run: Run
  readonly #bars: WatchedTimeline
  readonly #disposables: Disposable[]
  #problem: string | undefined
  #sent = ''

  constructor(host: PageHost<ToTimelinePage, PageFrame>, client: ServiceClient, kept: KeptTimeline, run: Run) {
    this.#host = host
    this.#client = client
    this.#kept = kept
    this.#run = run
    this.#bars = new WatchedTimeline(client, kept.batch?.id, {
      onPart: part => host.post({ type: 'part', part }),
      onProblem: problem => {
        this.#problem = problem
        this.#sendState()
      },
    })
    this.#disposables = [
      this.#bars,
      client.onDidChangeState(() => this.#sendState()),
      client.onDidChangeSummary(() => this.#sendState()),
    ]
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose()
  }

  onReady(): void {
    this.#sent = ''
    this.#sendState()
    this.#bars.restart()
  }

  onVisibility(): void {
    const { visible } = this.#host.view
    if (visible) void this.#client.connect({ start: false })
    this.#bars.show(visible)
  }

  onMessage(message: FromTimelinePage): void {
    if (message.type === 'describe') void this.#describe(message.seq)
    else void this.#act(message)
  }

  /** When it has changed. */
  #sendState(): void {
    const { summary } = this.#client
    const message = this.#problem ?? this.#connectionProblem()
    const state: ToTimelinePage = {
      type: 'state',
      slots: summary?.concurrency ?? 1,
      kept: this.#kept,
      ...(message !== undefined && { message }),
    }
    const text = JSON.stringify(state)
    if (text === this.#sent || !this.#host.view.visible) return
    this.#sent = text
    this.#host.post(state)
  }

  #connectionProblem(): string | undefined {
    const { message, state } = this.#client
    if (state === 'connected') return undefined
    if (state === 'none') return t('No job service is running: bars are shown again with the next job.')
    return message ?? t('The job service does not respond: what is shown is out of date.')
  }

  async #jobOf(seq: number) {
    return this.#client.state === 'connected' ? await this.#client.service.jobOfBar({ seq }) : undefined
  }

  async #describe(seq: number): Promise<void> {
    const job = await this.#jobOf(seq).catch(() => undefined)
    if (job !== undefined) this.#host.post({ type: 'job', seq, ...(job && { job }) })
  }

  /** To the job that is at its place now: it may have been run again. */
  async #act({ action, seq }: Extract<FromTimelinePage, { type: 'barAction' }>): Promise<void> {
    const job = await this.#jobOf(seq).catch(() => undefined)
    if (!job) return
    if (action === 'showOutput') return this.#run('headlessJobs.showOutput', job.id)
    const place = await this.#client.service.place({ id: job.id }).catch(() => null)
    this.#run('headlessJobs.find', { text: `id:${place?.latest.id ?? job.id}` })
  }
}
