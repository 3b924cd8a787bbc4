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
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
  <head>
    <meta charset="utf-8">
    ${policyElement(nonce, source, source)}
    <title>Headless Jobs</title>
    <link rel="stylesheet" href="${escapeHtml(style)}">
  </head>
  <body data-page="${escapeHtml(name)}">
    <script type="application/json" id="texts">${dataBlock(texts)}</script>
    <script type="module" nonce="${nonce}" src="${escapeHtml(script)}"></script>
  </body>
</html>`
}

/** Only the script with this nonce is executed, and nothing is loaded from elsewhere. */
export function policyElement(nonce: string, style: string, font: string): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${style}; font-src ${font}`
  return `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">`
}

/** JSON that cannot end the element that it is in. */
export function dataBlock(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
