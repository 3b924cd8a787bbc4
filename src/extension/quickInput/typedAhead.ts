// What is typed before the next question is there: it belongs to that question. The input that was answered stays until
// the next one takes its place, since keys in between would go to the editor; what it is given is kept.
import type * as vscode from 'vscode'

/** Enter among the keys. */
const ENTER = '\n'
/** Who has not typed for so long, milliseconds, has paused: the next question is shown with what was typed for it. */
const PAUSE_MS = 150

/** An input whose place is taken says so after a few milliseconds, on a busy machine later; it is not waited for longer. */
const GIVE_WAY_MS = 10_000
/** So long what was typed before a new text had come may still arrive. */
const ARRIVAL_MS = 2000

export type Input = vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox

/** What was typed for one question, and whether Enter came after it. Without text its own value stands. */
export interface Typed {
  text?: string
  entered: boolean
}

/** The keys for the questions to come, in one go of questions. */
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
    while (this.#keys !== '' && !this.#keys.includes(ENTER) && (await this.#grows()));
    return this.take()
  }

  /** Resolves when the user pauses: what he types on and on is not meant for a question that has just come. */
  async pause(): Promise<void> {
    while (await this.#grows());
  }

  async #grows(): Promise<boolean> {
    const before = this.#keys
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    return this.#keys !== before
  }

  take(): Typed {
    const end = this.#keys.indexOf(ENTER)
    const text = end < 0 ? this.#keys : this.#keys.slice(0, end)
    this.#keys = end < 0 ? '' : this.#keys.slice(end + 1)
    return { ...(text !== '' && { text }), entered: end >= 0 }
  }

  /**
   * Takes the place of the input before. Calls `onAlone` as soon as all is known that was typed into that one, in the same
   * turn: what was typed into this one may come with the next breath.
   */
  show(box: Box, onAlone: () => void): void {
    const before = this.#box
    this.#box = box
    before?.giveWay(onAlone)
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

  /** Back, or an answer that was not taken: what runWithProgress was typed for something else. */
  forget(): void {
    this.#keys = ''
  }

  end(): void {
    this.#box?.dispose()
    this.#box = undefined
  }
}

/** An input from when it is made until the next one has taken its place. */
export class Box {
  readonly input: Input
  readonly #ahead: TypedAhead
  readonly #listeners: vscode.Disposable[]
  #value: string
  /** The value that its question came with. */
  readonly #own: string
  /** The value that it was shown with is selected as a whole: the first key replaces it. */
  #isSelected = true
  #isAnswered = false
  #isRefused = false
  /** Called when another input has taken its place. */
  #onLeft: (() => void) | undefined
  isClosed = false
  /** A file dialog hides the input, which comes back when nothing was chosen. */
  inDialog = false
  #isAway = false
  /** What was typed into the box before, when a word was begun there and goes on here. */
  #begun: string | undefined
  /** The text that was put into its box last, and what stood there before, until that must have arrived. */
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

  /** What its question has been given; `undefined` while its own value stands. */
  get typed(): string | undefined {
    if (this.#begun === undefined && this.#isSelected) return undefined
    const here = this.#isSelected ? '' : this.#value
    const from = here.startsWith(this.#base) ? this.#base.length : 0
    return here.slice(0, from) + (this.#begun ?? '') + here.slice(from)
  }

  /** Whether its box shows only the end of what was typed. */
  get hasBegun(): boolean {
    return this.#begun !== undefined
  }

  /** The end of this was typed into the box before: it is put together when the user pauses or presses Enter. */
  begin(text: string): void {
    this.#begun = (this.#begun ?? '') + text
    this.#putTogetherLater()
  }

  /** What comes from now on is for the next question. */
  answer(): void {
    clearTimeout(this.#timer)
    this.#isAnswered = true
  }

  /** The same, when the answer had come before: what stands in the box by now is for the next question too. */
  answerBefore(): void {
    this.answer()
    if (!this.#isSelected) this.#ahead.edited('', this.#value)
  }

  /** The answer was not taken: what is typed on and on is for later questions, but what changes the answer is for this. */
  refuse(answer: string): void {
    this.#isRefused = true
    if (!this.#value.startsWith(answer)) this.reopen()
  }

  /** The answer was not taken: its question stands. */
  reopen(): void {
    this.#isAnswered = false
    this.#isRefused = false
    this.#ahead.forget()
  }

  /** The user must see what Enter would do: the text stands in the box, and later keys stay for later questions. */
  present(text: string | undefined): void {
    if (!this.#isAnswered) return
    this.#isAnswered = false
    this.#isRefused = false
    const stands = text ?? this.#own
    if (stands !== this.#value) this.set(stands)
  }

  /** While it is shown: what the user types before the text has come is put behind it. */
  set(text: string): void {
    this.#replaced = this.#isSelected ? '' : this.#value
    clearTimeout(this.#arrivalTimer)
    this.#arrivalTimer = setTimeout(() => this.#arrived(), ARRIVAL_MS)
    this.beginWith(text)
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

  giveWay(onLeft: () => void): void {
    this.#onLeft = onLeft
    if (this.isClosed || this.#isAway) this.#leave()
    else this.#leaveTimer = setTimeout(() => this.#leave(), GIVE_WAY_MS)
  }

  comeBack(): void {
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
      const lost = value.slice(this.#replaced.length) // typed before the new text had come
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
    if (this.#begun !== undefined && !this.#isAnswered) this.#putTogetherLater()
  }

  #putTogetherLater(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.set(this.typed ?? ''), PAUSE_MS)
  }
}
