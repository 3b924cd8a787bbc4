// A page in a view or an editor tab of VS Code, whatever it shows: what it may load, which of its messages are taken, when it
// is sent any.
import * as vscode from 'vscode'
import type { Disposable } from '../../api'
import { isPageReady } from '../../core/pages/anyPage'
import { pageHtml } from './pageHtml'

/** A page as its content sees it. */
export interface PageHost<Sent, Shell = Pick<vscode.WebviewView, 'visible' | 'badge' | 'description'>> {
  readonly view: Shell
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

/** What a page says and shows, wherever it is. */
export interface PageSpec<Received, Sent, Shell> {
  /** The page is the one of this name in `webview/main.ts`. */
  readonly name: string
  /** A message of the page if it is one; what is none is dropped. */
  parse(message: unknown): Received | undefined
  /** Called for each page that VS Code makes. */
  open(host: PageHost<Sent, Shell>): PageContent<Received>
}

/** The id of the view is `headlessJobs.<name>`. */
export type PageView<Received, Sent> = PageSpec<Received, Sent, PageHost<Sent>['view']>

export function registerPageView<Received, Sent>(
  extensionUri: vscode.Uri,
  pageView: PageView<Received, Sent>,
): vscode.Disposable {
  const resolveWebviewView = (view: vscode.WebviewView): void =>
    showPage(extensionUri, view, view.onDidChangeVisibility, pageView)
  return vscode.window.registerWebviewViewProvider(`headlessJobs.${pageView.name}`, { resolveWebviewView })
}

/** Shows the page in an editor tab. */
export function showPanelPage<Received, Sent>(
  extensionUri: vscode.Uri,
  panel: vscode.WebviewPanel,
  spec: PageSpec<Received, Sent, vscode.WebviewPanel>,
): void {
  showPage(extensionUri, panel, panel.onDidChangeViewState, spec)
}

type Shell = vscode.WebviewView | vscode.WebviewPanel

function showPage<Received, Sent, S extends Shell>(
  extensionUri: vscode.Uri,
  shell: S,
  onDidChangeVisibility: vscode.Event<unknown>,
  { name, parse, open }: PageSpec<Received, Sent, S>,
): void {
  const { webview } = shell
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview')
  webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [folder] }
  const content = open({
    view: shell,
    post: message => {
      if (shell.visible) void webview.postMessage(message)
    },
  })
  const receive = (message: unknown): void => {
    const parsed = parse(message)
    if (isPageReady(message)) content.onReady()
    else if (parsed !== undefined) content.onMessage(parsed)
  }
  const listeners = [webview.onDidReceiveMessage(receive), onDidChangeVisibility(() => content.onVisibility())]
  shell.onDidDispose(() => {
    for (const listener of listeners) listener.dispose()
    content.dispose()
  })
  content.onVisibility()
  webview.html = html(webview, name, folder)
}

function html(webview: vscode.Webview, name: string, folder: vscode.Uri): string {
  const uri = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString()
  return pageHtml({
    name,
    source: webview.cspSource,
    script: uri('main.js'),
    style: uri('main.css'),
    language: vscode.env.language,
    texts: vscode.l10n.bundle ?? {},
  })
}
