// The view of jobs, as a user sees and handles it.
import type { Frame, FrameLocator, Locator, Page } from 'playwright-core'
import { until } from '../support/until'
import { textOf, UI_LIMIT_MS } from './quickInput'
import type { Workbench } from './workbench'

/** From a key or click to what it does; after that it is pressed again. */
const EFFECT_LIMIT_MS = 3000

/** A view that is shown; `close` the workbench, not this. */
export class JobsView {
  readonly #workbench: Workbench

  private constructor(workbench: Workbench) {
    this.#workbench = workbench
  }

  /** Shows the view and waits until its page takes clicks. */
  static async open(workbench: Workbench): Promise<JobsView> {
    await workbench.openViewContainer('Headless Jobs')
    const view = new JobsView(workbench)
    await view.ready()
    return view
  }

  /** The same after `workbench.reset`: without the rows of an earlier test, which the page shows until it is updated. */
  static async openEmpty(workbench: Workbench): Promise<JobsView> {
    const view = await JobsView.open(workbench)
    await view.closeFilter()
    await until(async () => (await view.rows.count()) === 0, UI_LIMIT_MS, 'a view without rows')
    return view
  }

  /** A page that has just appeared takes no click before the mouse has been seen over it. */
  async ready(): Promise<void> {
    const main = this.page.locator('main')
    await main.waitFor({ timeout: UI_LIMIT_MS })
    const isHovered = async () => {
      await main.hover({ position: { x: 5, y: 5 }, timeout: EFFECT_LIMIT_MS })
      return main.evaluate(element => element.matches(':hover'))
    }
    await until(isHovered, UI_LIMIT_MS, 'a page of the view that sees the mouse')
  }

  /** The page inside the webview. */
  get page(): FrameLocator {
    return this.#workbench.webview()
  }

  /** The same as a frame, to run code in. */
  async frame(): Promise<Frame> {
    const main = await this.page.locator('main').elementHandle({ timeout: UI_LIMIT_MS })
    const frame = await main?.ownerFrame()
    if (!frame) throw new Error('The view has no page.')
    return frame
  }

  get tree(): Locator {
    return this.page.getByRole('tree', { name: 'Jobs' })
  }

  /** The rows in sight. */
  get rows(): Locator {
    return this.tree.locator('.row')
  }

  /** The warm workers below the tree; there only while there are some. */
  get workers(): Locator {
    return this.page.getByRole('region', { name: 'Warm workers' })
  }

  /** The field of the filter; there only while that is open. */
  get filter(): Locator {
    return this.page.getByRole('combobox', { name: 'Find jobs', exact: true })
  }

  /** How many were found, as `3 of 8`. */
  get found(): Locator {
    return this.page.locator('.find .found')
  }

  /** Types into the filter, which is open or opened, in place of what it has. */
  async find(text: string): Promise<void> {
    if (!(await this.filter.isVisible())) await this.pressTool('Find Jobs')
    await this.filter.fill(text, { timeout: UI_LIMIT_MS })
  }

  /** With Escape: once for the text, once for the filter itself. */
  async closeFilter(): Promise<void> {
    const isClosed = async () => {
      if (await this.filter.isVisible()) await this.filter.press('Escape', { timeout: EFFECT_LIMIT_MS })
      return this.filter.isHidden()
    }
    await until(isClosed, UI_LIMIT_MS, 'a filter that is closed')
  }

  /** What the strip above the tree shows, such as `3 running, 12 queued`. */
  get summary(): Locator {
    return this.page.locator('.strip .summary')
  }

  /** The details of the selected row; there only while one is. */
  get details(): Locator {
    return this.page.getByRole('region', { name: /^Details of / })
  }

  /** The end of a stream of the job whose details are shown; empty while it has none. */
  async tail(stream: 'stdout' | 'stderr'): Promise<string> {
    const tail = this.details.locator(`#tail-${stream}`)
    return (await tail.count()) === 1 ? ((await tail.textContent({ timeout: UI_LIMIT_MS })) ?? '') : ''
  }

  get concurrency(): Locator {
    return this.page.getByLabel('Jobs at once', { exact: true })
  }

  /** The row of a job or batch, by its name; the topmost if there are several. */
  row(name: string): Row {
    return new Row(this.#page, this.#rowsNamed(name).first())
  }

  /** The job inside a batch that is unfolded, by its name. */
  inner(name: string): Row {
    return new Row(
      this.#page,
      this.tree
        .locator('.row.depth1')
        .filter({ has: this.#nameIs(name) })
        .first(),
    )
  }

  /** The names of all rows in sight, from top to bottom. */
  async names(): Promise<string[]> {
    return this.tree.locator('.row .name').allTextContents()
  }

  /** How many rows in sight are in this state. */
  count(state: string): Promise<number> {
    return this.tree.locator(`.row[data-state="${state}"]`).count()
  }

  /** Types another number of jobs at once into the strip. */
  async setConcurrency(n: number): Promise<void> {
    await this.concurrency.fill(String(n), { timeout: UI_LIMIT_MS })
    await this.concurrency.press('Enter', { timeout: UI_LIMIT_MS })
  }

  /** Presses a button of the view's title, by what it is called. */
  async pressTool(name: string): Promise<void> {
    await this.tool(name).click({ timeout: UI_LIMIT_MS })
  }

  /** A button of the view's title. */
  tool(name: string): Locator {
    return this.#page
      .locator('.sidebar .title-actions .action-item')
      .getByRole('button', { name: new RegExp(`^${name}( \\(|$)`) })
  }

  /** The name of the row with the keyboard's focus. */
  async activeName(): Promise<string> {
    const active = this.tree.locator('.row.active .name')
    return (await active.count()) === 1 ? textOf(active) : ''
  }

  /** Presses a key in the tree. */
  async press(key: string): Promise<void> {
    await this.tree.press(key, { timeout: UI_LIMIT_MS })
  }

  /** Presses a key of a command, again only when it has had no effect: VS Code learns a moment late that the view has the keyboard. */
  async pressUntil(key: string, effect: () => Promise<boolean>): Promise<void> {
    const pressed = async () => {
      if (await effect()) return true
      await this.#page.keyboard.press(key)
      return until(effect, EFFECT_LIMIT_MS, `the effect of ${key}`)
    }
    await until(pressed, UI_LIMIT_MS, `the effect of ${key}`)
  }

  get #page(): Page {
    return this.#workbench.page
  }

  #rowsNamed(name: string): Locator {
    return this.rows.filter({ has: this.#nameIs(name) })
  }

  #nameIs(name: string): Locator {
    return this.#page.locator('.name', { hasText: new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) })
  }
}

/** A row of the tree; it need not be there yet. */
export class Row {
  readonly element: Locator
  readonly #page: Page

  constructor(page: Page, element: Locator) {
    this.#page = page
    this.element = element
  }

  async state(): Promise<string> {
    return (await this.element.getAttribute('data-state', { timeout: UI_LIMIT_MS })) ?? ''
  }

  /** Resolves when the row is there and in this state. */
  async waitFor(state: string): Promise<void> {
    await this.element.and(this.#inState(state)).waitFor({ timeout: UI_LIMIT_MS })
  }

  async waitUntilGone(): Promise<void> {
    await this.element.waitFor({ state: 'detached', timeout: UI_LIMIT_MS })
  }

  /** `job:<id>` or `batch:<id>`. */
  async key(): Promise<string> {
    return (await this.element.getAttribute('data-key', { timeout: UI_LIMIT_MS })) ?? ''
  }

  /** The words beside the name. */
  description(): Promise<string> {
    return textOf(this.element.locator('.description'))
  }

  /** Resolves with the words beside the name as soon as they match. */
  waitForDescription(pattern: RegExp): Promise<string> {
    const matching = async () => {
      const description = await this.description()
      return pattern.test(description) && description
    }
    return until(matching, UI_LIMIT_MS, `a row that shows ${pattern}`)
  }

  /** How many of a batch have succeeded and failed, as its row shows: `['5', '3']`. */
  counts(): Promise<string[]> {
    return this.element.locator('.count').allTextContents()
  }

  /** The tooltip of the row, which it has once the mouse is over it. */
  async tooltip(): Promise<string> {
    await this.element.dispatchEvent('pointerover', undefined, { timeout: UI_LIMIT_MS })
    return until(
      async () => (await this.element.getAttribute('title', { timeout: UI_LIMIT_MS })) ?? undefined,
      UI_LIMIT_MS,
      'a tooltip',
    )
  }

  /** The process id of a running job, from its tooltip. */
  async pid(): Promise<number> {
    return until(
      async () => Number(/^Process: (\d+)$/m.exec(await this.tooltip())?.[1]) || undefined,
      UI_LIMIT_MS,
      'a process id in the tooltip',
    )
  }

  async isExpanded(): Promise<boolean> {
    return (await this.element.getAttribute('aria-expanded', { timeout: UI_LIMIT_MS })) === 'true'
  }

  async isSelected(): Promise<boolean> {
    return (await this.element.getAttribute('aria-selected', { timeout: UI_LIMIT_MS })) === 'true'
  }

  /** Unfolds a batch with a click. */
  async expand(): Promise<void> {
    if (!(await this.isExpanded())) await this.element.locator('.twistie').click({ timeout: UI_LIMIT_MS })
    await until(() => this.isExpanded(), UI_LIMIT_MS, 'an unfolded batch')
  }

  /** Clicks on the name, which selects the row. */
  async select(): Promise<void> {
    await this.element.locator('.name').click({ timeout: UI_LIMIT_MS })
    await until(() => this.isSelected(), UI_LIMIT_MS, 'a selected row')
  }

  async doubleClick(): Promise<void> {
    await this.element.locator('.name').dblclick({ timeout: UI_LIMIT_MS })
  }

  /** What the context menu offers; leaves it closed. */
  async menu(): Promise<string[]> {
    await this.#openMenu()
    const labels = await this.#menuItems.allTextContents()
    await this.#page.keyboard.press('Escape')
    await this.#menuItems.first().waitFor({ state: 'hidden', timeout: UI_LIMIT_MS })
    return labels.map(label => label.trim()).filter(label => label !== '')
  }

  /** Chooses from the context menu. */
  async choose(label: string): Promise<void> {
    await this.#openMenu()
    const item = this.#menuItems.filter({ hasText: new RegExp(`^\\s*${label}\\s*$`) })
    await item.waitFor({ timeout: UI_LIMIT_MS })
    const isClosed = async () => {
      if (await item.isVisible()) await item.click({ timeout: EFFECT_LIMIT_MS }) // one that has just opened takes no click yet
      return item.isHidden()
    }
    await until(isClosed, UI_LIMIT_MS, `the item ${label} of the context menu`)
  }

  get #menuItems(): Locator {
    return this.#page.locator('.context-view .action-item .action-label:not(.separator)')
  }

  async #openMenu(): Promise<void> {
    await this.element.locator('.name').click({ button: 'right', timeout: UI_LIMIT_MS })
    await this.#menuItems.first().waitFor({ timeout: UI_LIMIT_MS })
  }

  #inState(state: string): Locator {
    return this.element.locator(`xpath=self::*[@data-state="${state}"]`)
  }
}
