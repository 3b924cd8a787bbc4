// The questions of “Submit Job…” and of “Rerun with Changes…”: the command, what it reads, where its output goes, its
// queue, its name.

import { stat } from 'node:fs/promises'
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { countOf } from '../../../core/protocol/format'
import type { CommandHistory } from '../../quickInput/commandHistory'
import { runSteps, type Step } from '../../quickInput/multiStep'
import type { Note } from '../../quickInput/note'
import type { VariableContext } from '../../settings/variables'
import { resolveOutput, resolvePath } from './commandModel'
import { commandLineStep, shellStep } from './commandSteps'
import { type QueueChoices, queueStep } from './queueStep'
import { type InputChoice, nameOfCommandLine, type SubmitDraft } from './submitModel'

export interface SubmitQuestions {
  title: string
  history: CommandHistory
  context: VariableContext
  queues: QueueChoices
  /** Run with changes: what the job read, in words. */
  sameInput?: string
}

/** Fills the draft in; `undefined` when the user has dismissed a question. */
export function runSubmitSteps(
  { title, history, context, queues, sameInput }: SubmitQuestions,
  draft: SubmitDraft,
): Promise<SubmitDraft | undefined> {
  const steps: Step<SubmitDraft>[] = [
    commandLineStep(t('Command, such as: python smooth.py --radius 5'), history, context),
    shellStep(context),
    inputStep(sameInput),
    fileStep(context),
    outputStep(context),
    queueStep(queues),
    nameStep,
  ]
  return runSteps(title, steps, draft)
}

interface InputItem extends vscode.QuickPickItem {
  choice: InputChoice
}

function inputStep(sameInput: string | undefined): Step<SubmitDraft> {
  return {
    async run(ui, draft) {
      const editor = vscode.window.activeTextEditor
      const text = editor && !editor.selection.isEmpty ? editor.document.getText(editor.selection) : ''
      const file = draft.input.kind === 'file' ? draft.input.file : ''
      const items: InputItem[] = [
        ...(sameInput
          ? [
              {
                label: `$(history) ${t('The same as before')}`,
                description: sameInput,
                choice: { kind: 'same' } as const,
              },
            ]
          : []),
        { label: `$(circle-slash) ${t('Nothing')}`, description: t('stdin is empty'), choice: { kind: 'none' } },
        { label: `$(file) ${t('A file…')}`, choice: { kind: 'file', file } },
        ...(text === ''
          ? []
          : [
              {
                label: `$(selection) ${t('The selection in the editor')}`,
                description: countOf(text.length, 'character'),
                choice: { kind: 'text', text } as const,
              },
            ]),
      ]
      const active = items.find(item => item.choice.kind === draft.input.kind)
      draft.input = (await ui.pick({ items, placeholder: t('What does the job read on stdin?'), active })).choice
    },
  }
}

function fileStep(context: VariableContext): Step<SubmitDraft> {
  const open = { iconPath: new vscode.ThemeIcon('folder-opened'), tooltip: t('Choose a File…') }
  return {
    when: ({ input }) => input.kind === 'file',
    async run(ui, draft) {
      const file = await ui.text({
        value: draft.input.kind === 'file' ? draft.input.file : '',
        placeholder: 'data/input.bin',
        prompt: t`File that the job reads on stdin; relative to ${context.cwd}`,
        check: text => checkInputFile(text, context),
        buttons: [{ button: open, run: chooseFile }],
      })
      draft.input = { kind: 'file', file }
    },
  }
}

async function chooseFile(): Promise<string | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({ openLabel: t('Use as Input'), title: t('File for stdin') })) ?? []
  return file?.fsPath
}

async function statOf(file: string) {
  return stat(file).catch(() => undefined)
}

async function checkInputFile(text: string, context: VariableContext): Promise<Note | undefined> {
  if (text.trim() === '') return { severity: 'error', message: t('Type the path of a file, or choose one.') }
  const file = resolvePath(text, context)
  const found = await statOf(file)
  if (!found) return { severity: 'error', message: t`There is no file ${file}.` }
  return found.isDirectory() ? { severity: 'error', message: t`${file} is a folder. Choose a file.` } : undefined
}

function outputStep(context: VariableContext): Step<SubmitDraft> {
  return {
    async run(ui, draft) {
      draft.saveAs = await ui.text({
        value: draft.saveAs,
        placeholder: 'out/result.txt',
        prompt: t`Save stdout as (empty: keep it in the history); relative to ${context.cwd}`,
        check: text => checkOutputFile(text, context),
      })
    },
  }
}

async function checkOutputFile(text: string, context: VariableContext): Promise<Note | undefined> {
  const file = resolveOutput(text, context)
  if (file === undefined) return undefined
  const folder = path.dirname(file)
  const [ofFolder, ofFile] = await Promise.all([statOf(folder), statOf(file)])
  if (!ofFolder?.isDirectory())
    return { severity: 'error', message: t`There is no folder ${folder}. Make it first, or save elsewhere.` }
  if (ofFile?.isDirectory()) return { severity: 'error', message: t`${file} is a folder. Add a file name.` }
  return ofFile ? { severity: 'warning', message: t`${file} will be replaced when the job succeeds.` } : undefined
}

const nameStep: Step<SubmitDraft> = {
  async run(ui, draft) {
    draft.name = await ui.text({
      value: draft.name || nameOfCommandLine(draft),
      placeholder: nameOfCommandLine(draft),
      prompt: t('Name of the job in the list'),
    })
  },
}
