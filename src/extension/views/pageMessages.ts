// The messages between a page and what it shows, whatever that is: which of the page's are taken, when it is sent any.
import type * as vscode from 'vscode'
import type { Disposable } from '../../api'
import { isPageReady } from '../../core/pages/anyPage'
import { UPDATE_INTERVAL_MS } from '../../core/protocol/limits'

/** A page as its content sees it. Nothing is sent to a hidden one: it drops messages, and is ready anew when it is shown again. */
export interface PageHost<Sent, View = ViewFrame> {
  readonly view: View
  /** Sent in this turn, with what was to be updated. */
  post(message: Sent): void
  /** What nobody waits for: sent at most 10 times a second, the latest of each type. */
  update(message: Sent): void
}

/** What one page shows, from its creation until VS Code disposes it. */
export interface PageContent<Received> extends Disposable {
  /** The page has (re)started and knows nothing. */
  onReady(): void
  onMessage(message: Received): void
  /** Called at the beginning too. */
  onVisibility(): void
}

export interface PageSpec<Received, Sent, View> {
  /** The page is the one of this name in `webview/main.ts`. */
  readonly name: string
  /** A message of the page if it is one; what is none is dropped. */
  parse(message: unknown): Received | undefined
  /** Called for each page that VS Code makes. */
  open(host: PageHost<Sent, View>): PageContent<Received>
}

/** The id of the view is `headlessJobs.<name>`. */
export type PageView<Received, Sent> = PageSpec<Received, Sent, ViewFrame>

/** What VS Code gives of an editor tab or a view, as far as messages are concerned. */
export interface PageFrame {
  readonly visible: boolean
  readonly webview: Pick<vscode.Webview, 'postMessage' | 'onDidReceiveMessage'>
  readonly onDidChangeVisibility: vscode.Event<unknown>
  readonly onDidDispose: vscode.Event<unknown>
}

/** A view has a number on its icon and words beside its title. */
export type ViewFrame = PageFrame & Pick<vscode.WebviewView, 'badge' | 'description'>

export function openPage<Received, Sent extends { type: string }, View extends PageFrame>(
  view: View,
  { parse, open }: PageSpec<Received, Sent, View>,
): void {
  const outgoing = new Outgoing<Sent>(messages => {
    if (view.visible) void view.webview.postMessage(messages)
  })
  const content = open({ view, post: message => outgoing.post(message), update: message => outgoing.update(message) })
  const receive = (message: unknown): void => {
    const parsed = parse(message)
    if (isPageReady(message)) content.onReady()
    else if (parsed !== undefined) content.onMessage(parsed)
  }
  const listeners = [
    view.webview.onDidReceiveMessage(receive),
    view.onDidChangeVisibility(() => {
      outgoing.clear()
      content.onVisibility()
    }),
  ]
  view.onDidDispose(() => {
    for (const listener of listeners) listener.dispose()
    content.dispose()
    outgoing.clear()
  })
  content.onVisibility()
}

/** Messages of one turn travel together, as a list. */
class Outgoing<Sent extends { type: string }> {
  readonly #send: (messages: readonly Sent[]) => void
  #messages: Sent[] = []
  readonly #updates = new Map<string, Sent>()
  #sentAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #isDue = false

  constructor(send: (messages: readonly Sent[]) => void) {
    this.#send = send
  }

  post(message: Sent): void {
    this.#gather()
    this.#messages.push(message)
    this.#sendNow()
  }

  update(message: Sent): void {
    this.#updates.set(message.type, message)
    const waitMs = this.#sentAt + UPDATE_INTERVAL_MS - performance.now()
    if (waitMs <= 0) this.#sendNow()
    else this.#timer ??= setTimeout(() => this.#flush(), waitMs)
  }

  /** What was not sent is of a page that is not there any more. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#messages = []
    this.#updates.clear()
  }

  #gather(): void {
    this.#messages.push(...this.#updates.values())
    this.#updates.clear()
  }

  #sendNow(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    this.#isDue = false
    this.#gather()
    const messages = this.#messages
    this.clear()
    if (messages.length === 0) return
    this.#sentAt = performance.now()
    this.#send(messages)
  }
}
