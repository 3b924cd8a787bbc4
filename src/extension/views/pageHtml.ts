// The HTML of every page: it loads the built script and style sheet, and nothing else.
import { randomBytes } from 'node:crypto'
import { escapeHtml } from '../text/escapeHtml'

export interface PageParts {
  /** Which page the script is to show, one of `webview/main.ts`. */
  name: string
  /** The origin of the webview's own files. */
  source: string
  script: string
  style: string
  language: string
  /** What the page's texts are in that language; English where one is missing. */
  texts: Readonly<Record<string, string>>
}

export function pageHtml({ name, source, script, style, language, texts }: PageParts): string {
  const nonce = randomBytes(16).toString('base64')
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${source}; font-src ${source}`
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
    <title>Headless Jobs</title>
    <link rel="stylesheet" href="${escapeHtml(style)}">
  </head>
  <body data-page="${escapeHtml(name)}">
    <script type="application/json" id="texts">${dataBlock(texts)}</script>
    <script type="module" nonce="${nonce}" src="${escapeHtml(script)}"></script>
  </body>
</html>`
}

/** JSON that cannot end its block. */
function dataBlock(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
