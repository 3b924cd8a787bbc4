// The built page of the view in a browser without VS Code: the test sends the extension's messages and reads those of the
// page. For states that a job service cannot be brought into at will.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { PageReady } from '../../src/core/pages/anyPage'
import type { FromJobsPage, ToJobsPage } from '../../src/core/pages/jobsPage'
import type { RowQuery, Rows, Summary } from '../../src/core/protocol/facts'
import { pageHtml } from '../../src/extension/views/pageHtml'
import { borrowBrowser } from './browser'
import { root } from './tools'
import { until } from './until'

const ORIGIN = 'http://view.test'
const LIMIT_MS = 60_000
const types: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', ttf: 'font/ttf' }

export type Sent = PageReady | FromJobsPage

/** What VS Code gives every webview, as far as the page uses it. */
interface Host {
  sent: Sent[]
  onSent?(message: Sent): unknown
  /** From the start of the page's script to its first rows, milliseconds. */
  firstRowsMs?: number
  acquireVsCodeApi(): unknown
}

export class ViewPage {
  readonly page: Page
  readonly #giveBack: () => Promise<void>

  private constructor(page: Page, giveBack: () => Promise<void>) {
    this.page = page
    this.#giveBack = giveBack
  }

  /**
   * @param folder where the page was built
   * @param onSent called with each message of the page
   * @param texts of another language than English
   * @param name of the page
   */
  static async open(
    size = { width: 320, height: 600 },
    folder = join(root, 'dist', 'webview'),
    onSent?: (message: Sent, view: ViewPage) => void,
    texts: Readonly<Record<string, string>> = {},
    name = 'jobs',
  ): Promise<ViewPage> {
    const { browser, giveBack } = await borrowBrowser()
    const page = await browser.newPage({ viewport: size })
    const view = new ViewPage(page, giveBack)
    if (onSent) await page.exposeFunction('onSent', (message: Sent) => onSent(message, view))
    page.setDefaultTimeout(LIMIT_MS)
    const html = pageHtml({
      name,
      source: ORIGIN,
      script: `${ORIGIN}/main.js`,
      style: `${ORIGIN}/main.css`,
      language: 'en',
      texts,
    })
    await page.route(`${ORIGIN}/**`, route => {
      const name = new URL(route.request().url()).pathname.slice(1)
      if (name === '') return route.fulfill({ contentType: 'text/html', body: html })
      const contentType = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
      return route.fulfill({ contentType, body: readFileSync(join(folder, name)) })
    })
    await page.addInitScript(() => {
      const host = window as unknown as Host
      const defaults = new CSSStyleSheet()
      defaults.replaceSync('@layer vscode-default { body { margin: 0; padding: 0 20px } }')
      document.adoptedStyleSheets = [defaults]
      host.sent = []
      host.acquireVsCodeApi = () => {
        const started = performance.now()
        new MutationObserver((_, observer) => {
          if (!document.querySelector('.row')) return
          observer.disconnect()
          requestAnimationFrame(() => {
            host.firstRowsMs = performance.now() - started
          })
        }).observe(document, { childList: true, subtree: true })
        return api
      }
      const api = {
        postMessage: (message: Sent) => {
          host.sent.push(message)
          void host.onSent?.(message)
        },
        getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null'),
        setState: (state: unknown) => sessionStorage.setItem('state', JSON.stringify(state)),
      }
    })
    await view.reload()
    return view
  }

  /** Drops the page and makes it anew, as VS Code does when the view was hidden; its state is kept. */
  async reload(): Promise<void> {
    await this.page.goto(`${ORIGIN}/`)
    await this.waitForSent(({ type }) => type === 'ready')
  }

  async close(): Promise<void> {
    await this.page.close() // with its context
    await this.#giveBack()
  }

  /** Sends the state of a connected job service. */
  sendState({ queues, ...summary }: Partial<Summary>): Promise<void> {
    const whole = { counts: {}, paused: false, concurrency: 2, concurrencyWhy: '2 usable cores', slotsTaken: 0 }
    return this.#post({
      type: 'state',
      service: 'connected',
      trusted: true,
      now: Date.now(),
      summary: { ...whole, ...summary },
      ...(queues && { queues }),
    })
  }

  sendRows(rows: Rows['rows'], more: Partial<Rows> = {}): Promise<void> {
    return this.#post({ type: 'rows', rows: { from: 0, total: rows.length, rows, ...more } })
  }

  /** As a command asks. */
  send(message: ToJobsPage): Promise<void> {
    return this.#post(message)
  }

  /** The last query of the page. */
  async lastQuery(): Promise<RowQuery | undefined> {
    return (await this.sent()).findLast(message => message.type === 'query')?.query
  }

  /** The messages of the page to the extension. */
  sent(): Promise<Sent[]> {
    return this.page.evaluate(() => (window as unknown as Host).sent)
  }

  async waitForSent(matches: (message: Sent) => boolean): Promise<Sent> {
    return until(async () => (await this.sent()).find(matches), LIMIT_MS, 'a message of the page')
  }

  /** All that comes in one turn. */
  receive(messages: readonly ToJobsPage[]): Promise<void> {
    // as text: the driver takes long for many values
    return this.page.evaluate(text => window.postMessage(JSON.parse(text), '*'), JSON.stringify(messages))
  }

  #post(message: ToJobsPage): Promise<void> {
    return this.receive([message])
  }
}
