// A window of a real VS Code with the packaged extension, as a user sees and handles it.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FrameLocator, Locator, Page } from 'playwright-core'
import { usableCores } from '../../src/run/base/machine'
import type { TempState } from '../support/tempState'
import { root } from '../support/tools'
import { until } from '../support/until'
import { forgetJobs } from './forgetJobs'
import { Dialog, Notifications } from './messages'
import { PRESS_AGAIN_MS, QuickInput, UI_LIMIT_MS } from './quickInput'
import { startVsCode, type VsCode, type VsCodeOptions, writeFiles } from './vsCode'

/** From the first request to a workbench that can be used. */
const OPEN_LIMIT_MS = 180_000
/** From a key to the row of what it starts, on a machine that is not slow. */
const EFFECT_LIMIT_MS = 10_000
/** The page of an editor, unlike that of the view in the side bar, reaches to the right edge. */
const IN_AN_EDITOR = '.webview-overlay-outer-right'
/** From a text in the palette to its rows; after that it is opened again. */
const PALETTE_LIMIT_MS = 10_000

/** Pressed before a test: it ends what an earlier one may have left open. */
const RESET_KEY = { shown: 'ctrl+alt+shift+f9', pressed: 'Control+Alt+Shift+F9' }
const resetKeybinding = (concurrency: number) => ({
  key: RESET_KEY.shown,
  command: 'runCommands',
  args: {
    commands: [
      'workbench.action.closeQuickOpen',
      'notifications.clearAll',
      'workbench.action.closeAllEditors',
      { command: 'headlessJobs.setConcurrency', args: { concurrency } },
    ],
  },
})

/** What the windows of one VS Code share. */
interface Session {
  readonly vsCode: VsCode
  /** Jobs at once by the settings it began with; 0 for as many as there are cores. */
  readonly concurrency: number
}

/**
 * Opens a VS Code in which nothing has been done yet: with user data, a job service and a workspace of its own.
 *
 * ```ts
 * const workbench = await openWorkbench({ files: { 'hello.py': 'print("hello")\n' } })
 * await workbench.command('Headless Jobs: Submit Job…')
 * await workbench.quickInput.enter('python3 hello.py')
 * await workbench.close()
 * ```
 */
export async function openWorkbench(options: VsCodeOptions = {}): Promise<Workbench> {
  const concurrency = Number(options.settings?.['headlessJobs.concurrency'] ?? 0)
  const keybindings = [resetKeybinding(concurrency), ...(options.keybindings ?? [])]
  const vsCode = await startVsCode({ ...options, keybindings })
  const workbench = new Workbench({ vsCode, concurrency })
  try {
    await workbench.open()
    return workbench
  } catch (error) {
    await workbench.screenshot('failed-to-open').catch(() => undefined)
    await vsCode.end(false)
    throw error
  }
}

export class Workbench {
  readonly #session: Session
  #page: Page | undefined

  constructor(session: Session) {
    this.#session = session
  }

  /** The folder that is open. */
  get workspace(): string {
    return this.#session.vsCode.workspace
  }

  /** The same as the job service knows it: another window with that is one of the same folder. */
  get workspaceKey(): string {
    return pathToFileURL(this.workspace).href
  }

  /** Where this VS Code and its job service keep their state. */
  get state(): TempState {
    return this.#session.vsCode.state
  }

  /** For what has no method here. */
  get page(): Page {
    if (!this.#page) throw new Error('This window is closed.')
    return this.#page
  }

  get quickInput(): QuickInput {
    return new QuickInput(this.page)
  }

  get notifications(): Notifications {
    return new Notifications(this.page)
  }

  /** All that were not dismissed: a window that opens slowly may have shown some for a moment only. */
  async listNotifications(): Promise<Notifications> {
    await this.command('Notifications: Show Notifications')
    await this.page.locator('.notifications-center.visible').waitFor({ timeout: UI_LIMIT_MS })
    return new Notifications(this.page, 'list')
  }

  get dialog(): Dialog {
    return new Dialog(this.page)
  }

  /** Opens the window; it must not be open. */
  async open(): Promise<void> {
    const { newPage, host, workspace } = this.#session.vsCode
    this.#page = await newPage()
    await this.#page.goto(`http://${host}/?folder=${encodeURIComponent(workspace)}`)
    await this.#waitUntilUsable()
  }

  /** Another window on the same folder of the same VS Code; `close` of the first closes it too. */
  async openSecondWindow(): Promise<Workbench> {
    const other = new Workbench(this.#session)
    await other.open()
    return other
  }

  /** Reloads the window, as *Developer: Reload Window* does. */
  async reload(): Promise<void> {
    await this.page.reload()
    await this.#waitUntilUsable()
  }

  /** Closes this window alone; VS Code and the job service go on. `open` opens it again. */
  async closeWindow(): Promise<void> {
    await this.page.close()
    this.#page = undefined
  }

  /** Ends everything: all windows, the job service, the state and the workspace. */
  async close(): Promise<void> {
    this.#page = undefined
    await this.#session.vsCode.end()
  }

  /**
   * As if nothing had been done yet: no question, notification, editor or job, and as many at once as in the beginning. For
   * the beginning of each test. Files of the workspace and other settings are left to the test.
   */
  async reset(): Promise<void> {
    await until(() => this.#pressReset(), UI_LIMIT_MS, 'a window without questions, notifications and editors')
    await forgetJobs(this.state, this.#session.concurrency || usableCores().cores)
  }

  async #pressReset(): Promise<true> {
    if (await this.dialog.isOpen()) await this.page.keyboard.press('Escape')
    await this.page.keyboard.press(RESET_KEY.pressed)
    const left = this.page.locator('.notification-list-item, .monaco-dialog-box, .editor-group-container .tab')
    const isClean = async () => (await left.count()) === 0 && !(await this.quickInput.isOpen())
    return until(isClean, PRESS_AGAIN_MS, 'a window without what was left open')
  }

  /**
   * Presses a user's own key until it has had its effect, on the window itself: a page in it that is still loading takes no
   * key. What it starts may come late, so it is pressed again only when that is unlikely.
   */
  async pressKey(key: string, effect: () => Promise<boolean>, what: string): Promise<void> {
    const pressed = async () => {
      await this.page.locator('.activitybar .action-label').first().press(key)
      return until(effect, EFFECT_LIMIT_MS, what)
    }
    await until(pressed, UI_LIMIT_MS, what)
  }

  /** Runs a command through the palette, by what stands there, such as `Headless Jobs: Submit Job…`. */
  async command(title: string): Promise<void> {
    await this.#findInPalette(`>${title}`, this.quickInput.row(title))
    await this.quickInput.pick(title)
  }

  /** Whether the palette offers a command with this title. */
  async hasCommand(title: string): Promise<boolean> {
    const answer = this.page.locator('.quick-input-list .monaco-list-row').first() // there is one also if none fits
    await this.#findInPalette(`>${title}`, answer)
    const offered = (await this.quickInput.items()).includes(title)
    await this.quickInput.cancel()
    return offered
  }

  /** Opens a file of the workspace by its name, which must be the only one. */
  async openFile(name: string): Promise<void> {
    await this.#findInPalette(name, this.quickInput.row(name))
    await this.quickInput.pick(name)
    await until(async () => (await this.activeEditor()) === name, UI_LIMIT_MS, `an editor of ${name}`)
  }

  /** Trusts the workspace that was opened as `restricted`, through VS Code's own page. */
  async trustWorkspace(): Promise<void> {
    await this.command('Workspaces: Manage Workspace Trust')
    await this.page.getByRole('button', { name: 'Trust', exact: true }).click({ timeout: UI_LIMIT_MS })
    await this.page.locator('footer .statusbar-item', { hasText: 'Restricted Mode' }).waitFor({
      state: 'detached',
      timeout: UI_LIMIT_MS,
    })
  }

  /** Chooses a colour theme by what the list of themes shows, such as `Light Modern`. */
  async chooseTheme(name: string): Promise<void> {
    await this.command('Preferences: Color Theme')
    const isOpen = async () => (await this.quickInput.placeholder()).includes('Color Theme')
    await until(isOpen, UI_LIMIT_MS, 'the list of themes')
    await this.quickInput.type(name)
    await this.quickInput.pick(name)
    await this.quickInput.waitUntilClosed()
  }

  /** Shows a view container by its name in the activity bar, such as `Headless Jobs`. */
  async openViewContainer(name: string): Promise<void> {
    const item = this.page.locator('.activitybar .action-item', {
      has: this.page.locator(`.action-label[aria-label^="${name}"]`),
    })
    await item.waitFor({ timeout: UI_LIMIT_MS })
    const isShown = (await item.getAttribute('class'))?.split(' ').includes('checked')
    if (!isShown) await item.click()
    await this.page
      .locator('.sidebar .composite.title', { hasText: new RegExp(name, 'i') })
      .waitFor({ timeout: UI_LIMIT_MS })
  }

  /** The page of the view of jobs in the side bar; its container must be shown. */
  webview(): FrameLocator {
    return this.page
      .frameLocator(`.webview-overlay-content:not(${IN_AN_EDITOR}) iframe.webview.ready`)
      .frameLocator('#active-frame')
  }

  /** The page in the editor that is shown. */
  webviewEditor(): FrameLocator {
    return this.page.frameLocator(`${IN_AN_EDITOR} iframe.webview.ready`).frameLocator('#active-frame')
  }

  /** An item of the status bar by its id, such as `headlessJobs.status`. */
  statusBarItem(id: string): Locator {
    return this.page.locator(
      `footer[id="workbench.parts.statusbar"] .statusbar-item[id="headless-jobs.headless-jobs.${id}"]`,
    )
  }

  /** What a screen reader reads of an item of the status bar; its text may be an icon alone. */
  async statusBarLabel(id: string): Promise<string> {
    return (await this.statusBarItem(id).getAttribute('aria-label', { timeout: UI_LIMIT_MS })) ?? ''
  }

  /** The name of the editor that is shown, as on its tab. */
  async activeEditor(): Promise<string> {
    const tab = this.page.locator('.editor-group-container.active .tab.active')
    return (await tab.getAttribute('data-resource-name', { timeout: UI_LIMIT_MS })) ?? ''
  }

  /** The lines that the active editor shows; a long text only in part. */
  async editorText(): Promise<string> {
    const lines = this.page.locator('.editor-group-container.active .view-line')
    await lines.first().waitFor({ timeout: UI_LIMIT_MS })
    // The editor keeps its lines in any order and places them.
    const texts = await lines.evaluateAll(all =>
      all
        .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
        .map(line => line.textContent?.replaceAll('\u00a0', ' ') ?? ''),
    )
    return texts.join('\n')
  }

  clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText())
  }

  /** Writes files of the workspace, as another program would. */
  writeFiles(files: Readonly<Record<string, string>>): void {
    writeFiles(this.workspace, files)
  }

  /** A picture for people to look at: `.vscode-test/screenshots/NAME.png`. */
  async screenshot(name: string): Promise<void> {
    const path = join(root, '.vscode-test', 'screenshots', `${name}.png`)
    await this.page.screenshot({ path, animations: 'disabled' })
  }

  /** What is still closing, or takes the focus, closes a palette that has just opened: it is opened until there is an answer. */
  async #findInPalette(text: string, answer: Locator): Promise<void> {
    const isFound = async () => {
      await this.#openPalette()
      await this.quickInput.type(text, PRESS_AGAIN_MS)
      await answer.waitFor({ timeout: PALETTE_LIMIT_MS })
      return true
    }
    await until(isFound, UI_LIMIT_MS, `${text} in the palette`)
  }

  /** A key that comes while the window is busy with its focus is lost: it is pressed until it has worked. */
  async #openPalette(): Promise<void> {
    const opened = async () => {
      await this.page.keyboard.press('F1')
      return until(
        async () => (await this.quickInput.isOpen()) && (await this.quickInput.value()).startsWith('>'),
        PRESS_AGAIN_MS,
        'the palette',
      )
    }
    await until(opened, UI_LIMIT_MS, 'the palette')
  }

  async #waitUntilUsable(): Promise<void> {
    await this.page.locator('.monaco-workbench .activitybar').waitFor({ timeout: OPEN_LIMIT_MS })
    // Ours is the last part to come: it needs the extension host.
    await this.statusBarItem('headlessJobs.status').waitFor({ timeout: OPEN_LIMIT_MS })
  }
}
