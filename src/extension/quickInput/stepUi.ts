// The quick inputs of one step: each question is shown, unless what was typed ahead answers it.
import * as vscode from 'vscode'
import { type CommandLineItem, type CommandLineQuestion, commandLinePrompt } from './commandLinePrompt'
import { type PickQuestion, pickPrompt } from './pickPrompt'
import type { Prompt } from './prompt'
import { type TextQuestion, textPrompt } from './textPrompt'
import { Box, type Input, type TypedAhead } from './typedAhead'

/** Thrown by a question when the user goes back or dismisses it. */
export const back = Symbol('back')
export const dismissed = Symbol('dismissed')

export class StepUi {
  readonly #title: string
  readonly #step: number
  readonly #total: number
  readonly #ahead: TypedAhead

  constructor(title: string, step: number, total: number, ahead: TypedAhead) {
    this.#title = title
    this.#step = step
    this.#total = total
    this.#ahead = ahead
  }

  /** One of the items. */
  pick<Item extends vscode.QuickPickItem>(question: PickQuestion<Item>): Promise<Item> {
    return this.#show(pickPrompt(question))
  }

  text(question: TextQuestion): Promise<string> {
    return this.#show(textPrompt(question))
  }

  commandLine<Item extends CommandLineItem>(question: CommandLineQuestion<Item>): Promise<string> {
    return this.#show(commandLinePrompt(question))
  }

  async #show<Answer>(prompt: Prompt<Answer>): Promise<Answer> {
    const typed = await this.#ahead.next()
    if (this.#ahead.isDismissed) throw dismissed
    const known = typed.entered ? await prompt.answerTo(typed.text) : undefined
    if (known !== undefined) return known
    const box = new Box(this.#prepared(prompt.create()), this.#ahead)
    const isPick = 'items' in box.input
    if (typed.text !== undefined && !isPick) {
      box.beginWith(typed.text)
      ;(box.input as vscode.InputBox).valueSelection = [typed.text.length, typed.text.length]
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const listeners = [
      ...prompt.listen(box, { resolve, reject, present: text => this.#present(box, text) }),
      box.input.onDidTriggerButton(button => {
        if (button !== vscode.QuickInputButtons.Back) return
        box.answer()
        reject(back)
      }),
      box.input.onDidHide(() => {
        if (box.isClosed) reject(dismissed)
      }),
    ]
    if (typed.text !== undefined && isPick) box.begin(typed.text)
    this.#ahead.show(box, () => {
      if (!typed.entered) void this.#addLateKeys(prompt, box, typed.text, resolve)
    })
    if (typed.entered) void this.#present(box, typed.text)
    try {
      return await promise
    } finally {
      for (const listener of listeners) listener.dispose()
    }
  }

  /** What was typed into the previous box while this one was being shown. */
  async #addLateKeys<Answer>(
    prompt: Prompt<Answer>,
    box: Box,
    text: string | undefined,
    resolve: (answer: Answer) => void,
  ): Promise<void> {
    if (box.isAnswered) return
    const late = this.#ahead.shift()
    const whole = late.text === undefined ? text : (text ?? '') + late.text
    if (!late.entered) {
      if (late.text !== undefined) box.begin(late.text)
      return
    }
    box.answer()
    const answer = await prompt.answerTo(whole)
    if (answer !== undefined) return resolve(answer)
    return this.#present(box, whole)
  }

  /** Enter came for a question that must be seen: what is still being typed is for later ones. */
  async #present(box: Box, text: string | undefined): Promise<void> {
    box.answer()
    await this.#ahead.pause()
    box.present(text)
  }

  #prepared(input: Input): Input {
    input.title = this.#title
    if (this.#total > 1) {
      input.step = this.#step
      input.totalSteps = this.#total
    }
    input.ignoreFocusOut = true
    if (this.#step > 1) input.buttons = [vscode.QuickInputButtons.Back, ...input.buttons]
    return input
  }
}
