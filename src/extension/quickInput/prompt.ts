// What a kind of question must provide, so that it can be shown as a step and answered by what was typed ahead.
import type { Disposable } from 'vscode'
import type { Box, Input } from './typedAhead'

export interface PromptEvents<Answer> {
  /** To be called at once when an answer is accepted; after `box.answer()` where that takes a check. */
  resolve(answer: Answer): void
  reject(reason: unknown): void
  /** Shows this text as the answer that Enter would give; what is typed meanwhile is for later questions. */
  present(text: string | undefined): Promise<void>
}

export interface Prompt<Answer> {
  create(): Input
  /** The answer that Enter gives when this was typed ahead; `undefined` when the user must see the question first. */
  answerTo(text: string | undefined): Promise<Answer | undefined>
  listen(box: Box, events: PromptEvents<Answer>): Disposable[]
}
