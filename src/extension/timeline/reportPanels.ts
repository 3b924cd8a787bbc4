// Reports of batches in editor tabs, as their files have them; VS Code restores them after a reload.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { t } from '@vscode/l10n'
import * as v from 'valibot'
import * as vscode from 'vscode'
import { escapeHtml } from '../text/escapeHtml'
import { dataBlock, policyElement } from '../views/pageHtml'

const VIEW_TYPE = 'headlessJobs.report'

const kept = v.object({ file: v.string() })

/** In an editor of its own, which the desktop, a browser and a remote window have alike. */
export function showReport(name: string, file: string, html: string): void {
  const title = t('Report: {0}', name)
  fill(vscode.window.createWebviewPanel(VIEW_TYPE, title, vscode.ViewColumn.Active), remembering(file, html))
}

export function restoreReports(): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
    async deserializeWebviewPanel(panel, state) {
      if (v.is(kept, state)) fill(panel, await reportOf(state.file))
      else panel.dispose() // of another version
    },
  })
}

function fill(panel: vscode.WebviewPanel, html: string): void {
  panel.webview.options = { enableScripts: true, localResourceRoots: [] }
  panel.webview.html = html
}

/** Or why there is none. */
function reportOf(file: string): Promise<string> {
  return readFile(file, 'utf8').then(
    html => remembering(file, html),
    (error: Error) => escapeHtml(t('The report {0} cannot be shown: {1}', file, error.message)),
  )
}

/** The report in a page that says to VS Code which file it is of; nothing else in it is executed. */
function remembering(file: string, html: string): string {
  const nonce = randomBytes(16).toString('base64')
  const policy = policyElement(nonce, "'unsafe-inline'", "'none'")
  const script = `<script nonce="${nonce}">acquireVsCodeApi().setState(${dataBlock({ file })})</script>`
  return html.replace('<head>', () => `<head>\n${policy}\n${script}`)
}
