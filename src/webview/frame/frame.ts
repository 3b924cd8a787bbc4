// The frame of a page, whatever it shows: takes the extension's messages, renders, saves the state of the page.
import { render, type TemplateResult } from 'lit-html'
import type { PageReady } from '../../core/pages/anyPage'

/** What VS Code gives a page. */
export interface VsCodeApi {
  postMessage(message: unknown): void
  getState(): unknown
  setState(state: unknown): void
}

/** What a page shows. */
export interface Content<Received> {
  /** A message of the extension if it is one; what is none is dropped. */
  parse(message: unknown): Received | undefined
  receive(message: Received): void
  template(): TemplateResult
  /** After rendering, when sizes are known. */
  rendered(): void
  /** Gives the keyboard's focus to what takes it first. */
  focus(): void
  /** What VS Code keeps for the page while it is hidden. */
  readonly state: unknown
}

const SAVE_DELAY_MS = 250

export class Frame<Received, Sent> {
  readonly #root: HTMLElement
  readonly #api: VsCodeApi
  readonly #content: Content<Received>
  #frame = 0
  #saveTimer: ReturnType<typeof setTimeout> | undefined

  constructor(root: HTMLElement, api: VsCodeApi, content: Content<Received>) {
    this.#root = root
    this.#api = api
    this.#content = content
  }

  start(): void {
    window.addEventListener('message', event => this.#receive(event.data))
    window.addEventListener('focus', () => {
      if (document.activeElement === document.body) this.#content.focus()
    })
    this.#api.postMessage({ type: 'ready' } satisfies PageReady)
    this.schedule()
  }

  /** The state that was saved last. */
  get saved(): unknown {
    return this.#api.getState()
  }

  post(message: Sent): void {
    this.#api.postMessage(message)
  }

  /** Renders with the next frame of the browser. */
  schedule(): void {
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      const { activeElement } = document
      render(this.#content.template(), this.#root)
      this.#content.rendered()
      // what had the keyboard has gone: a button, by what it does, or the last row of a list
      const isLost = activeElement !== document.body && document.activeElement === document.body
      // what is typed on into a field that has gone is no key of the list
      const wasField = activeElement instanceof HTMLInputElement || activeElement instanceof HTMLSelectElement
      if (isLost && !wasField && document.hasFocus()) this.#content.focus()
    })
  }

  /** Renders, and saves the state soon. */
  changed(): void {
    this.schedule()
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined
      this.#api.setState(this.#content.state)
    }, SAVE_DELAY_MS)
  }

  /** @param data a list: messages of one turn come together */
  #receive(data: unknown): void {
    for (const item of Array.isArray(data) ? data : []) {
      const message = this.#content.parse(item)
      if (message !== undefined) this.#content.receive(message)
    }
  }
}
