// Questions asked one after the other in the quick input, with a way back. Runs in the window.
import * as vscode from 'vscode'
import { type Note, sentenceOf } from './commandModel'

/** One question. It reads and writes the answers; `when` says whether it is asked at all, given those before. */
export interface Step<Answers> {
  when?(answers: Answers): boolean
  ask(ui: StepUi, answers: Answers): Promise<void>
}

const back = Symbol('back')
const dismissed = Symbol('dismissed')

/** Asks until all questions are answered; `undefined` when the user has dismissed one. */
export async function askSteps<Answers>(
  title: string,
  steps: readonly Step<Answers>[],
  answers: Answers,
): Promise<Answers | undefined> {
  const asked: Step<Answers>[] = []
  const isDue = (step: Step<Answers>) => step.when?.(answers) ?? true
  let index = 0
  while (index < steps.length) {
    const step = steps[index] as Step<Answers>
    if (isDue(step)) {
      try {
        const total = asked.length + steps.slice(index).filter(isDue).length
        await step.ask(new StepUi(title, asked.length + 1, total), answers)
        asked.push(step)
      } catch (outcome) {
        if (outcome === dismissed) return undefined
        if (outcome !== back) throw outcome
        index = steps.indexOf(asked.pop() as Step<Answers>) - 1
      }
    }
    index++
  }
  return answers
}

export interface Button {
  button: vscode.QuickInputButton
  /** Opens a dialog and gives the answer of the step, or `undefined` to stay in it. */
  run(): Promise<string | undefined>
}

export interface TextQuestion {
  value?: string
  placeholder: string
  prompt: string
  /** Looked at while the user types; `signal` is aborted when the text has changed meanwhile. */
  check?(text: string, signal: AbortSignal): Promise<Note | undefined> | Note | undefined
  buttons?: readonly Button[]
}

export interface PickQuestion<Item extends vscode.QuickPickItem> {
  items: readonly Item[]
  placeholder: string
  active?: Item | undefined
}

export interface LineQuestion<Item extends vscode.QuickPickItem & { line: string }> {
  value: string
  placeholder: string
  prompt: string
  /** What is offered for the typed text, the text itself first; new objects each time. */
  items(text: string): readonly Item[]
  check(text: string, signal: AbortSignal): Promise<Note | undefined> | Note | undefined
  itemButton?(button: vscode.QuickInputButton, item: Item): { value: string } | undefined
}

const severities = {
  error: vscode.InputBoxValidationSeverity.Error,
  warning: vscode.InputBoxValidationSeverity.Warning,
  info: vscode.InputBoxValidationSeverity.Info,
}

/** The quick inputs of one step. */
export class StepUi {
  readonly #title: string
  readonly #step: number
  readonly #total: number
  /** A file dialog hides the input, which comes back when nothing was chosen. */
  #inDialog = false

  constructor(title: string, step: number, total: number) {
    this.#title = title
    this.#step = step
    this.#total = total
  }

  /** One of the items. */
  pick<Item extends vscode.QuickPickItem>({ items, placeholder, active }: PickQuestion<Item>): Promise<Item> {
    const input = vscode.window.createQuickPick<Item>()
    input.items = items
    input.placeholder = placeholder
    input.matchOnDescription = true
    if (active) input.activeItems = [active]
    return this.#show(input, resolve => [
      input.onDidAccept(() => {
        const [item] = input.selectedItems
        if (item) resolve(item)
      }),
    ])
  }

  /** A text; an answer with an error is not taken. */
  text({ value = '', placeholder, prompt, check, buttons = [] }: TextQuestion): Promise<string> {
    const input = vscode.window.createInputBox()
    input.value = value
    input.placeholder = placeholder
    input.prompt = prompt
    input.buttons = buttons.map(({ button }) => button)
    const checker = new Checker(check, note => {
      input.validationMessage = note && { message: note.message, severity: severities[note.severity] }
    })
    checker.look(value)
    return this.#show(input, (resolve, reject) => [
      checker,
      input.onDidChangeValue(text => checker.look(text)),
      input.onDidAccept(async () => {
        const text = input.value
        if ((await checker.look(text))?.severity !== 'error' && input.value === text) resolve(text)
      }),
      input.onDidTriggerButton(async triggered => {
        const button = buttons.find(({ button }) => button === triggered)
        if (!button) return
        this.#inDialog = true
        try {
          const answer = await button.run()
          if (answer === undefined) input.show()
          else resolve(answer)
        } catch (error) {
          reject(error)
        } finally {
          this.#inDialog = false
        }
      }),
    ])
  }

  /** A line that is typed, or taken from what is offered. */
  line<Item extends vscode.QuickPickItem & { line: string }>(question: LineQuestion<Item>): Promise<string> {
    const input = vscode.window.createQuickPick<Item>()
    input.placeholder = question.placeholder
    input.prompt = question.prompt
    input.matchOnDetail = false
    let note: Note | undefined
    const show = (text: string) => {
      const [first, ...rest] = question.items(text)
      if (!first) return
      const detail = note && text.trim() !== '' ? { detail: `${noteIcons[note.severity]} ${note.message}` } : {}
      input.items = [text.trim() === '' ? first : { ...first, ...detail }, ...rest]
    }
    const checker = new Checker(question.check, found => {
      note = found
      show(input.value)
    })
    const change = (text: string) => {
      note = undefined
      show(text)
      void checker.look(text)
    }
    input.value = question.value
    change(question.value)
    return this.#show(input, resolve => [
      checker,
      input.onDidChangeValue(change),
      input.onDidAccept(async () => {
        const active = input.activeItems.find(item => input.items.includes(item)) // else it belongs to an earlier text
        const line = (active?.line ?? input.value).trim()
        const found = await new Checker(question.check, () => undefined).look(line)
        if (found?.severity !== 'error') resolve(line)
        else if (line !== input.value) {
          input.value = line // so that one sees what is wrong with it
          change(line)
        }
      }),
      input.onDidTriggerItemButton(({ button, item }) => {
        const edited = question.itemButton?.(button, item)
        if (edited) input.value = edited.value
        change(input.value)
      }),
    ])
  }

  #show<Answer>(
    input: vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox,
    listen: (resolve: (answer: Answer) => void, reject: (reason: unknown) => void) => { dispose(): void }[],
  ): Promise<Answer> {
    input.title = this.#title
    if (this.#total > 1) {
      input.step = this.#step
      input.totalSteps = this.#total
    }
    input.ignoreFocusOut = true
    if (this.#step > 1) input.buttons = [vscode.QuickInputButtons.Back, ...input.buttons]
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const listeners = [
      ...listen(resolve, reject),
      input.onDidTriggerButton(button => {
        if (button === vscode.QuickInputButtons.Back) reject(back)
      }),
      input.onDidHide(() => {
        if (!this.#inDialog) reject(dismissed)
      }),
    ]
    input.show()
    return promise.finally(() => {
      for (const listener of listeners) listener.dispose()
      input.dispose()
    })
  }
}

const noteIcons = { error: '$(error)', warning: '$(warning)', info: '$(info)' }

/** Looks at what is typed, one look at a time; a look that comes too late says nothing. */
class Checker {
  readonly #check: TextQuestion['check']
  readonly #tell: (note: Note | undefined) => void
  #abort = new AbortController()

  constructor(check: TextQuestion['check'], tell: (note: Note | undefined) => void) {
    this.#check = check
    this.#tell = tell
  }

  async look(text: string): Promise<Note | undefined> {
    this.#abort.abort()
    const abort = new AbortController()
    this.#abort = abort
    const note = await this.#look(text, abort.signal)
    if (!abort.signal.aborted) this.#tell(note)
    return note
  }

  async #look(text: string, signal: AbortSignal): Promise<Note | undefined> {
    try {
      return await this.#check?.(text, signal)
    } catch (error) {
      return { severity: 'error', message: sentenceOf(error) }
    }
  }

  dispose(): void {
    this.#abort.abort()
  }
}
