// A page in a view of VS Code, whatever it shows: what it may load, which of its messages are taken, when it is sent any.
import * as vscode from 'vscode'
import type { Disposable } from '../../api'
import { isPageReady } from '../../core/pages/anyPage'
import { pageHtml } from './pageHtml'

/** A page as its content sees it. */
export interface PageHost<Sent> {
  readonly view: Pick<vscode.WebviewView, 'visible' | 'badge' | 'description'>
  /** Not awaited, and nothing is sent to a hidden page: it drops messages, and is ready anew when it is shown again. */
  post(message: Sent): void
}

/** What one page shows, from its creation until VS Code disposes it. */
export interface PageContent<Received> extends Disposable {
  /** The page has (re)started and knows nothing. */
  onReady(): void
  onMessage(message: Received): void
  /** Called at the beginning too. */
  onVisibility(): void
}

export interface PageView<Received, Sent> {
  /** The id of the view is `headlessJobs.<name>`; the page is the one of this name in `webview/main.ts`. */
  readonly name: string
  /** A message of the page if it is one; what is none is dropped. */
  parse(message: unknown): Received | undefined
  /** Called for each page that VS Code makes of the view. */
  open(host: PageHost<Sent>): PageContent<Received>
}

export function registerPageView<Received, Sent>(
  extensionUri: vscode.Uri,
  pageView: PageView<Received, Sent>,
): vscode.Disposable {
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview')
  const resolveWebviewView = (view: vscode.WebviewView): void => {
    view.webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [folder] }
    host(view, pageView)
    view.webview.html = html(view.webview, pageView.name, folder)
  }
  return vscode.window.registerWebviewViewProvider(`headlessJobs.${pageView.name}`, { resolveWebviewView })
}

function host<Received, Sent>(view: vscode.WebviewView, { parse, open }: PageView<Received, Sent>): void {
  const content = open({
    view,
    post: message => {
      if (view.visible) void view.webview.postMessage(message)
    },
  })
  const receive = (message: unknown): void => {
    const parsed = parse(message)
    if (isPageReady(message)) content.onReady()
    else if (parsed !== undefined) content.onMessage(parsed)
  }
  const listeners = [
    view.webview.onDidReceiveMessage(receive),
    view.onDidChangeVisibility(() => content.onVisibility()),
  ]
  view.onDidDispose(() => {
    for (const listener of listeners) listener.dispose()
    content.dispose()
  })
  content.onVisibility()
}

function html(webview: vscode.Webview, name: string, folder: vscode.Uri): string {
  const uri = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString()
  return pageHtml({
    name,
    source: webview.cspSource,
    script: uri('main.js'),
    style: uri('main.css'),
    language: vscode.env.language,
  })
}
