// Questions asked one after the other in the quick input, with a way back.
import * as vscode from 'vscode'
import { sentenceOf } from '../../core/base/sentence'
import type { Note } from './note'
import { Box, type Input, TypedAhead } from './typedAhead'

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
  const ahead = new TypedAhead()
  try {
    return await askAll(title, steps, answers, ahead)
  } finally {
    ahead.end()
  }
}

async function askAll<Answers>(
  title: string,
  steps: readonly Step<Answers>[],
  answers: Answers,
  ahead: TypedAhead,
): Promise<Answers | undefined> {
  const asked: Step<Answers>[] = []
  const isDue = (step: Step<Answers>) => step.when?.(answers) ?? true
  let index = 0
  while (index < steps.length) {
    const step = steps[index] as Step<Answers>
    if (isDue(step)) {
      try {
        const total = asked.length + steps.slice(index).filter(isDue).length
        await step.ask(new StepUi(title, asked.length + 1, total, ahead), answers)
        asked.push(step)
      } catch (outcome) {
        if (outcome === dismissed) return undefined
        if (outcome !== back) throw outcome
        ahead.forget()
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

/** A question as it is asked: by an input, or by what was typed before it is there. */
interface Asking<Answer> {
  make(): Input
  /** The answer that Enter gives when this was typed for it; `undefined` when the user must see the question first. */
  answerTo(text: string | undefined): Promise<Answer | undefined>
  /** `resolve` at once when an answer is taken; a question that looks at it first calls `box.answer` before. */
  listen(box: Box, resolve: (answer: Answer) => void, reject: (reason: unknown) => void): { dispose(): void }[]
}

/** The quick inputs of one step. */
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
  pick<Item extends vscode.QuickPickItem>({ items, placeholder, active }: PickQuestion<Item>): Promise<Item> {
    return this.#ask<Item>({
      make() {
        const input = vscode.window.createQuickPick<Item>()
        input.items = itemsFor(items, '')
        input.placeholder = placeholder
        input.matchOnDescription = true
        if (active) input.activeItems = input.items.filter(item => (item as Shown<Item>).of === active)
        return input
      },
      answerTo: async text => (text === undefined && active ? active : firstFor(items, text)),
      listen: (box, resolve) => {
        const input = box.input as vscode.QuickPick<Item>
        return [
          input.onDidChangeValue(text => {
            if (!box.isAnswered) input.items = itemsFor(items, text)
          }),
          input.onDidAccept(() => {
            if (box.isAnswered) return
            const fitting = itemsFor(items, box.typed)
            // what was selected may be an item of an earlier text
            const chosen = input.selectedItems[0] as Shown<Item> | undefined
            const item = fitting.find(({ of }) => of === chosen?.of)?.of ?? firstFor(items, box.typed)
            if (!item) return
            box.answer()
            resolve(item)
          }),
        ]
      },
    })
  }

  /** A text; an answer with an error is not taken, and one with a warning only when the warning could be read. */
  text({ value = '', placeholder, prompt, check, buttons = [] }: TextQuestion): Promise<string> {
    return this.#ask<string>({
      make() {
        const input = vscode.window.createInputBox()
        input.value = value
        input.placeholder = placeholder
        input.prompt = prompt
        input.buttons = buttons.map(({ button }) => button)
        return input
      },
      async answerTo(text = value) {
        const note = await new Checker(check, () => undefined).look(text)
        return note === undefined || note.severity === 'info' ? text : undefined
      },
      listen: (box, resolve, reject) => {
        const input = box.input as vscode.InputBox
        const checker = new Checker(check, note => {
          input.validationMessage = note && { message: note.message, severity: severities[note.severity] }
        })
        void checker.look(input.value)
        return [
          checker,
          input.onDidChangeValue(text => !box.isAnswered && checker.look(text)),
          input.onDidAccept(async () => {
            if (box.isAnswered) return
            if (box.hasBegun) box.set(box.typed ?? '')
            const text = input.value
            box.answer()
            if ((await checker.look(text))?.severity !== 'error') return resolve(text)
            box.refuse(text)
            if (box.isAnswered) await this.#stand(box, text)
            void checker.look(input.value)
          }),
          input.onDidTriggerButton(async triggered => {
            const button = buttons.find(({ button }) => button === triggered)
            if (!button) return
            box.inDialog = true
            try {
              const answer = await button.run()
              if (answer === undefined) return box.comeBack()
              box.answer()
              resolve(answer)
            } catch (error) {
              reject(error)
            } finally {
              box.inDialog = false
            }
          }),
        ]
      },
    })
  }

  /** A line that is typed, or taken from what is offered. */
  line<Item extends vscode.QuickPickItem & { line: string }>(question: LineQuestion<Item>): Promise<string> {
    return this.#ask<string>({
      make() {
        const input = vscode.window.createQuickPick<Item>()
        input.placeholder = question.placeholder
        input.prompt = question.prompt
        input.matchOnDetail = false
        input.value = question.value
        return input
      },
      answerTo: async () => undefined,
      listen: (box, resolve) => this.#listenToLine(question, box, resolve),
    })
  }

  #listenToLine<Item extends vscode.QuickPickItem & { line: string }>(
    question: LineQuestion<Item>,
    box: Box,
    resolve: (answer: string) => void,
  ): { dispose(): void }[] {
    const input = box.input as vscode.QuickPick<Item>
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
      if (box.isAnswered) return
      note = undefined
      show(text)
      void checker.look(text)
    }
    change(input.value)
    return [
      checker,
      input.onDidChangeValue(change),
      input.onDidAccept(async () => {
        if (box.isAnswered) return
        const active = input.activeItems.find(item => input.items.includes(item)) // else it belongs to an earlier text
        const text = input.value
        const line = (active?.line ?? text).trim()
        box.answer()
        const found = await new Checker(question.check, () => undefined).look(line)
        if (found?.severity !== 'error') return resolve(line)
        box.reopen()
        if (line !== text && input.value === text) box.set(line) // so that one sees what is wrong with it
        change(input.value)
      }),
      input.onDidTriggerItemButton(({ button, item }) => {
        const edited = question.itemButton?.(button, item)
        if (edited) input.value = edited.value
        change(input.value)
      }),
    ]
  }

  async #ask<Answer>(asking: Asking<Answer>): Promise<Answer> {
    const typed = await this.#ahead.next()
    if (this.#ahead.isDismissed) throw dismissed
    const known = typed.entered ? await asking.answerTo(typed.text) : undefined
    if (known !== undefined) return known
    const box = new Box(this.#prepared(asking.make()), this.#ahead)
    const isLine = 'items' in box.input
    if (typed.text !== undefined && !isLine) {
      box.beginWith(typed.text)
      ;(box.input as vscode.InputBox).valueSelection = [typed.text.length, typed.text.length]
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const listeners = [
      ...asking.listen(box, resolve, reject),
      box.input.onDidTriggerButton(button => {
        if (button !== vscode.QuickInputButtons.Back) return
        box.answer()
        reject(back)
      }),
      box.input.onDidHide(() => {
        if (box.isClosed) reject(dismissed)
      }),
    ]
    if (typed.text !== undefined && isLine) box.begin(typed.text)
    this.#ahead.show(box, () => {
      if (!typed.entered) void this.#takeLate(asking, box, typed.text, resolve)
    })
    if (typed.entered) void this.#stand(box, typed.text)
    try {
      return await promise
    } finally {
      for (const listener of listeners) listener.dispose()
    }
  }

  /** What was typed into the box before while this question was on its way. */
  async #takeLate<Answer>(
    asking: Asking<Answer>,
    box: Box,
    text: string | undefined,
    resolve: (answer: Answer) => void,
  ): Promise<void> {
    if (box.isAnswered) return
    const late = this.#ahead.take()
    const whole = late.text === undefined ? text : (text ?? '') + late.text
    if (!late.entered) {
      if (late.text !== undefined) box.begin(late.text)
      return
    }
    box.answer()
    const answer = await asking.answerTo(whole)
    if (answer !== undefined) return resolve(answer)
    return this.#stand(box, whole)
  }

  /** Enter came for a question that must be seen: what is still being typed is for later ones. */
  async #stand(box: Box, text: string | undefined): Promise<void> {
    box.answer()
    await this.#ahead.pause()
    box.stand(text)
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

/** As it is shown, and which one it is. */
type Shown<Item> = Item & { of: Item }

/**
 * The items that fit what was typed, those first whose label begins so. They are always shown: VS Code hides them as soon as
 * something is typed ahead for the next question, and an Enter without an item says nothing.
 */
function itemsFor<Item extends vscode.QuickPickItem>(items: readonly Item[], text = ''): Shown<Item>[] {
  const typed = text.trim().toLowerCase()
  const shown = (fitting: readonly Item[]) => fitting.map(item => ({ ...item, alwaysShow: true, of: item }))
  if (typed === '') return shown(items)
  const choices = items.filter(({ kind }) => kind !== vscode.QuickPickItemKind.Separator)
  const labelOf = ({ label }: Item) =>
    label
      .replace(/\$\([^)]*\)/g, '')
      .trim()
      .toLowerCase()
  const begin = choices.filter(item => labelOf(item).startsWith(typed))
  const others = choices.filter(
    item => !begin.includes(item) && `${labelOf(item)} ${item.description ?? ''}`.toLowerCase().includes(typed),
  )
  return shown([...begin, ...others])
}

function firstFor<Item extends vscode.QuickPickItem>(items: readonly Item[], text?: string): Item | undefined {
  return itemsFor(items, text).find(({ kind }) => kind !== vscode.QuickPickItemKind.Separator)?.of
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
