// The questions about a command line that “Submit Job…” and “Run Command on Files…” share.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { CommandHistory } from '../../quickInput/commandHistory'
import type { Step } from '../../quickInput/multiStep'
import type { Note } from '../../quickInput/note'
import type { StepUi } from '../../quickInput/stepUi'
import { nearSentence, type VariableContext } from '../../settings/variables'
import { plainLabel } from '../../text/jobText'
import { checkProgram, hasProgram } from './checkProgram'
import { checkCommandLine, PIPE_SHELL } from './commandModel'
import { type Misspelling, misspellingsIn, replaceMisspelling } from './misspelling'

interface CommandLineItem extends vscode.QuickPickItem {
  commandLine: string
}

const edit: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('edit'), tooltip: t('Edit Before Running') }
const forget: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('close'), tooltip: t('Remove from History') }

/** What is wrong with the command line, and whether its program exists. */
async function check(commandLine: string, context: VariableContext): Promise<Note | undefined> {
  if (commandLine.trim() === '')
    return { severity: 'error', message: t('The command is empty. Type a program and its arguments.') }
  const { words, operators, note } = checkCommandLine(commandLine)
  if (note) return note
  const [misspelling] = misspellingsIn(commandLine, context.env)
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
export function commandLineStep<Answers extends { commandLine: string; inShell: boolean }>(
  placeholder: string,
  history: CommandHistory,
  context: VariableContext,
): Step<Answers> {
  const promptCommandLine = (ui: StepUi, value: string) =>
    ui.commandLine<CommandLineItem>({
      value,
      placeholder,
      prompt: t('Split into words and quoted as in a shell; no shell runs.'),
      items: text => commandLineItems(text, history.commands),
      check: text => check(text, context),
      itemButton(button, { commandLine }) {
        if (button === edit) return { value: commandLine }
        void history.remove(commandLine)
        return undefined
      },
    })
  /** Variables of a shell, as the user has confirmed; those of a command line that ran before count as such. */
  let ofShell: Set<string> | undefined
  return {
    async run(ui, answers) {
      ofShell ??= new Set(misspellingsIn(answers.commandLine, context.env).map(({ written }) => written))
      const confirmed = ofShell
      const unconfirmed = () => misspellingsIn(commandLine, context.env).find(({ written }) => !confirmed.has(written))
      let commandLine = await promptCommandLine(ui, answers.commandLine)
      for (let misspelling = unconfirmed(); misspelling; misspelling = unconfirmed()) {
        const meant = await pickMeaning(ui, misspelling)
        if (meant === 'shell') confirmed.add(misspelling.written)
        else if (meant === 'edit') commandLine = await promptCommandLine(ui, commandLine)
        else commandLine = replaceMisspelling(commandLine, misspelling, meant.name)
      }
      if (commandLine !== answers.commandLine && checkCommandLine(commandLine).operators.length === 0)
        answers.inShell = false
      answers.commandLine = commandLine
    },
  }
}

interface MeaningItem extends vscode.QuickPickItem {
  meant: 'shell' | 'edit' | { name: string }
}

/** Whether an unknown variable is a misspelling of one of ours, or a shell's. */
async function pickMeaning(ui: StepUi, { written, near }: Misspelling): Promise<MeaningItem['meant']> {
  const items: MeaningItem[] = [
    ...near.map(name => ({ label: `$(symbol-variable) ${t('Use {0}', `\${${name}}`)}`, meant: { name } })),
    {
      label: `$(terminal) ${t`${written} is a variable of a shell`}`,
      detail: t('Only a shell fills it in, and with nothing if it is set nowhere.'),
      meant: 'shell',
    },
    { label: `$(edit) ${t('Edit the command')}`, meant: 'edit' },
  ]
  return (await ui.pick({ items, placeholder: nearSentence(written, near) })).meant
}

function commandLineItems(text: string, past: readonly string[]): CommandLineItem[] {
  const typed = text.trim()
  const found = past.filter(commandLine => commandLine !== typed && commandLine.includes(typed))
  return [
    ...(typed === '' ? [] : [{ commandLine: typed, label: plainLabel(typed), alwaysShow: true }]),
    ...(found.length > 0 ? [{ commandLine: '', label: t('Recent'), kind: vscode.QuickPickItemKind.Separator }] : []),
    ...found.map(commandLine => ({
      commandLine,
      label: plainLabel(commandLine),
      alwaysShow: true,
      buttons: [edit, forget],
    })),
  ]
}

/** Due when the command line has operators that only a shell acts on. */
export function shellStep<Answers extends { commandLine: string; inShell: boolean }>(
  context: VariableContext,
): Step<Answers> {
  return {
    when: ({ commandLine }) => checkCommandLine(commandLine).operators.length > 0,
    async run(ui, answers) {
      const operators = checkCommandLine(answers.commandLine).operators.map(operator => `“${operator}”`)
      const [one, what] = [operators.length === 1, operators.join(', ')]
      const shell: vscode.QuickPickItem = {
        label: `$(terminal) ${t`Run with ${PIPE_SHELL}`}`,
        detail: t`The shell acts on ${what}. The job fails when any part of a pipe fails.`,
      }
      const plain: vscode.QuickPickItem = {
        label: `$(symbol-string) ${t('Run it as it is')}`,
        detail: one
          ? t`No shell: the program is given ${what} as an ordinary character.`
          : t`No shell: the program is given ${what} as ordinary characters.`,
      }
      const hasShell = await hasProgram(PIPE_SHELL.split(' ')[0] as string, context)
      const items = hasShell ? [shell, plain] : [plain]
      const acts = one
        ? t`${what} in the command: only a shell acts on it`
        : t`${what} in the command: only a shell acts on them`
      const placeholder = hasShell ? acts : t`${acts}, and no bash was found on the PATH`
      answers.inShell = (await ui.pick({ items, placeholder, active: answers.inShell ? shell : items[0] })) === shell
    },
  }
}
