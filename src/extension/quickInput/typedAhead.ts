// Keys typed before the next question is shown belong to that question. An answered input stays until the next one
// replaces it, since keys in between would go to the editor; its keys are buffered.
import type * as vscode from 'vscode'
import { pause } from '../../core/base/pause'

/** Enter among the keys. */
const ENTER = '\n'
/** Milliseconds without a key that count as a pause: the next question is then shown with what was typed for it. */
const PAUSE_MS = 150
/** The same where keys would change an answer that was refused: nobody reads the reason and corrects it faster. */
const REFUSED_PAUSE_MS = 700

/** An input that was replaced is hidden after a few milliseconds, on a busy machine later; at most this long. */
const HIDE_TIMEOUT_MS = 10_000
/** For this long keys typed before a new text was shown may still arrive. */
const ARRIVAL_MS = 2000

export type Input = vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox

/** What was typed for one question, and whether Enter followed. Without text the question's own value is the answer. */
export interface Typed {
  text?: string
  entered: boolean
}

/** The buffered keys for later questions, in one series of questions. */
export class TypedAhead {
  #keys = ''
  /** The input that was shown last, answered or not. */
  #box: Box | undefined

  /** Whether the user has closed the input that was answered last: no further question is wanted. */
  get isDismissed(): boolean {
    return this.#box?.isClosed === true
  }

  /** What was typed for the next question; waits while a word is being typed. */
  async next(): Promise<Typed> {
    while (this.#keys !== '' && !this.#keys.includes(ENTER) && (await this.#growsWithin(PAUSE_MS)));
    return this.shift()
  }

  /** Resolves when the user pauses: keys typed before that are not meant for a question that was just shown. */
  async pause(): Promise<void> {
    while (await this.#growsWithin(REFUSED_PAUSE_MS));
  }

  async #growsWithin(pauseMs: number): Promise<boolean> {
    const before = this.#keys
    await pause(pauseMs)
    return this.#keys !== before
  }

  /** Removes the keys for one question from the buffer. */
  shift(): Typed {
    const end = this.#keys.indexOf(ENTER)
    const text = end < 0 ? this.#keys : this.#keys.slice(0, end)
    this.#keys = end < 0 ? '' : this.#keys.slice(end + 1)
    return { ...(text !== '' && { text }), entered: end >= 0 }
  }

  /**
   * Replaces the previous input. Calls `onAlone` as soon as all keys of that one have arrived, in the same turn: keys of this
   * one may arrive in the next.
   */
  show(box: Box, onAlone: () => void): void {
    const before = this.#box
    this.#box = box
    before?.replaceBy(onAlone)
    box.input.show()
    if (!before) onAlone()
  }

  /** From `before` to `now`, in a box whose question is answered. */
  edited(before: string, now: string): void {
    if (now.startsWith(before)) this.#keys += now.slice(before.length)
    else if (!before.startsWith(now)) this.#keys += now
    else {
      const last = this.#keys.lastIndexOf(ENTER) + 1
      this.#keys = this.#keys.slice(0, Math.max(last, this.#keys.length - (before.length - now.length)))
    }
  }

  enter(): void {
    this.#keys += ENTER
  }

  /** After Back or a refused answer: the keys that follow it were typed for something else. */
  forget(): void {
    this.#keys = ''
  }

  end(): void {
    this.#box?.dispose()
    this.#box = undefined
  }
}

/** An input from its creation until the next one has replaced it. */
export class Box {
  readonly input: Input
  readonly #ahead: TypedAhead
  readonly #listeners: vscode.Disposable[]
  #value: string
  /** The initial value of its question. */
  readonly #own: string
  /** The initial value is selected as a whole: the first key replaces it. */
  #isSelected = true
  #isAnswered = false
  #isRefused = false
  /** Called when another input has replaced it. */
  #onLeft: (() => void) | undefined
  isClosed = false
  /** Called with a text that was put into the box while it is shown: VS Code reports only what the user types. */
  onSet: (text: string) => void = () => undefined
  /** A file dialog hides the input, which is shown again when nothing was chosen. */
  inDialog = false
  #isAway = false
  /** What was typed into the previous box, when a word was begun there and is continued here. */
  #begun: string | undefined
  /** The text that was set last, and what the box contained before, until keys typed before that must have arrived. */
  #base = ''
  #replaced: string | undefined
  #arrivalTimer: NodeJS.Timeout | undefined
  #leaveTimer: NodeJS.Timeout | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(input: Input, ahead: TypedAhead) {
    this.input = input
    this.#ahead = ahead
    this.#value = input.value
    this.#own = input.value
    this.#listeners = [
      input.onDidChangeValue(value => this.#changed(value)),
      input.onDidAccept(() => this.#isAnswered && ahead.enter()),
      input.onDidHide(() => {
        if (this.#onLeft) this.#leave()
        else if (this.inDialog) this.#isAway = true
        else this.isClosed = true
      }),
    ]
  }

  get isAnswered(): boolean {
    return this.#isAnswered
  }

  /** What was typed as the answer; `undefined` while the initial value is unchanged. */
  get typed(): string | undefined {
    if (this.#begun === undefined && this.#isSelected) return undefined
    const here = this.#isSelected ? '' : this.#value
    const from = here.startsWith(this.#base) ? this.#base.length : 0
    return here.slice(0, from) + (this.#begun ?? '') + here.slice(from)
  }

  /** Whether the box contains only the end of what was typed. */
  get hasBegun(): boolean {
    return this.#begun !== undefined
  }

  /** The beginning was typed into the previous box: both parts are joined when the user pauses or presses Enter. */
  begin(text: string): void {
    this.#begun = (this.#begun ?? '') + text
    this.#joinLater()
  }

  /** Keys from now on are for the next question. */
  answer(): void {
    clearTimeout(this.#timer)
    this.#isAnswered = true
  }

  /** The answer was refused: appended keys are for later questions, but an edit of the answer is for this one. */
  refuse(answer: string): void {
    this.#isRefused = true
    if (!this.#value.startsWith(answer)) this.reopen()
  }

  /** The answer was refused: the question is open again. */
  reopen(): void {
    this.#isAnswered = false
    this.#isRefused = false
    this.#ahead.forget()
  }

  /** The user must see what Enter would accept: the box shows the text, and buffered keys stay for later questions. */
  present(text: string | undefined): void {
    if (!this.#isAnswered) return
    this.#isAnswered = false
    this.#isRefused = false
    const shown = text ?? this.#own
    if (shown !== this.#value) this.set(shown)
  }

  /** While it is shown: keys typed before the text is shown are appended to it. */
  set(text: string): void {
    this.#replaced = this.#isSelected ? '' : this.#value
    clearTimeout(this.#arrivalTimer)
    this.#arrivalTimer = setTimeout(() => this.#arrived(), ARRIVAL_MS)
    this.beginWith(text)
    this.onSet(text)
  }

  /** Before it is shown, or together with `set`. */
  beginWith(text: string): void {
    this.#begun = undefined
    this.#base = text
    this.#isSelected = false
    this.#value = text
    this.input.value = text
  }

  #arrived(): void {
    clearTimeout(this.#arrivalTimer)
    this.#replaced = undefined
  }

  replaceBy(onLeft: () => void): void {
    this.#onLeft = onLeft
    if (this.isClosed || this.#isAway) this.#leave()
    else this.#leaveTimer = setTimeout(() => this.#leave(), HIDE_TIMEOUT_MS)
  }

  showAgain(): void {
    this.#isAway = false
    this.input.show()
  }

  #leave(): void {
    const onLeft = this.#onLeft
    this.#onLeft = () => undefined
    this.dispose()
    onLeft?.()
  }

  dispose(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#arrivalTimer)
    clearTimeout(this.#leaveTimer)
    for (const listener of this.#listeners) listener.dispose()
    this.input.dispose()
  }

  #changed(value: string): void {
    if (this.#replaced !== undefined && !value.startsWith(this.#base) && value.startsWith(this.#replaced)) {
      const lost = value.slice(this.#replaced.length) // typed before the new text was shown
      this.#replaced = value
      if (this.#isAnswered) this.#ahead.edited('', lost)
      else this.begin(lost)
      return
    }
    this.#arrived()
    if (this.#isRefused && !value.startsWith(this.#value)) this.reopen()
    if (this.#isAnswered) this.#ahead.edited(this.#isSelected ? '' : this.#value, value)
    this.#isSelected = false
    this.#value = value
    if (this.#begun !== undefined && !this.#isAnswered) this.#joinLater()
  }

  #joinLater(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.set(this.typed ?? ''), PAUSE_MS)
  }
}
