// The questions about a command line that “Submit Job…” and “Run Command on Files…” share.
import * as vscode from 'vscode'
import type { LineHistory } from '../../quickInput/lineHistory'
import type { Step, StepUi } from '../../quickInput/multiStep'
import type { Note } from '../../quickInput/note'
import { nearSentence, type VariableContext } from '../../settings/variables'
import { plainLabel } from '../../text/jobText'
import { checkLine, PIPE_SHELL } from './commandModel'
import { checkProgram, hasProgram } from './findProgram'
import { type Misspelling, misspellingsIn, replaceMisspelling } from './misspelling'

interface LineItem extends vscode.QuickPickItem {
  line: string
}

const edit: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('edit'), tooltip: 'Edit Before Running' }
const forget: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('close'), tooltip: 'Remove from History' }

/** What the line says is wrong with it, and whether its program is there. */
async function check(line: string, context: VariableContext): Promise<Note | undefined> {
  if (line.trim() === '')
    return { severity: 'error', message: 'The command is empty. Type a program and its arguments.' }
  const { words, operators, note } = checkLine(line)
  if (note) return note
  const [misspelling] = misspellingsIn(line, context.env)
  const doubt: Note | undefined = misspelling && {
    severity: 'warning',
    message: nearSentence(misspelling.written, misspelling.near),
  }
  const [program] = words
  if (program === undefined || program.includes('${') || operators.includes('NAME=value')) return doubt
  const found = await checkProgram(program, context)
  return found?.severity === 'error' ? found : (doubt ?? found)
}

/** The command line: typed, or one of the past ones. */
export function lineStep<Answers extends { line: string; inShell: boolean }>(
  placeholder: string,
  history: LineHistory,
  context: VariableContext,
): Step<Answers> {
  const askLine = (ui: StepUi, value: string) =>
    ui.line<LineItem>({
      value,
      placeholder,
      prompt: 'Split into words and quoted as in a shell; no shell runs.',
      items: text => lineItems(text, history.lines),
      check: text => check(text, context),
      itemButton(button, { line }) {
        if (button === edit) return { value: line }
        void history.remove(line)
        return undefined
      },
    })
  /** Variables of a shell, as the user has said; those of a line that ran before are. */
  let ofShell: Set<string> | undefined
  return {
    async ask(ui, answers) {
      const written = (line: string) => misspellingsIn(line, context.env)
      ofShell ??= new Set(written(answers.line).map(({ written }) => written))
      let line = await askLine(ui, answers.line)
      for (let open = written(line); open.length > 0; open = written(line)) {
        const misspelling = open.find(({ written }) => !ofShell?.has(written))
        if (!misspelling) break
        const meant = await askMeaning(ui, misspelling)
        if (meant === 'shell') ofShell.add(misspelling.written)
        else line = meant === 'edit' ? await askLine(ui, line) : replaceMisspelling(line, misspelling, meant.name)
      }
      if (line !== answers.line && checkLine(line).operators.length === 0) answers.inShell = false
      answers.line = line
    },
  }
}

interface MeaningItem extends vscode.QuickPickItem {
  meant: 'shell' | 'edit' | { name: string }
}

/** Whether a variable that is none of ours is one of ours misspelled, or a shell's. */
async function askMeaning(ui: StepUi, { written, near }: Misspelling): Promise<MeaningItem['meant']> {
  const items: MeaningItem[] = [
    ...near.map(name => ({ label: `$(symbol-variable) Use \${${name}}`, meant: { name } })),
    {
      label: `$(terminal) ${written} is a variable of a shell`,
      detail: 'Only a shell fills it in, and with nothing if it is set nowhere.',
      meant: 'shell',
    },
    { label: '$(edit) Edit the command', meant: 'edit' },
  ]
  return (await ui.pick({ items, placeholder: nearSentence(written, near) })).meant
}

function lineItems(text: string, past: readonly string[]): LineItem[] {
  const typed = text.trim()
  const found = past.filter(line => line !== typed && line.includes(typed))
  return [
    ...(typed === '' ? [] : [{ line: typed, label: plainLabel(typed), alwaysShow: true }]),
    ...(found.length > 0 ? [{ line: '', label: 'Recent', kind: vscode.QuickPickItemKind.Separator }] : []),
    ...found.map(line => ({ line, label: plainLabel(line), alwaysShow: true, buttons: [edit, forget] })),
  ]
}

/** Asked when the line has something that only a shell would act on. */
export function shellStep<Answers extends { line: string; inShell: boolean }>(context: VariableContext): Step<Answers> {
  return {
    when: ({ line }) => checkLine(line).operators.length > 0,
    async ask(ui, answers) {
      const operators = checkLine(answers.line).operators.map(operator => `“${operator}”`)
      const [what, them] = operators.length === 1 ? [operators[0], 'it'] : [operators.join(', '), 'them']
      const shell: vscode.QuickPickItem = {
        label: `$(terminal) Run with ${PIPE_SHELL}`,
        detail: `The shell acts on ${what}. The job fails when any part of a pipe fails.`,
      }
      const plain: vscode.QuickPickItem = {
        label: '$(symbol-string) Run it as it is',
        detail: `No shell: the program is given ${what} as ${operators.length === 1 ? 'an ordinary character' : 'ordinary characters'}.`,
      }
      const hasShell = await hasProgram(PIPE_SHELL.split(' ')[0] as string, context)
      const items = hasShell ? [shell, plain] : [plain]
      const placeholder = hasShell
        ? `${what} in the command: only a shell acts on ${them}`
        : `${what} in the command: only a shell acts on ${them}, and no bash was found on the PATH`
      answers.inShell = (await ui.pick({ items, placeholder, active: answers.inShell ? shell : items[0] })) === shell
    },
  }
}
