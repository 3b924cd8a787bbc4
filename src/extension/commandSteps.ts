// The questions about a command line that “Submit Job…” and “Run Command on Files…” share. Runs in the window.
import * as vscode from 'vscode'
import type { VariableContext } from '../core/variables'
import { checkLine, type Note, PIPE_SHELL } from './commandModel'
import { checkProgram, hasProgram } from './findProgram'
import { plainLabel } from './jobText'
import type { LineHistory } from './lineHistory'
import type { Step } from './multiStep'

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
  const [program] = words
  if (program === undefined || program.includes('${') || operators.includes('NAME=value')) return undefined
  return checkProgram(program, context)
}

/** The command line: typed, or one of the past ones. */
export function lineStep<Answers extends { line: string; inShell: boolean }>(
  placeholder: string,
  history: LineHistory,
  context: VariableContext,
): Step<Answers> {
  return {
    async ask(ui, answers) {
      const line = await ui.line<LineItem>({
        value: answers.line,
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
      if (line !== answers.line && checkLine(line).operators.length === 0) answers.inShell = false
      answers.line = line
    },
  }
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
