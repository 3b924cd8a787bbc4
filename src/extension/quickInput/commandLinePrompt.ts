// A question that is answered with a command line: typed, or one of those that are offered.
import * as vscode from 'vscode'
import { type Check, Checker } from './checker'
import type { Note } from './note'
import type { Prompt, PromptEvents } from './prompt'
import type { Box } from './typedAhead'

export type CommandLineItem = vscode.QuickPickItem & { commandLine: string }

export interface CommandLineQuestion<Item extends CommandLineItem> {
  value: string
  placeholder: string
  prompt: string
  /** What is offered for the typed text, the text itself first; new objects each time. */
  items(text: string): readonly Item[]
  check: Check
  itemButton?(button: vscode.QuickInputButton, item: Item): { value: string } | undefined
}

const noteIcons = { error: '$(error)', warning: '$(warning)', info: '$(info)' }

export function commandLinePrompt<Item extends CommandLineItem>(question: CommandLineQuestion<Item>): Prompt<string> {
  return {
    create() {
      const input = vscode.window.createQuickPick<Item>()
      input.placeholder = question.placeholder
      input.prompt = question.prompt
      input.matchOnDetail = false
      input.value = question.value
      return input
    },
    answerTo: async () => undefined,
    listen: (box, events) => listen(question, box, events),
  }
}

function listen<Item extends CommandLineItem>(
  question: CommandLineQuestion<Item>,
  box: Box,
  { resolve }: PromptEvents<string>,
): vscode.Disposable[] {
  const input = box.input as vscode.QuickPick<Item>
  const checker = new Checker(question.check, note => showItems(input, question, input.value, note))
  const change = (text: string) => {
    if (box.isAnswered) return
    showItems(input, question, text)
    void checker.run(text)
  }
  change(input.value)
  box.onSet = change
  return [
    checker,
    input.onDidChangeValue(change),
    input.onDidAccept(async () => {
      if (box.isAnswered) return
      const active = input.activeItems.find(item => input.items.includes(item)) // else it belongs to an earlier text
      const text = input.value
      const commandLine = (active?.commandLine ?? text).trim()
      box.answer()
      const found = await new Checker(question.check, () => undefined).run(commandLine)
      if (found?.severity !== 'error') return resolve(commandLine)
      box.reopen()
      if (commandLine !== text && input.value === text)
        box.set(commandLine) // the note is about the text in the box
      else change(input.value)
    }),
    input.onDidTriggerItemButton(({ button, item }) => {
      const edited = question.itemButton?.(button, item)
      if (edited) input.value = edited.value
      change(input.value)
    }),
  ]
}

/** Shows what is offered for the text, with the note in the item for the text itself. */
function showItems<Item extends CommandLineItem>(
  input: vscode.QuickPick<Item>,
  question: CommandLineQuestion<Item>,
  text: string,
  note?: Note,
): void {
  const [first, ...rest] = question.items(text)
  if (!first) return
  const detail = note && text.trim() !== '' ? { detail: `${noteIcons[note.severity]} ${note.message}` } : {}
  input.items = [{ ...first, ...detail }, ...rest]
}
