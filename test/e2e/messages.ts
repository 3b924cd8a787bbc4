// Notifications and dialogs, as a user handles them.
import type { Locator, Page } from 'playwright-core'
import { textOf, UI_LIMIT_MS } from './quickInput'

/** The notifications that pop up; they go away by themselves after a while. */
export class Notifications {
  readonly #toasts: Locator

  /** @param where `list` is the one of *Show Notifications*, which has those that have gone away, too */
  constructor(page: Page, where: 'toasts' | 'list' = 'toasts') {
    const list = '.notifications-center .monaco-list-row'
    this.#toasts = page.locator(where === 'list' ? list : '.notifications-toasts .notification-toast')
  }

  /** The texts of those that are shown now. */
  texts(): Promise<string[]> {
    return this.#toasts.locator('.notification-list-item-message').allTextContents()
  }

  /** Resolves with the text of the first one that matches, as soon as there is one. */
  waitFor(pattern: RegExp): Promise<string> {
    return textOf(this.#toast(pattern).locator('.notification-list-item-message'))
  }

  /** Presses a button of the first one that matches. */
  async press(pattern: RegExp, button: string): Promise<void> {
    await this.#toast(pattern).getByRole('button', { name: button, exact: true }).click({ timeout: UI_LIMIT_MS })
  }

  #toast(pattern: RegExp): Locator {
    return this.#toasts.filter({ hasText: pattern }).first()
  }
}

/** The modal dialog; there is at most one. */
export class Dialog {
  readonly #box: Locator

  constructor(page: Page) {
    this.#box = page.locator('.monaco-dialog-box')
  }

  isOpen(): Promise<boolean> {
    return this.#box.isVisible()
  }

  /** Its message and, below it, its detail; waits for it. */
  text(): Promise<string> {
    return textOf(this.#box.locator('.dialog-message-container'))
  }

  /** What its buttons say. */
  buttons(): Promise<string[]> {
    return this.#box.locator('.dialog-buttons .monaco-button').allTextContents()
  }

  /** Presses a button and waits until the dialog is gone. */
  async press(button: string): Promise<void> {
    await this.#box.getByRole('button', { name: button, exact: true }).click({ timeout: UI_LIMIT_MS })
    await this.#box.waitFor({ state: 'hidden', timeout: UI_LIMIT_MS })
  }
}
