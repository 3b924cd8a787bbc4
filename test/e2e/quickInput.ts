// The palette, pick lists and input boxes, as a user handles them.
import type { Locator, Page } from 'playwright-core'
import { until } from '../support/until'

/** How long a step of the user interface may take on a busy machine. */
export const UI_LIMIT_MS = 60_000
/** From a key to what it does; after that it is pressed again. */
export const PRESS_AGAIN_MS = 2000

/** Not the second line: a row that is used again has that of the one before, unseen. */
const LABEL = '.label-name:not(.quick-input-list-label-meta *)'

export class QuickInput {
  readonly #page: Page
  readonly #widget: Locator
  readonly #input: Locator
  readonly #rows: Locator

  constructor(page: Page) {
    this.#page = page
    this.#widget = page.locator('.quick-input-widget')
    this.#input = this.#widget.locator('.quick-input-box input')
    this.#rows = this.#widget.locator('.quick-input-list .monaco-list-row')
  }

  isOpen(): Promise<boolean> {
    return this.#widget.isVisible()
  }

  /** Resolves when the widget is open and its title, as in `Submit Job (1/4)`, has this text or matches it. */
  async waitForTitle(title: string | RegExp): Promise<void> {
    const fits = (text: string) => (typeof title === 'string' ? text.includes(title) : title.test(text))
    await until(async () => fits(await this.title()), UI_LIMIT_MS, `a quick input with the title ${title}`)
  }

  async waitUntilClosed(): Promise<void> {
    await this.#widget.waitFor({ state: 'hidden', timeout: UI_LIMIT_MS })
  }

  /** The title with its step; empty when it has none or the widget is closed. */
  async title(): Promise<string> {
    const title = this.#widget.locator('.quick-input-title')
    return (await title.isVisible()) ? await textOf(title) : ''
  }

  async placeholder(): Promise<string> {
    return (await this.#input.getAttribute('placeholder', { timeout: UI_LIMIT_MS })) ?? ''
  }

  /** What stands in the box. */
  value(): Promise<string> {
    return this.#input.inputValue({ timeout: UI_LIMIT_MS })
  }

  /** The line below the box: the prompt, or what is wrong with the value. */
  async message(): Promise<string> {
    const message = this.#widget.locator('.quick-input-message')
    return (await message.isVisible()) ? await textOf(message) : ''
  }

  /** Resolves with the line below the box as soon as it matches. */
  waitForMessage(pattern: RegExp): Promise<string> {
    const matching = async () => {
      const message = await this.message()
      return pattern.test(message) && message
    }
    return until(matching, UI_LIMIT_MS, `a message of the quick input like ${pattern}`)
  }

  /** The labels of the rows that are shown; long lists show only a part. */
  async items(): Promise<string[]> {
    return (await this.#rows.locator(LABEL).allTextContents()).map(label => label.trim())
  }

  /** Replaces what stands in the box. */
  async type(text: string, limitMs = UI_LIMIT_MS): Promise<void> {
    await this.#input.fill(text, { timeout: limitMs })
  }

  /** Presses Enter. */
  async accept(): Promise<void> {
    await this.#input.press('Enter', { timeout: UI_LIMIT_MS })
  }

  /** Answers with a text: resolves when the question is gone. One that is refused is for `type` and `accept`. */
  async enter(text: string): Promise<void> {
    await this.#answer(async () => {
      await this.type(text)
      await this.accept()
    })
  }

  /** Waits until VS Code's question for a file proposes one of this name, which it writes over what was typed before. */
  async waitForFile(name: string): Promise<void> {
    const isProposed = async () => (await this.isOpen()) && (await this.value()).endsWith(name)
    await until(isProposed, UI_LIMIT_MS, `a proposal of ${name}`)
  }

  /** Answers by a click on the row with this label, or the first whose label matches: resolves when the question is gone. */
  async pick(label: string | RegExp): Promise<void> {
    const row = this.row(label)
    await row.waitFor({ timeout: UI_LIMIT_MS })
    await this.#answer(() => row.click({ timeout: UI_LIMIT_MS }))
  }

  /** The row with this label, or the first whose label matches. */
  row(label: string | RegExp): Locator {
    const name = this.#page.locator(LABEL, { hasText: typeof label === 'string' ? exactly(label) : label })
    return this.#rows.filter({ has: name }).first()
  }

  /** Clicks a button of the title bar, by what it is called; *Back* is one. */
  async press(button: string | RegExp): Promise<void> {
    await this.#widget.getByRole('button', { name: button }).first().click({ timeout: UI_LIMIT_MS })
  }

  /** Goes back; resolves when the question is gone. */
  async back(): Promise<void> {
    await this.#answer(() => this.press(/^Back/))
  }

  /** Presses Escape until it is closed: a key that comes while the window is busy with its focus is lost. */
  async cancel(): Promise<void> {
    const isClosed = async () => {
      await this.#page.keyboard.press('Escape')
      return until(async () => !(await this.isOpen()), PRESS_AGAIN_MS, 'a quick input that closes')
    }
    await until(isClosed, UI_LIMIT_MS, 'the end of the quick input')
  }

  /** A question stays for a moment after its answer, and what is typed then would go into it: waits for another, or none. */
  async #answer(act: () => Promise<void>): Promise<void> {
    const answered = await this.#question()
    await act()
    await until(async () => (await this.#question()) !== answered, UI_LIMIT_MS, `the end of the question “${answered}”`)
  }

  /** What distinguishes a question from the next: its title with the step, and its placeholder; empty without one. */
  #question(): Promise<string> {
    return this.#page.evaluate(() => {
      const widget = document.querySelector('.quick-input-widget')
      if (!widget || widget.getClientRects().length === 0) return ''
      const title = widget.querySelector('.quick-input-title')?.textContent ?? ''
      return `${title}: ${widget.querySelector('.quick-input-box input')?.getAttribute('placeholder') ?? ''}`
    })
  }
}

/** A pattern for exactly this text, blanks around it aside. */
function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`)
}

/** The text of an element, without blanks around it; waits for it. */
export async function textOf(element: Locator): Promise<string> {
  return (await element.textContent({ timeout: UI_LIMIT_MS }))?.trim() ?? ''
}
