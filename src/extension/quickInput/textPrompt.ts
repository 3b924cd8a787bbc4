// A question that is answered with a text.
import * as vscode from 'vscode'
import { type Check, Checker } from './checker'
import type { Prompt, PromptEvents } from './prompt'
import type { Box } from './typedAhead'

export interface Button {
  button: vscode.QuickInputButton
  /** Opens a dialog and gives the answer of the step, or `undefined` to stay in it. */
  run(): Promise<string | undefined>
}

export interface TextQuestion {
  value?: string
  placeholder: string
  prompt: string
  check?: Check
  buttons?: readonly Button[]
}

const severities = {
  error: vscode.InputBoxValidationSeverity.Error,
  warning: vscode.InputBoxValidationSeverity.Warning,
  info: vscode.InputBoxValidationSeverity.Info,
}

/** An answer with an error is not accepted, and one with a warning only when the user could read the warning. */
export function textPrompt({ value = '', placeholder, prompt, check, buttons = [] }: TextQuestion): Prompt<string> {
  return {
    create() {
      const input = vscode.window.createInputBox()
      input.value = value
      input.placeholder = placeholder
      input.prompt = prompt
      input.buttons = buttons.map(({ button }) => button)
      return input
    },
    async answerTo(text = value) {
      const note = await new Checker(check, () => undefined).run(text)
      return note === undefined || note.severity === 'info' ? text : undefined
    },
    listen: (box, events) => [...listenToText(box, check, events), listenToButtons(box, buttons, events)],
  }
}

function listenToText(
  box: Box,
  check: Check | undefined,
  { resolve, present }: PromptEvents<string>,
): vscode.Disposable[] {
  const input = box.input as vscode.InputBox
  const checker = new Checker(check, note => {
    input.validationMessage = note && { message: note.message, severity: severities[note.severity] }
  })
  void checker.run(input.value)
  box.onSet = text => void checker.run(text)
  return [
    checker,
    input.onDidChangeValue(text => !box.isAnswered && checker.run(text)),
    input.onDidAccept(async () => {
      if (box.isAnswered) return
      if (box.hasBegun) box.set(box.typed ?? '')
      const text = input.value
      box.answer()
      if ((await checker.run(text))?.severity !== 'error') return resolve(text)
      box.refuse(text)
      if (box.isAnswered) await present(text)
      void checker.run(input.value)
    }),
  ]
}

function listenToButtons(
  box: Box,
  buttons: readonly Button[],
  { resolve, reject }: PromptEvents<string>,
): vscode.Disposable {
  return (box.input as vscode.InputBox).onDidTriggerButton(async triggered => {
    const button = buttons.find(({ button }) => button === triggered)
    if (!button) return
    box.inDialog = true
    try {
      const answer = await button.run()
      if (answer === undefined) return box.showAgain()
      box.answer()
      resolve(answer)
    } catch (error) {
      reject(error)
    } finally {
      box.inDialog = false
    }
  })
}
