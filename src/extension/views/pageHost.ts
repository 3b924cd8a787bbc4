// A page in a view or an editor tab of VS Code, whatever it shows: where it is, and what it may load.
import * as vscode from 'vscode'
import { pageHtml } from './pageHtml'
import { openPage, type PageFrame, type PageSpec, type PageView } from './pageMessages'

export function registerPageView<Received, Sent extends { type: string }>(
  extensionUri: vscode.Uri,
  pageView: PageView<Received, Sent>,
): vscode.Disposable {
  const resolveWebviewView = (view: vscode.WebviewView): void =>
    fill(extensionUri, view.webview, pageView.name, () => openPage(view, pageView))
  return vscode.window.registerWebviewViewProvider(`headlessJobs.${pageView.name}`, { resolveWebviewView })
}

/** Shows a page in an editor tab. */
export function showPanelPage<Received, Sent extends { type: string }>(
  extensionUri: vscode.Uri,
  panel: vscode.WebviewPanel,
  spec: PageSpec<Received, Sent, PageFrame>,
): void {
  const frame: PageFrame = {
    webview: panel.webview,
    onDidChangeVisibility: panel.onDidChangeViewState,
    onDidDispose: panel.onDidDispose,
    get visible() {
      return panel.visible
    },
  }
  fill(extensionUri, panel.webview, spec.name, () => openPage(frame, spec))
}

function fill(extensionUri: vscode.Uri, webview: vscode.Webview, name: string, open: () => void): void {
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview')
  webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [folder] }
  open()
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
