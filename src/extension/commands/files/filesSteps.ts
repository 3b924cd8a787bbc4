// The questions of “Run Command on Files…”: the command, how it gets the file, which files, where the output goes, how
// many at once, and a preview of the jobs.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables that a user may type

import { access } from 'node:fs/promises'
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { JobSpec } from '../../../api'
import { sentenceOf } from '../../../core/base/sentence'
import { countOf } from '../../../core/protocol/format'
import type { CommandHistory } from '../../quickInput/commandHistory'
import type { Step } from '../../quickInput/multiStep'
import type { Note } from '../../quickInput/note'
import { onWindows } from '../../settings/workspaceContext'
import { plainLabel } from '../../text/jobText'
import { commandLineStep, shellStep } from '../submit/commandSteps'
import {
  type ContextOf,
  checkPattern,
  describeSpec,
  type Feed,
  type FilesDraft,
  mentionsFile,
  namesFile,
  outputsOf,
  parseAtOnce,
  patternOf,
} from './filesModel'
import { findFiles, MAX_FILES } from './findFiles'

/** What the user chose in the preview. */
export type Decision = { kind: 'all' } | { kind: 'try'; index: number }

export interface FilesAnswers extends FilesDraft {
  /** As typed; the files were found with it. */
  pattern: string
  decision?: Decision
}

export interface FilesQuestions {
  history: CommandHistory
  contextOf: ContextOf
  /** Where relative patterns and paths begin. */
  cwd: string
  /** The files are given: from the Explorer. */
  given: boolean
  /** Slots of the machine, when the job service has reported them. */
  slots: number | undefined
  specsOf(answers: FilesAnswers): JobSpec[]
  /** A name for the batch that no other has. */
  proposeName(answers: FilesAnswers): Promise<string>
}

/** Outputs that are checked on the disk while a pattern is typed. */
const MAX_CHECKED_OUTPUTS = 1000
/** Jobs in the preview. */
const MAX_PREVIEWED = 100

export function filesSteps(questions: FilesQuestions): Step<FilesAnswers>[] {
  const { history, contextOf, cwd, given } = questions
  return [
    commandLineStep('Command, such as: python smooth.py ${file}', history, contextOf(path.join(cwd, 'file'))),
    shellStep(contextOf(path.join(cwd, 'file'))),
    feedStep,
    ...(given ? [] : [patternStep(questions)]),
    outputStep(questions),
    atOnceStep(questions),
    nameStep(questions),
    previewStep(questions),
  ]
}

interface FeedItem extends vscode.QuickPickItem {
  feed: Feed
}

const feedStep: Step<FilesAnswers> = {
  when: answers => !namesFile(answers),
  async run(ui, answers) {
    const items: FeedItem[] = [
      {
        feed: 'argument',
        label: '$(file) As the last argument',
        description: plainLabel(`${answers.commandLine} \${file}`),
      },
      { feed: 'stdin', label: '$(arrow-right) On stdin', description: plainLabel(`${answers.commandLine} < \${file}`) },
    ]
    if (mentionsFile(answers)) items.push({ feed: 'named', label: '$(check) The command says enough about it' })
    const active = items.find(item => item.feed === answers.feed)
    answers.feed = (await ui.pick({ items, placeholder: 'How does the command get the file?', active })).feed
  },
}

function patternStep({ cwd, contextOf }: FilesQuestions): Step<FilesAnswers> {
  const open = { iconPath: new vscode.ThemeIcon('folder-opened'), tooltip: 'Choose Files…' }
  /** Cached, so that Enter does not search again. */
  let found: { pattern: string; files: string[] } | undefined
  const check = async (pattern: string, signal: AbortSignal): Promise<Note> => {
    if (pattern.trim() === '') return { severity: 'error', message: 'Type a pattern, such as data/**/*.nii.gz.' }
    if (found?.pattern !== pattern) {
      const { files, cut } = await findFiles(patternOf(pattern, contextOf('')), cwd, signal)
      if (cut)
        return { severity: 'error', message: `More than ${countOf(MAX_FILES, 'file')} match. Narrow the pattern.` }
      if (!signal.aborted) found = { pattern, files }
    }
    const files = found?.files ?? []
    if (files.length === 0) return { severity: 'error', message: `No file matches below ${cwd}.` }
    return { severity: 'info', message: `${countOf(files.length, 'file')}: ${exampleOf(files, cwd)}` }
  }
  return {
    async run(ui, answers) {
      const chosen: string[] = []
      answers.pattern = await ui.text({
        value: answers.pattern,
        placeholder: 'data/**/*.nii.gz',
        prompt: `Files, as a pattern relative to ${cwd}`,
        check,
        buttons: [
          {
            button: open,
            async run() {
              chosen.push(...(await chooseFiles()))
              return chosen.length > 0 ? answers.pattern : undefined
            },
          },
        ],
      })
      answers.files = chosen.length > 0 ? chosen : (found?.files ?? [])
    },
  }
}

async function chooseFiles(): Promise<string[]> {
  const options = { canSelectMany: true, openLabel: 'Run on These', title: 'Files to run the command on' }
  const uris = await vscode.window.showOpenDialog(options)
  return (uris ?? []).map(uri => uri.fsPath)
}

function exampleOf(files: readonly string[], cwd: string): string {
  const names = files.slice(0, 2).map(file => (file.startsWith(cwd) ? path.relative(cwd, file) : file))
  return names.join(', ') + (files.length > 2 ? ` … ${path.basename(files.at(-1) as string)}` : '')
}

function outputStep({ contextOf, cwd }: FilesQuestions): Step<FilesAnswers> {
  return {
    async run(ui, answers) {
      const check = async (saveAs: string): Promise<Note | undefined> => {
        const draft = { files: answers.files, saveAs }
        return (
          checkPattern(draft, contextOf, onWindows || process.platform === 'darwin') ??
          (await checkOutputs(draft, contextOf))
        )
      }
      answers.saveAs = await ui.text({
        value: answers.saveAs,
        placeholder: '${workspaceFolder}/out/${fileStem}.txt',
        prompt: `Save stdout as (empty: keep it in the history); relative to ${cwd}`,
        check,
      })
    },
  }
}

/** Which outputs exist on the disk already. */
async function checkOutputs(
  draft: { files: readonly string[]; saveAs: string },
  contextOf: ContextOf,
): Promise<Note | undefined> {
  const outputs = outputsOf(draft, contextOf).filter(output => output !== undefined)
  const [first] = outputs
  if (first === undefined) return undefined
  const checked = outputs.slice(0, MAX_CHECKED_OUTPUTS)
  const exist = await Promise.all(checked.map(exists))
  const replaced = exist.filter(there => there).length
  if (replaced > 0) {
    const many = checked.length < outputs.length ? 'At least ' : ''
    return {
      severity: 'warning',
      message: `${many}${countOf(replaced, 'file')} will be replaced when the jobs succeed, such as ${checked[exist.indexOf(true)]}.`,
    }
  }
  const made = (await exists(path.dirname(first))) ? '' : ' Missing folders are made.'
  return { severity: 'info', message: `First: ${first}.${made}` }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

function atOnceStep({ slots }: FilesQuestions): Step<FilesAnswers> {
  return {
    when: ({ files }) => files.length > 1,
    async run(ui, answers) {
      const machine =
        slots === undefined ? 'as many as the machine allows' : `as many as the machine allows, now ${slots}`
      const typed = await ui.text({
        value: answers.concurrency > 0 ? String(answers.concurrency) : 'auto',
        placeholder: 'auto',
        prompt: `How many at once? A number, or auto for ${machine}`,
        check(text) {
          const parsed = parseAtOnce(text)
          return typeof parsed === 'string' ? { severity: 'error', message: parsed } : undefined
        },
      })
      answers.concurrency = parseAtOnce(typed) as number
    },
  }
}

function nameStep({ proposeName }: FilesQuestions): Step<FilesAnswers> {
  /** What was proposed last: it is not the user's own. */
  let proposed: string | undefined
  return {
    when: ({ files }) => files.length > 1,
    async run(ui, answers) {
      const isOwn = answers.name !== undefined && answers.name !== proposed
      proposed = await proposeName(answers)
      const typed = await ui.text({
        value: isOwn ? (answers.name ?? '') : proposed,
        placeholder: proposed,
        prompt: t('Name of the batch, by which its row and the filter know it'),
      })
      answers.name = typed.trim() || proposed
    },
  }
}

interface PreviewItem extends vscode.QuickPickItem {
  decision?: Decision
}

function previewStep({ specsOf }: FilesQuestions): Step<FilesAnswers> {
  return {
    async run(ui, answers) {
      const { items, placeholder } = preview(() => specsOf(answers))
      const { decision } = await ui.pick({ items, placeholder })
      if (decision) answers.decision = decision
    },
  }
}

function preview(specs: () => JobSpec[]): { items: PreviewItem[]; placeholder: string } {
  try {
    const jobs = specs()
    const texts = jobs.slice(0, MAX_PREVIEWED).map(describeSpec)
    const [first = ''] = texts
    const more = jobs.length > texts.length ? `, the first ${texts.length}` : ''
    const items: PreviewItem[] = [
      { label: '$(run-all) Run All', description: countOf(jobs.length, 'job'), decision: { kind: 'all' } },
      { label: '$(play) Try First File', description: jobs[0]?.name ?? '', decision: { kind: 'try', index: 0 } },
      { label: `Jobs${more}: choose one to try it`, kind: vscode.QuickPickItemKind.Separator },
      ...texts.map((text, index) => ({
        label: plainLabel(jobs[index]?.name ?? ''),
        detail: plainLabel(text),
        decision: { kind: 'try', index } as const,
      })),
    ]
    return { items, placeholder: `${countOf(jobs.length, 'job')}, first: ${first}` }
  } catch (error) {
    return { items: [], placeholder: `${sentenceOf(error)} Go back and change it.` }
  }
}
